"""The part of the options that is about what is never shown: which list one edits, and where the class's lies."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QPlainTextEdit, QWidget

from labbench.core.errors import LabBenchError
from labbench.transcript.guard import BlockList, as_text, parse_block_list
from labbench.ui.dialogs.base import Form
from labbench.ui.theme import Theme
from labbench.ui.transcripts.block_desk import BlockDesk
from labbench.ui.widgets import ElidedLabel, button, named

MINE, SESSION, CLASS = "mine", "session", "class"
TIPS = {
    MINE: "Your own list. It is kept on this computer, and in force in every session.",
    SESSION: "The list of the session that is open. It is kept in its folder, and goes wherever the session goes.",
    CLASS: "The list of the class, from its file. Change it there, with any editor; here it can only be read.",
}
TOGETHER = (
    "All lists are in force together: what one of them names is taken out of everything that an engine says, also if "
    "it is spelt or spaced in another way, in every view and every file."
)


class BlockSection(QObject):
    """Rows of a form. `told` gives a sentence, and whether it is about something that went wrong."""

    told = Signal(str, bool)

    def __init__(self, desk: BlockDesk, form: Form, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._parent = parent
        self.which = named(QComboBox(), "optionBlockList", "Which block-list")
        self.which.addItem("Mine, in every session", MINE)
        self.which.addItem("This session's, goes with it", SESSION)
        self.which.addItem("The class's, from a file", CLASS)
        self.blocked = named(QPlainTextEdit(), "optionBlocked", "Words that are never shown")
        self.blocked.setTabChangesFocus(True)
        self.blocked.setFixedHeight(theme.size(88))
        self.file = named(ElidedLabel("", "muted"), "optionBlockFile", "File of the class's block-list")
        self.choose = button("Choose…", "optionBlockChoose", "A text file; it may lie on a network share")
        self.none = button("None", "optionBlockNone", "Do without the file that was chosen")
        self.again = button("Read again", "optionBlockAgain", "Read the class's file again")
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.file, 1)
        for widget in (self.choose, self.again, self.none):
            row.addWidget(widget)
        files = QWidget()
        files.setLayout(row)
        form.add_section("Never shown")
        form.add_row("List", self.which)
        form.add_row("Block-list", self.blocked)
        form.add_row("Class's file", files)
        self.which.activated.connect(lambda _: self._turn())
        self.choose.clicked.connect(self._choose)
        self.none.clicked.connect(lambda: desk.choose_class_file(""))
        self.again.clicked.connect(desk.read_class_lists)
        desk.changed.connect(self._changed)
        self._shown = MINE
        self._text = ""
        self._show()
        self._show_file()

    def use(self) -> None:
        """Take over what was written, if anything was."""
        text = self.blocked.toPlainText()
        if self._shown == CLASS or text == self._text:
            return
        try:
            blocked = parse_block_list(text)
            if self._shown == MINE:
                self._desk.use_mine(blocked)
            else:
                self._desk.use_for_session(blocked)
        except LabBenchError as error:
            self.told.emit(f"{error.message} {error.hint}", True)
            return
        self._show()

    @property
    def tip(self) -> str:
        """On the list that is shown."""
        return f"{TIPS[self._shown]} {TOGETHER}"

    def _turn(self) -> None:
        """Another list; what was written in this one counts first."""
        self.use()
        self._shown = self.which.currentData()
        self._show()
        self.told.emit(self.tip, False)

    def _list(self) -> BlockList:
        desk = self._desk
        return {MINE: desk.mine, SESSION: desk.of_session, CLASS: desk.of_class}[self._shown]

    def _show(self) -> None:
        self._text = as_text(self._list())
        with QSignalBlocker(self.blocked):
            self.blocked.setPlainText(self._text)
        fixed = self._shown == CLASS
        self.blocked.setReadOnly(fixed)
        self.blocked.setPlaceholderText(
            "The class's file names nothing, or there is none"
            if fixed
            else "A word or phrase a line, or a /regular expression/"
        )
        self.blocked.setAccessibleDescription(TIPS[self._shown])
        self.blocked.setToolTip(self.tip)
        self.which.setToolTip(self.tip)

    def _show_file(self) -> None:
        names = self._desk.class_files
        self.file.setText(", ".join(names) if names else "none")
        self.none.setEnabled(bool(self._desk.class_file))
        self.again.setEnabled(bool(names))

    def _changed(self) -> None:
        """A list was read, or another session was opened."""
        self._show_file()
        if self._shown == CLASS or self.blocked.toPlainText() == self._text:  # else somebody is writing
            self._show()
        if self._desk.troubles:
            self.told.emit(" ".join(self._desk.troubles), True)

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self._parent, "The class's block-list", self._desk.class_file, "Text (*.txt);;All files (*)"
        )
        if chosen:
            self._desk.choose_class_file(chosen)
