"""Pages of text: help, and the keyboard shortcuts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QFontDatabase, QGuiApplication, QKeySequence, QTextDocument
from PySide6.QtWidgets import QMenu, QTextBrowser

from labbench.ui import time_keys
from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.help_pages import TITLES, page
from labbench.ui.theme import Theme
from labbench.ui.views.embedders import plot as map_plot
from labbench.ui.views.map import hand as map_hand
from labbench.ui.views.matrix import canvas as matrix_canvas
from labbench.ui.views.microscope import canvas as microscope_canvas
from labbench.ui.views.strip import hand as strip_hand
from labbench.ui.widgets import button, named

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

MOST_KEYS = 2
"""Systems know more for some things than anybody wants to read."""
_KEY = Qt.Key
_NAMED_KEYS = frozenset(
    [
        *(_KEY.Key_F1, _KEY.Key_F2, _KEY.Key_F3, _KEY.Key_F4, _KEY.Key_F5, _KEY.Key_F6),
        *(_KEY.Key_F7, _KEY.Key_F8, _KEY.Key_F9, _KEY.Key_F10, _KEY.Key_F11, _KEY.Key_F12),
        *(_KEY.Key_Left, _KEY.Key_Right, _KEY.Key_Up, _KEY.Key_Down, _KEY.Key_Home, _KEY.Key_End),
        *(_KEY.Key_PageUp, _KEY.Key_PageDown, _KEY.Key_Insert, _KEY.Key_Delete, _KEY.Key_Backspace),
        *(_KEY.Key_Escape, _KEY.Key_Tab, _KEY.Key_Backtab, _KEY.Key_Return, _KEY.Key_Enter),
    ]
)
MOUSE_HELP = (
    ("Wheel", "Zoom around the pointer; with Shift, move the view"),
    ("Drag", "Move the view"),
    ("Shift+drag", "Select"),
    ("Click", "Cursor to this place"),
    ("Shift+click", "Select from the cursor to this place"),
    ("Click on a word", "Select the word"),
    ("Double click on a word", "Play the word"),
    ("Double click on a label", "Edit its text"),
)


class TextPage(BenchDialog):
    """A page in Markdown that can be read, selected and copied."""

    def __init__(self, window: MainWindow, name: str, title: str, markdown: str) -> None:
        super().__init__(window, name, title, (840, 640))
        self._markdown = markdown
        self.text = named(QTextBrowser(), f"{name}Text", title)
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        self.text.document().setDocumentMargin(4)
        self._show()
        window.bench.theme_changed.connect(self._show)
        self.body.addWidget(self.text, 1)
        copy = button("Copy all", f"{name}Copy", "Copy the whole page as text")
        copy.clicked.connect(self._copy)
        self.press_by_return(self.end_with(copy, None))
        self.text.setFocus()

    def _follow(self, link: QUrl) -> None:
        """To another page of help, or to the browser."""
        name = link.path().removesuffix(".md")
        if name in TITLES:
            self.owner.asking.help_page(name)
        else:
            QDesktopServices.openUrl(link)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._markdown)

    def _show(self, _: object = None) -> None:
        self.text.setHtml(page_html(self._markdown, self.owner.theme))


def page_html(markdown: str, theme: Theme) -> str:
    """Markdown in the window's type scale and colours, its tables without frames."""
    document = QTextDocument()
    document.setMarkdown(markdown)
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    html = document.toHtml()
    for pattern, by in (
        (r'<body style="[^"]*">', f'<body style="font-size:{theme.size(14)}px;">'),
        (r'(<h1 style=")[^"]*', r"\1margin-top:0px; margin-bottom:8px;"),
        (r'(<h[2-6] style=")[^"]*', r"\1margin-top:16px; margin-bottom:4px;"),
        (r'(<p style=")[^"]*', r"\1margin-top:10px; margin-bottom:10px;"),
        (r'(<p style=")[^"]*("><span style=" font-family)', r"\1margin-top:1px; margin-bottom:1px;\2"),
        (r'(<li style=")[^"]*', r"\1margin-top:3px; margin-bottom:3px;"),
        (r"font-size:xx-large;", f"font-size:{theme.size(24)}px;"),
        (r"font-size:(x-large|large|medium|small);", f"font-size:{theme.size(14)}px;"),
        (r"font-family:'monospace';", f"font-family:'{fixed}'; font-size:{theme.size(12)}px;"),
        (r"color:#0000ff;", f"color:{theme.accent};"),
        (r'<table border="1"[^>]*>', '<table border="0" width="100%" cellspacing="0" cellpadding="4">'),
        (r"<tr>\s*<td>", '<tr><td width="34%">'),
        (r"(<td[^>]*>\s*<p style=\")[^\"]*", r"\1margin:0px;"),
        (r"(</table>)", r"\1<p></p>"),
    ):
        html = re.sub(pattern, by, html)
    return html


