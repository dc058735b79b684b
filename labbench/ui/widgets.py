"""Small parts of which the window is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

LEAST_LETTERS = 8
"""What is left of a label that is cut says nothing if it is shorter."""
AnyWidget = TypeVar("AnyWidget", bound=QWidget)


def named(widget: AnyWidget, name: str, spoken: str) -> AnyWidget:
    """Give a widget the name that tests use and the one that a screen reader speaks."""
    widget.setObjectName(name)
    widget.setAccessibleName(spoken)
    return widget


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A label in one of the stylesheet's roles."""
    result = QLabel(text)
    result.setProperty("role", role)
    result.setWordWrap(wrap)
    return result


class ElidedLabel(QLabel):
    """One line that never forces its surroundings wider.

    Where the text does not fit, its `short` form stands for it, and where that doesn't either, it ends in an ellipsis,
    unless only a few letters would be left of it; the tip has it all.
    """

    def __init__(self, text: str = "", role: str = "") -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._full = self._short = self._about = ""
        self.setText(text)

    def setText(self, text: str, short: str = "") -> None:
        self._short = short
        if text != self._full:  # else everything around it would be laid out anew
            self._full = text
            super().setText(text)
        self._elide()

    def text(self) -> str:
        """The whole text, also where less is shown."""
        return self._full

    def explain(self, about: str) -> None:
        """What the words mean, for the tip and for screen readers."""
        self._about = about
        self.setAccessibleDescription(about)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        metrics, room = self.fontMetrics(), max(0, self.width())
        text = self._full if not self._short or metrics.horizontalAdvance(self._full) <= room else self._short
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        if shown != text and len(shown) < LEAST_LETTERS:
            shown = ""
        if shown != super().text():
            super().setText(shown)
        self.setToolTip("\n\n".join(part for part in (self._full if shown != self._full else "", self._about) if part))


def set_role(widget: QWidget, role: str) -> None:
    """Change a label's role and let the stylesheet follow."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def button(text: str, name: str, tip: str, kind: str = "") -> QPushButton:
    """A push button; what its tip says is spoken as its description."""
    result = named(QPushButton(text), name, text.rstrip("…"))
    result.setToolTip(tip)
    result.setAccessibleDescription(tip)
    result.setProperty("kind", kind)
    result.setAutoDefault(True)  # so that Return presses it, not only the space bar
    result.setCursor(Qt.CursorShape.PointingHandCursor)
    return result


class Panel(QFrame):
    """A surface with a title row, to which widgets are added, and a body below it."""

    def __init__(self, title: str, name: str) -> None:
        super().__init__()
        named(self, name, title)
        self.setProperty("panel", True)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(16, 8, 16, 8)
        self.body.setSpacing(8)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.title = label(title, "title")
        self.head.addWidget(self.title)
        self.body.addLayout(self.head)


class NoticeBar(QFrame):
    """The one place where expected failures and news are told: a sentence, what to do, and a button to dismiss it."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "notice", "Notice")
        self.setProperty("notice", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        self._text = named(label(wrap=True), "noticeText", "Notice")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        policy = self._text.sizePolicy()
        policy.setVerticalPolicy(QSizePolicy.Policy.Ignored)  # else the height of a narrow label is kept for it
        policy.setHeightForWidth(True)
        self._text.setSizePolicy(policy)
        row.addWidget(self._text, 1)
        dismiss = button("Dismiss", "dismissNotice", "Hide this notice", "quiet")
        dismiss.clicked.connect(self.hide)
        self._act: Callable[[], None] | None = None
        self.action = button("Do it", "noticeAction", "Do what the notice offers")
        self.action.clicked.connect(self._acted)
        row.addWidget(self.action)
        row.addWidget(dismiss)
        self.hide()

    def tell(self, message: str, hint: str = "", offer: str = "", act: Callable[[], None] | None = None) -> None:
        """A sentence and what to do; with `offer`, a button of that name that does it."""
        self._act = act
        self.action.setText(offer)
        self.action.setAccessibleName(offer)
        self.action.setVisible(act is not None)
        self._text.setText(f"<b>{_escaped(message)}</b> {_escaped(hint)}")
        self._text.setAccessibleName(f"{message} {hint}")
        self.show()
        self._fit()

    def hasHeightForWidth(self) -> bool:
        """Said to be of a fixed height: a scroll area around it would else give all plots the height they like best."""
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as the sentence needs at this width."""
        row, wanted = self.layout(), self.heightForWidth(self.width())
        if row is not None and wanted > 0:  # else nobody has told anything yet
            self.setFixedHeight(wanted)
            row.setGeometry(self.contentsRect())

    def _acted(self) -> None:
        act, self._act = self._act, None
        self.hide()
        if act is not None:
            act()

    @property
    def text(self) -> str:
        return self._text.accessibleName()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
