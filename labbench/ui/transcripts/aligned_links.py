"""Connects the comparison of A with B with the window: its switch, its words, the cursor of the time axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from labbench.transcript.types import Word
from labbench.ui.transcripts.comparing import Comparing, Comparison
from labbench.ui.transcripts.transcribing import EngineSlot

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

Ask = Callable[[EngineSlot, Word, QPoint], None]


def connect_alignment(
    window: MainWindow, choose: Callable[[Word], None], play: Callable[[Word], None], ask: Ask
) -> None:
    """`choose`, `play` and `ask` do with a word what they do with one of the transcripts. Main thread."""
    bench, panel = window.bench, window.transcripts
    comparing = Comparing(bench)
    view = panel.aligned.view

    def show(comparison: Comparison) -> None:
        panel.show_comparison(comparison)
        view.mark_moment(bench.axis.cursor)

    def switched(on: bool) -> None:
        panel.set_comparing(on)
        comparing.wanted = on
        window.menus.actions["actionCompare"].setChecked(on)

    def found(_: str, span: tuple[float, float] | None) -> None:
        if span is not None:
            view.show_moment(span[0])

    comparing.changed.connect(show)
    window.find_bar.found.connect(found)
    panel.compare.toggled.connect(switched)
    window.menus.actions["actionCompare"].toggled.connect(panel.compare.setChecked)
    bench.axis.cursor_changed.connect(view.mark_moment)
    view.word_chosen.connect(lambda word, _: choose(word))
    view.word_played.connect(lambda word, _: play(word))
    view.word_menu.connect(lambda word, line, at: ask(bench.engines.b if line == "B" else bench.engines.a, word, at))
