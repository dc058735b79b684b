"""The menu of transcription: what is read, by which models, against what was really said."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from labbench.ui.transcripts.no_whisper import WANTED, size_of_wanted
from labbench.ui.transcripts.transcript_changes import delete_transcripts

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow
    from labbench.ui.menus import Menus


def fill_transcribe_menu(menus: Menus, window: MainWindow, menu: QMenu) -> None:
    """Main thread, once, while the menu bar is built."""
    bench, asking, add = window.bench, window.asking, partial(menus.add, menu)
    add("Transcribe &again", "actionTranscribe", bench.reading.transcribe_again, "Ctrl+T")
    add("Transcribe the &selection", "actionTranscribeSelection", bench.selection.transcribe, "Ctrl+Shift+T")
    add("&Delete the transcripts", "actionDeleteTranscripts", partial(delete_transcripts, bench))
    for name, column in (("A", window.transcripts.a), ("B", window.transcripts.b)):
        add(f"Copy {name}'s text", f"actionCopy{name}", column.copy_text)
    menu.addSeparator()
    add("What was really said, from a &text file…", "actionReference", asking.reference_file)
    add("Take A's text as &right", "actionConfirm", lambda: bench.reference.confirm(bench.engines.a))
    add("F&orget the corrections", "actionForgetReference", bench.reference.clear)
    menu.addSeparator()
    add("Compare A with &B", "actionCompare", lambda: None, "Ctrl+B").setCheckable(True)
    add("Fail&ure lab…", "actionFailureLab", asking.failure_lab)
    add("Compare over fi&les…", "actionCompareFiles", asking.compare_files)
    figures = add("Show Whisper's &figures", "actionFigures", lambda: None, "Ctrl+I")
    figures.setCheckable(True)
    figures.toggled.connect(partial(_show_figures, window))
    add("O&ptions…", "actionOptions", asking.options, "Ctrl+Shift+,")
    menu.addSeparator()
    add("&Models…", "actionModels", asking.models, "Ctrl+Shift+M")
    add("A ser&ver that transcribes…", "actionRemote", asking.remote)
    add(f"&Get Whisper {WANTED} ({size_of_wanted()})", "actionGetWhisper", bench.engines.get_whisper)
    add("&Choose a Whisper model file…", "actionChoosePt", asking.checkpoint)


def _show_figures(window: MainWindow, visible: bool) -> None:
    for column in (window.transcripts.a, window.transcripts.b):
        column.show_figures(visible)
