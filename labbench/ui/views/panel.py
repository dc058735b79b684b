"""The panel below: one tab for each view of distances, its sentence and options, and room for large ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QWidget

from labbench.ui.theme import Theme
from labbench.ui.views.tabs import Tab
from labbench.ui.views.view import View
from labbench.ui.widgets import ElidedLabel, Panel, button, label, named

LARGER_TIP = "Give this view the whole lower half: the transcripts and the wake words make room for it (F11)."
SAVE_TIP = "Save this view as a picture (PNG, SVG) or its figures as a table (CSV)."


_View = TypeVar("_View", bound=View)
GAP = 8


class _Stack(QStackedWidget):
    """As small as the view that is shown may be: the others take no room."""

    def minimumSizeHint(self) -> QSize:
        current = self.currentWidget()
        return current.minimumSizeHint() if current is not None else super().minimumSizeHint()


class ViewPanel(Panel):
    """Owns no state but which view is shown. `shown` gives the view, `save` is asked for by hand, `larger` toggles.

    `make` gives the view of a tab; it is asked once for each, when that is first looked at.
    """

    shown = Signal(object)
    save = Signal(object)
    larger = Signal(bool)

    def __init__(self, tabs: Sequence[Tab], make: Callable[[Tab], View], theme: Theme) -> None:
        super().__init__("Views of distances", "distancePanel")
        self.title.hide()
        self._places = tuple(tabs)
        self._make = make
        self._views: dict[Tab, View] = {}
        self.tabs = named(QTabBar(), "viewTabs", "Views of distances")
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(True)
        self.head.addWidget(self.tabs)
        self.hint = ElidedLabel("", "muted")
        self.head.addWidget(self.hint, 1)
        options = QWidget()
        self._options = QHBoxLayout(options)
        self._options.setContentsMargins(0, 0, 0, 0)
        self._options.setSpacing(GAP)
        self.head.addStretch()  # where the sentence is left out
        self.head.addWidget(options)
        self.save_button = button("Save…", "saveView", SAVE_TIP, "quiet")
        self.larger_button = button("Larger", "largerView", LARGER_TIP, "quiet")
        self.larger_button.setCheckable(True)
        self.head.addWidget(self.save_button)
        self.head.addWidget(self.larger_button)
        self.body.setSpacing(4)
        self.line = named(label("", "muted", wrap=True), "viewSentence", "What this view shows")
        self.body.addWidget(self.line)
        self.stack = _Stack()
        self.body.addWidget(self.stack, 1)
        for number, tab in enumerate(tabs):
            self.tabs.addTab(tab.title)
            self.tabs.setTabToolTip(number, tab.sentence)
        self.tabs.currentChanged.connect(self._changed)
        self.save_button.clicked.connect(lambda: self.save.emit(self.current))
        self.larger_button.toggled.connect(lambda _: self._show_options())
        self.larger_button.toggled.connect(self.larger)
        self._compact = False
        self._changed(0)
        self.set_theme(theme)

    @property
    def current(self) -> View:
        return self.view(self._places[self.tabs.currentIndex()])

    def view(self, tab: Tab) -> View:
        """The view of a tab, made if need be."""
        if tab not in self._views:
            view = self._views[tab] = self._make(tab)
            self.stack.addWidget(view)
            view.said.connect(lambda words: self._say(words) if view is self.current else None)
            for option in view.options:
                option.hide()
                self._options.addWidget(option)
        return self._views[tab]

    def of(self, kind: type[_View]) -> _View:
        """The view of that class."""
        found = self.view(kind.tab)
        assert isinstance(found, kind)
        return found

    def show_view(self, view: View) -> None:
        self.show_tab(view.tab)

    def show_tab(self, tab: Tab) -> None:
        self.tabs.setCurrentIndex(self._places.index(tab))

    def set_theme(self, theme: Theme) -> None:
        for view in self._views.values():
            view.set_theme(theme)

    def set_compact(self, compact: bool) -> None:
        """Leave out the sentence where the view is not large, so that it keeps its room."""
        self._compact = compact
        edge = 4 if compact else 8
        self.body.setContentsMargins(16, edge, 16, edge)
        self._show_options()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_options()

    def _changed(self, _: int) -> None:
        self.stack.setCurrentWidget(self.current)
        self.stack.updateGeometry()
        self._say(self.current.words)
        self.hint.explain(self.current.tab.sentence)
        self._show_options()
        self.shown.emit(self.current)

    def _say(self, words: str) -> None:
        self.hint.setText(words)
        self.line.setText(words)
        self._show_options()

    def _show_options(self) -> None:
        """Those of the view that is shown, where they have room beside the tabs.

        The sentence stands between them where all of it has room, else it is left to the tips of the tabs. News, and
        the sentence of a large view, are whole, on a line of their own where they have no room there.
        """
        current = self.current
        fixed: list[QWidget] = [self.tabs, self.save_button, self.larger_button]
        needed = sum(part.sizeHint().width() + GAP for part in [*fixed, *current.options])
        margins = self.body.contentsMargins()
        left = self.width() - margins.left() - margins.right() - needed
        fits = left >= 0
        for view in self._views.values():
            for option in view.options:
                option.setVisible(view is current and fits)
        large = self.larger_button.isChecked()
        whole = self.hint.fontMetrics().horizontalAdvance(current.words) + 2 * GAP <= left
        news = current.words != current.tab.sentence
        self.hint.setVisible(not self._compact and not large and whole)
        self.line.setVisible(large or (news and not whole and not self._compact))
