"""Undo: a change from one value to another, both of which can be put back because neither is ever altered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QUndoCommand


class Change(QUndoCommand):
    """`put` is called with `after` when it is done or redone, with `before` when it is undone.

    Where it returns False it could not be done (and has told why): the change is taken off the stack.
    Changes that follow each other with the same `merge` key become one: a slider that is dragged, for example.
    """

    def __init__(
        self, text: str, put: Callable[[Any], object], before: Any, after: Any, merge: tuple[object, ...] | None = None
    ) -> None:
        super().__init__(text)
        self._put = put
        self._before = before
        self._after = after
        self._merge = merge

    def id(self) -> int:
        return 1 if self._merge is not None else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, Change) or other._merge != self._merge:
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        self._try(self._after)

    def undo(self) -> None:
        self._try(self._before)

    def _try(self, value: Any) -> None:
        if self._put(value) is False:
            self.setObsolete(True)
