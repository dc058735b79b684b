"""Connects the buttons under an engine A without weights with what gets them."""

from __future__ import annotations

from collections.abc import Callable

from labbench.ui.transcripts.engine_shelf import EngineShelf
from labbench.ui.transcripts.no_whisper import NoWhisper


def connect_no_whisper(widget: NoWhisper, engines: EngineShelf, import_file: Callable[[], None]) -> None:
    def show() -> None:
        widget.show_missing(engines.a.spec.is_missing)

    widget.get_asked.connect(engines.get_whisper)
    widget.file_asked.connect(import_file)
    widget.cancel_asked.connect(engines.stop_download)
    engines.download_changed.connect(widget.show_download)
    engines.a.chosen.connect(lambda _: show())
    show()
