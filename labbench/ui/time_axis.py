"""The one time axis of the window: what is in view, where the cursor is, what is selected. No widgets."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

Span = tuple[float, float]

LIVE_SECONDS = 12.0
"""While sound runs, so much of it is in view."""
NARROWEST_SECONDS = 0.005
SHORTEST_SELECTION = 0.002


class TimeAxis(QObject):
    """Every view shows its `view`, `cursor`, `hover` and `selection` and changes them only through it. Seconds.

    `range_changed(start, stop)`, `cursor_changed(seconds or None)`, `hover_changed(seconds or None)` and
    `selection_changed((start, stop) or None)` tell of changes, and only of changes.
    """

    range_changed = Signal(float, float)
    cursor_changed = Signal(object)
    hover_changed = Signal(object)
    selection_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view: Span = (0.0, LIVE_SECONDS)
        self.cursor: float | None = None
        self.hover: float | None = None
        self.selection: Span | None = None
        self.duration = 0.0
        self.following = True
        self._grows = False

    # What sound there is ------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """A new sound, of which nothing is there yet; the view follows its end."""
        self.duration, self.following, self._grows = 0.0, True, True
        self.select(None)
        self.place_cursor(None)
        self._show((0.0, LIVE_SECONDS))

    def grow(self, duration: float) -> None:
        """There is more of it."""
        self.duration = duration
        if self.following and duration > self.view[1]:
            width = self.view[1] - self.view[0]
            self._show((duration - width, duration))

    def end(self, duration: float) -> None:
        """All of it is there: show all."""
        self.duration, self.following, self._grows = duration, False, False
        self.show_all()

    # What is in view ----------------------------------------------------------------------------------------------

    @property
    def limit(self) -> float:
        """How far to the right one can look."""
        return max(self.duration, LIVE_SECONDS if self.following else 1.0)

    def show(self, start: float, stop: float) -> None:
        """Look at a stretch; sound that grows is followed as long as its newest moment is in it."""
        self.following = self._grows and stop >= self.duration
        self._show((start, stop))

    def show_all(self) -> None:
        self._show((0.0, self.limit))

    def zoom(self, factor: float, around: float | None = None) -> None:
        """Show `factor` times as much, with the second `around` (else cursor or middle) staying where it is."""
        start, stop = self.view
        width = min(self.limit, max(NARROWEST_SECONDS, (stop - start) * factor))
        pivot = around if around is not None else self._pivot()
        left = pivot - (pivot - start) * width / (stop - start)
        self.show(left, left + width)

    def pan(self, seconds: float) -> None:
        """Move the view to the right by `seconds`."""
        self.show(self.view[0] + seconds, self.view[1] + seconds)

    def reveal(self, start: float, stop: float | None = None) -> None:
        """Move the view, if need be, so that a moment or stretch is in it."""
        stop = start if stop is None else stop
        left, right = self.view
        width = right - left
        if start >= left and stop <= right:
            return
        if stop - start > width:
            self.show(start, stop)
        else:
            middle = (start + stop) / 2
            self.show(middle - width / 2, middle + width / 2)

    # Cursor and selection -----------------------------------------------------------------------------------------

    def place_cursor(self, seconds: float | None) -> None:
        seconds = None if seconds is None else min(max(0.0, seconds), self.limit)
        if seconds != self.cursor:
            self.cursor = seconds
            self.cursor_changed.emit(seconds)

    def place_hover(self, seconds: float | None) -> None:
        """Where the mouse is, or that it is nowhere."""
        if seconds != self.hover:
            self.hover = seconds
            self.hover_changed.emit(seconds)

    def select(self, span: Span | None) -> None:
        """Select a stretch, in either order of its ends; one that is next to nothing is none."""
        if span is not None:
            start, stop = sorted(min(max(0.0, end), self.limit) for end in span)
            span = (start, stop) if stop - start >= SHORTEST_SELECTION else None
        if span != self.selection:
            self.selection = span
            self.selection_changed.emit(span)

    def select_all(self) -> None:
        self.select((0.0, self.duration))

    def extend(self, to: float) -> None:
        """Move the cursor and let the selection reach from where it was anchored to there."""
        to = min(max(0.0, to), self.limit)
        at = self.cursor if self.cursor is not None else self._pivot()
        anchor = at
        if self.selection is not None:
            start, stop = self.selection
            anchor = stop if abs(at - start) < abs(at - stop) else start
        self.place_cursor(to)
        self.select((anchor, to))

    def _pivot(self) -> float:
        start, stop = self.view
        return self.cursor if self.cursor is not None and start <= self.cursor <= stop else (start + stop) / 2

    def _show(self, span: Span) -> None:
        width = min(max(span[1] - span[0], NARROWEST_SECONDS), self.limit)
        start = min(max(0.0, span[0]), self.limit - width)
        view = (start, start + width)
        if view != self.view:
            self.view = view
            self.range_changed.emit(*view)
