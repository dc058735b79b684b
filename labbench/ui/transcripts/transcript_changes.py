"""Whole transcripts that are replaced or deleted, so that it can be undone. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from labbench.core.errors import LabBenchError
from labbench.session.recordings import Recording
from labbench.session.results import StoredTranscript, results_folder, save_transcript
from labbench.session.store import Session
from labbench.ui.transcripts.transcribing import EngineSlot
from labbench.ui.undo import Change

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

Put = Callable[[StoredTranscript | None], bool]


def replacing(bench: Bench, slot: EngineSlot, text: str) -> Callable[[], None]:
    """Call it before a slot is asked for another transcript, and what it gives once that is there: one thing to undo.

    Nothing is to be undone where there was no transcript before.
    """
    recording, before = bench.desk.shown, bench.keeping.stored(slot)

    def replaced() -> None:
        if before is not None and recording is not None and bench.desk.shown == recording:
            put = _putting(bench, slot, recording)
            bench.undo.push(Change(f"{text} ({slot.spec.title})", put, before, bench.keeping.stored(slot)))

    return replaced


def delete_transcripts(bench: Bench) -> None:
    """Both engines' text of the shown recording; what is being transcribed is given up."""
    recording = bench.desk.shown
    if recording is None or bench.busy:
        hint = "Stop the sound first." if bench.busy else "Open a recording first."
        bench.notices.error.emit(LabBenchError("There is no finished transcript to delete.", hint))
        return
    kept = {slot: stored for slot in bench.engines.slots if (stored := bench.keeping.stored(slot)) is not None}
    if not kept:
        bench.notices.error.emit(
            LabBenchError("This recording has no transcript.", "Transcribe, Transcribe again makes one.")
        )
        return
    puts = [(_putting(bench, slot, recording), stored) for slot, stored in kept.items()]

    def put(there: bool) -> bool:
        done = [put_one(stored if there else None) for put_one, stored in puts]
        return all(done)

    bench.undo.push(Change("Delete the transcripts", put, True, False))


def _putting(bench: Bench, slot: EngineSlot, recording: Recording) -> Put:
    """Puts a slot's transcript of that recording, also where another one is shown by now; False where it can't."""
    letter = "a" if slot is bench.engines.a else "b"

    def put(stored: StoredTranscript | None) -> bool:
        if bench.desk.shown == recording:
            bench.keeping.put_transcript(slot, recording, stored)
            return True
        try:
            clean = bench.preferences.blocking.clean_stored(stored)  # what is blocked may be so since then
            keep_transcript(bench.desk.session, recording, letter, clean)
        except LabBenchError as error:
            bench.notices.error.emit(error)
            return False
        return True

    return put


def keep_transcript(session: Session, recording: Recording, slot: str, stored: StoredTranscript | None) -> None:
    """Write a transcript of slot "a" or "b"; None removes it. Raises LabBenchError."""
    if stored is not None:
        save_transcript(session, recording, slot, stored)  # type: ignore[arg-type]
        return
    path = results_folder(session, recording) / f"transcript-{slot}.json"
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise LabBenchError(f"{path} can't be removed ({error.strerror}).", "Check its permissions.") from error