def help_page(window: MainWindow, name: str) -> TextPage:
    """One of `help_pages.TITLES`."""
    return TextPage(window, f"{name}Page", TITLES[name], page(name))


def shortcuts_page(window: MainWindow) -> TextPage:
    """All keys and what the mouse does, from the menus themselves."""
    return TextPage(window, "shortcutsPage", "Keyboard and mouse", shortcuts_text(window))


def shortcuts_text(window: MainWindow) -> str:
    """As Markdown: a table for each menu, one for the keyboard on the views, one for the mouse."""
    parts = ["# Keyboard and mouse"]
    for menu in window.menuBar().findChildren(QMenu):
        if menu.parent() is window.menuBar():
            rows = [(keys_text(action), _what(action)) for action in _leaves(menu) if keys_text(action)]
            if rows:
                parts.append(_table(plain_text(menu.title()), rows))
    parts.append(_table("On the sound, once it is clicked", time_keys.HELP))
    parts.append(_table("On the strip of distances, once it is clicked", strip_hand.HELP))
    parts.append(_table("On the map, once it is clicked", map_hand.HELP))
    parts.append(_table("On the matrix, once it is clicked", matrix_canvas.HELP))
    parts.append(_table("On the microscope, once it is clicked", microscope_canvas.HELP))
    parts.append(_table("On the maps of two embedders, once one is clicked", map_plot.HELP))
    parts.append(_table("Mouse on the sound", MOUSE_HELP))
    return "\n\n".join(parts) + "\n"


def plain_text(text: str) -> str:
    """What a menu says, without its marks."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")


def keys_text(action: QAction) -> str:
    """Its keys as this system writes them; systems also name keys for it that no keyboard has, or few."""
    keys = [keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts() if is_common(keys)]
    return ", ".join([one for one in keys if one][:MOST_KEYS])


def is_common(keys: QKeySequence) -> bool:
    """Whether people have these keys: letters, digits, signs, and those with names up to F12."""
    pressed = [keys[number].key() for number in range(keys.count())]  # type: ignore[index]
    return all(key in _NAMED_KEYS or Qt.Key.Key_Space <= key <= Qt.Key.Key_ydiaeresis for key in pressed)


def _what(action: QAction) -> str:
    """What an entry does; Undo and Redo name at the moment what they would undo and redo."""
    fixed = {"actionUndo": "Undo", "actionRedo": "Redo"}
    return fixed.get(action.objectName(), plain_text(action.text()))


def _leaves(menu: QMenu) -> Iterator[QAction]:
    """The entries of a menu and of the menus in it."""
    inner = {one.menuAction(): one for one in menu.findChildren(QMenu)}
    for action in menu.actions():
        if action in inner:
            yield from _leaves(inner[action])
        elif not action.isSeparator():
            yield action


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| **{title}** | |", "| --- | --- |"]
    lines += [f"| {_cell(keys)} | {_cell(what)} |" for keys, what in rows]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")
