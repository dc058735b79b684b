"""Texts at stretches of time, and where they go on a line so that none overlaps another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

GAP = 6.0
"""Pixels between one text and the next."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A text at a stretch of time. Faint ones are provisional; `colour` makes it a chip, `hollow` only its outline.

    `confidence` (0 to 1) is drawn as a bar below the text. `tip` is told when the mouse rests on it; of marks by the
    ten thousand `tell` makes it only then.
    """

    text: str
    start: float
    end: float
    faint: bool = False
    colour: str = ""
    hollow: bool = False
    confidence: float | None = None
    tip: str = ""
    tell: Callable[[Mark], str] | None = field(default=None, compare=False, repr=False)

    @property
    def told(self) -> str:
        """What is told when the mouse rests on it."""
        return self.tip or (self.tell(self) if self.tell is not None else "")


class Placed(NamedTuple):
    """Where a mark's text goes: pixels from the lane's left edge."""

    mark: Mark
    x: float
    width: float


def place(
    marks: Sequence[Mark], widths: Sequence[float], start: float, stop: float, pixels: float
) -> tuple[list[Placed], list[float]]:
    """Lay texts (of `widths` pixels) out on one line so that none overlaps another or leaves the lane.

    Each begins at its time or, where the one before is in the way and there is room, right after it; one that would
    begin more than its own length late is left out, and its place is in the second list: zooming in brings it back.
    """
    placed: list[Placed] = []
    left_out: list[float] = []
    scale = pixels / max(stop - start, 1e-9)
    free = 0.0
    for mark, width in zip(marks, widths, strict=True):
        wanted = (mark.start - start) * scale
        if wanted + width < 0 or wanted > pixels:
            continue
        x = max(wanted, free)
        if x - wanted > width or x + width > pixels or wanted < -1.0:
            if wanted >= 0:
                left_out.append(wanted)
            continue
        placed.append(Placed(mark, x, width))
        free = x + width + GAP
    return placed, left_out


def one_in_each(starts: NDArray[np.float64], scale: float, apart: float, pixels: float) -> NDArray[np.intp]:
    """Which of many marks (ascending `starts` in seconds, `scale` pixels a second) are drawn on a line of `pixels`.

    All of them, as long as there is one or less to `apart` pixels; else the first in each such piece of the line. The
    pieces are anchored to the sound's start: the choice stays while the view moves.
    """
    if len(starts) * apart <= pixels:
        return np.arange(len(starts))
    return np.flatnonzero(np.diff(np.floor(starts * (scale / apart)), prepend=np.nan) != 0.0)
