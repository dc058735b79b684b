"""What Play plays: the selection, or the shown recording from the cursor on. No widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labbench.core.errors import LabBenchError

if TYPE_CHECKING:
    from labbench.ui.bench import Bench


def play_shown(bench: Bench) -> None:
    """Begin, or say why that can't be; while something is played: silence."""
    if bench.playback.playing:
        bench.playback.stop()
        return
    recording = bench.shown.recording
    if bench.busy:
        bench.notices.error.emit(LabBenchError("What runs can't be played yet.", "Stop it first."))
        return
    if recording is None:
        bench.notices.error.emit(LabBenchError("There is nothing to play yet.", "Record or open a sound first."))
        return
    cursor = bench.axis.cursor or 0.0
    from_cursor = (cursor if cursor < recording.seconds - 0.05 else 0.0, recording.seconds)
    bench.playback.play(recording.path, recording.rate, *(bench.axis.selection or from_cursor))
