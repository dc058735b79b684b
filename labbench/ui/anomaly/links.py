"""Connects what stands out with the window: panel, lane, bands behind the waveform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from labbench.core.progress import Progress
from labbench.core.timebase import MODEL_RATE, clock_text
from labbench.ui import marks
from labbench.wakeword.anomaly_detector import Mark

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

FIRST_HEIGHT, LEAST_HEIGHT = 108, 116
"""Of the panel when it is first shown, and of those that make room for it."""


def connect_anomaly(window: MainWindow) -> None:
    bench, panel = window.bench, window.anomaly
    desk, scoring, strip = bench.anomaly, bench.anomaly.scoring, window.anomaly.strip
    newest: list[int] = [0]

    def drawn(mark: Mark) -> marks.Mark:
        tip = f"Unlike what is normal: score {mark.score:.1f}. Click to select it, then Play."
        return marks.Mark(f"{mark.score:.1f}", *desk.span(mark), colour=strip.colour, tip=tip)

    def marks_changed() -> None:
        found = scoring.marks
        shown = [drawn(mark) for mark in found]
        strip.show_marks(shown)
        window.signal.show_standing_out(shown)
        panel.tell(len(found), None if bench.sound.running is not None or not scoring.running else Progress(0.0))
        if bench.sound.running is not None and found and found[-1].start > newest[0]:
            newest[0] = found[-1].start
            bench.notices.status.emit(f"Something stands out at {clock_text(desk.span(found[-1])[0])}.")

    def shown() -> None:
        track = scoring.track
        newest[0] = 0
        if track is None:
            strip.show_all(np.zeros(0), np.zeros(0))
        else:
            strip.show_all(track.stops / MODEL_RATE, track.scores)

    def changed() -> None:
        was_hidden = panel.isHidden()
        panel.show_learnt(desk.learnt)
        if was_hidden and not panel.isHidden():
            make_room(window)

    def clicked(number: int) -> None:
        found = scoring.marks
        if number < len(found):
            desk.select(found[number])

    desk.changed.connect(changed)
    scoring.added.connect(strip.add)
    scoring.shown.connect(shown)
    scoring.marks_changed.connect(marks_changed)
    scoring.progressed.connect(lambda progress: panel.tell(len(scoring.marks), progress))
    bench.sound.advanced.connect(lambda _: strip.refresh())
    bench.sound.closed.connect(lambda _: strip.refresh())
    bench.theme_changed.connect(lambda _: marks_changed())
    strip.threshold_dragged.connect(desk.drop_threshold)
    strip.clicked.connect(clicked)
    panel.slider.moved.connect(desk.set_threshold)
    panel.slider.released.connect(desk.end_drag)
    panel.list.clicked.connect(window.asking.anomaly)


def make_room(window: MainWindow) -> None:
    """The panel begins with enough height to read its curve; whoever moves the divisions decides from then on."""
    sizes = window.down.sizes()
    height, least = (round(pixels * window.theme.scale) for pixels in (FIRST_HEIGHT, LEAST_HEIGHT))
    if sizes[-1] < height:
        sound, *others, _ = sizes  # the sound keeps its height, if that is possible
        given = [max(min(one, least), one - height // len(others)) for one in others]
        window.down.setSizes([sound + sum(others) - sum(given) - height, *given, height])
