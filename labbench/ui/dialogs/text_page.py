"""Pages of text: the session format, the keyboard shortcuts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QKeySequence,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextFragment,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QMenu, QTextBrowser

from labbench.ui import time_keys
from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.widgets import button, named

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

MOST_KEYS = 2
"""Systems know more for some things than anybody wants to read."""
MOUSE_HELP = (
    ("Wheel", "Zoom around the pointer; with Shift, move the view"),
    ("Drag", "Move the view"),
    ("Shift+drag", "Select"),
    ("Click", "Cursor to this place"),
    ("Shift+click", "Select from the cursor to this place"),
    ("Click on a word", "Select the word"),
)


class TextPage(BenchDialog):
    """A page in Markdown that can be read, selected and copied."""

    def __init__(self, window: MainWindow, name: str, title: str, markdown: str) -> None:
        super().__init__(window, name, title, (840, 640))
        self._markdown = markdown
        self.text = named(QTextBrowser(), f"{name}Text", title)
        self.text.setOpenExternalLinks(True)
        self.text.setMarkdown(markdown)
        self._dress()
        window.bench.theme_changed.connect(self._theme_changed)
        self.body.addWidget(self.text, 1)
        copy = button("Copy all", f"{name}Copy", "Copy the whole page as text")
        copy.clicked.connect(self._copy)
        self.end_with(copy, None)
        self.text.setFocus()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._markdown)

    def _theme_changed(self, _: object) -> None:
        self.text.setMarkdown(self._markdown)
        self._dress()

    def _dress(self) -> None:
        """Markdown comes with frames and sizes of its own: hairlines, and the window's type scale instead."""
        theme = self.owner.theme
        document = self.text.document()
        document.setDocumentMargin(4)
        for frame in document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                shape = frame.format()
                shape.setBorder(0)
                shape.setCellPadding(4)
                shape.setCellSpacing(0)
                if frame.columns() == 2:
                    wide = QTextLength.Type.PercentageLength
                    shape.setColumnWidthConstraints([QTextLength(wide, 34), QTextLength(wide, 66)])
                shape.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
                shape.setTopMargin(4)
                shape.setBottomMargin(12)
                frame.setFormat(shape)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
        block = document.begin()
        while block.isValid():
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            style = QTextCharFormat()
            level = block.blockFormat().headingLevel()
            style.setProperty(QTextCharFormat.Property.FontSizeAdjustment, 0)
            style.setProperty(QTextCharFormat.Property.FontPixelSize, theme.size(24 if level == 1 else 14))
            if level:
                style.setFontWeight(QFont.Weight.DemiBold)
                shape_ = block.blockFormat()
                shape_.setTopMargin(0 if block.blockNumber() == 0 else 16)
                shape_.setBottomMargin(4)
                cursor.setBlockFormat(shape_)
            pieces = _fragments(block)
            cursor.mergeCharFormat(style)
            for piece in pieces:
                if piece.charFormat().fontFixedPitch():
                    part = QTextCursor(document)
                    part.setPosition(piece.position())
                    part.setPosition(piece.position() + piece.length(), QTextCursor.MoveMode.KeepAnchor)
                    code = QTextCharFormat()
                    code.setFontFamilies([fixed])
                    code.setForeground(QColor(theme.text))
                    code.setProperty(QTextCharFormat.Property.FontPixelSize, theme.size(12))
                    part.mergeCharFormat(code)
            block = block.next()


def _fragments(block: QTextBlock) -> list[QTextFragment]:
    """The pieces of a block that look the same."""
    found, at = [], block.begin()
    while not at.atEnd():
        found.append(at.fragment())
        at += 1
    return found


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
    parts.append(_table("Mouse on the sound", MOUSE_HELP))
    return "\n\n".join(parts) + "\n"


def plain_text(text: str) -> str:
    """What a menu says, without its marks."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")


def keys_text(action: QAction) -> str:
    """Its keys as this system writes them."""
    keys = [keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts()]
    return ", ".join([one for one in keys if one][:MOST_KEYS])


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
    lines = [f"| {title} | |", "| --- | --- |"]
    lines += [f"| {_cell(keys)} | {_cell(what)} |" for keys, what in rows]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")
