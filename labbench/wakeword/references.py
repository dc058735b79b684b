"""What windows of sound are compared with: frames of a word, warped in time, or a direction of averaged frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.dtw import TemplateBank, match
from labbench.wakeword.embedder import Frames, unit_rows


@dataclass(frozen=True, eq=False)
class Reference:
    """One thing to compare with. Immutable; crosses processes.

    For warping, `frames` is a template ([frames, dimensions]). For pooling it is one row, a direction w: the mean of
    `length` neighbouring frames of the window, less `centre` and scaled to unit length, is a point x, and the distance
    is `offset` - w.x, not less than 0. A direction of unit length and offset 1 is the cosine distance.
    `version` is the number of the take's version that it was made of; `alone` numbers a take that speaks for itself,
    0 one that is heard together with the others.
    """

    frames: NDArray[np.float32]
    length: int
    centre: NDArray[np.float32] | None = None
    offset: float = 1.0
    version: int = 0
    alone: int = 0


class _Part(Protocol):
    def distances(self, window: Frames) -> NDArray[np.float32]: ...

    def span(self, number: int, window: Frames) -> tuple[int, int]: ...


class Bank:
    """References of any kind that are scored together. Immutable; thread-safe."""

    def __init__(self, references: Sequence[Reference]) -> None:
        pooled = np.array([reference.centre is not None for reference in references], bool)
        self._count = len(references)
        self._parts: list[tuple[NDArray[np.intp], _Part]] = []
        self._place: dict[int, tuple[_Part, int]] = {}
        for chosen, kind in ((~pooled, WarpedBank), (pooled, PooledBank)):
            numbers: list[int] = np.flatnonzero(chosen).tolist()
            if numbers:
                part = kind([references[number] for number in numbers])
                self._parts.append((np.array(numbers, np.intp), part))
                self._place |= {number: (part, place) for place, number in enumerate(numbers)}

    def __len__(self) -> int:
        return self._count

    def distances(self, window: Frames) -> NDArray[np.float32]:
        """Raw distance of every reference to `window` ([frames, dimensions]): shape [references]."""
        result = np.empty(self._count, np.float32)
        for numbers, part in self._parts:
            result[numbers] = part.distances(window)
        return result

    def span(self, number: int, window: Frames) -> tuple[int, int]:
        """First and last frame of `window` at which reference `number` lies nearest."""
        part, place = self._place[number]
        return part.span(place, window)


class WarpedBank:
    """Templates under open-ended dynamic time warping (see `labbench.wakeword.dtw`)."""

    def __init__(self, references: Sequence[Reference]) -> None:
        self._templates = [reference.frames for reference in references]
        self._bank = TemplateBank(self._templates)

    def __len__(self) -> int:
        return len(self._bank)

    def distances(self, window: Frames) -> NDArray[np.float32]:
        return self._bank.distances(window)

    def span(self, number: int, window: Frames) -> tuple[int, int]:
        path = match(self._templates[number], window).path
        return path[0][1], path[-1][1]


@dataclass(frozen=True, eq=False)
class _Alike:
    """References that look at the same points: the same length, the same centre."""

    length: int
    centre: NDArray[np.float32]
    numbers: NDArray[np.intp]
    directions: NDArray[np.float32]
    offsets: NDArray[np.float32]


class PooledBank:
    """References that slide over the window with their own length, a frame at a time."""

    def __init__(self, references: Sequence[Reference]) -> None:
        self._references = tuple(references)
        groups: dict[tuple[int, bytes], list[int]] = {}
        for number, reference in enumerate(references):
            groups.setdefault((reference.length, _centre(reference).tobytes()), []).append(number)
        self._groups = [self._alike(numbers) for numbers in groups.values()]

    def _alike(self, numbers: list[int]) -> _Alike:
        some = [self._references[number] for number in numbers]
        return _Alike(
            some[0].length,
            _centre(some[0]),
            np.array(numbers, np.intp),
            np.stack([reference.frames[0] for reference in some]),
            np.array([reference.offset for reference in some], np.float32),
        )

    def __len__(self) -> int:
        return len(self._references)

    def distances(self, window: Frames) -> NDArray[np.float32]:
        result = np.empty(len(self._references), np.float32)
        sums = _sums(window)
        for group in self._groups:
            length = min(group.length, len(window))
            means = (sums[length:] - sums[:-length]) * np.float32(1.0 / length) - group.centre
            norms = np.sqrt(np.einsum("ij,ij->i", means, means))
            likeness = (means @ group.directions.T) / np.maximum(norms, np.float32(1e-9))[:, None]
            result[group.numbers] = np.maximum(group.offsets - likeness.max(axis=0), np.float32(0.0))
        return result

    def span(self, number: int, window: Frames) -> tuple[int, int]:
        reference = self._references[number]
        points = points_of(_sums(window), reference.length, _centre(reference))
        first = int(np.argmax(points @ reference.frames[0]))
        return first, first + min(reference.length, len(window)) - 1


def _centre(reference: Reference) -> NDArray[np.float32]:
    return reference.centre if reference.centre is not None else np.zeros(reference.frames.shape[1], np.float32)


def _sums(window: Frames) -> NDArray[np.float32]:
    """Sums of the first 0, 1, ... frames: shape [frames + 1, dimensions]."""
    sums = np.zeros((len(window) + 1, window.shape[1]), np.float32)
    np.cumsum(window, axis=0, out=sums[1:])
    return sums


def points_of(sums: NDArray[np.float32], length: int, centre: NDArray[np.float32]) -> Frames:
    """Unit-length points of every stretch of `length` frames (of all, where there are fewer): shape [places, d]."""
    length = min(length, len(sums) - 1)
    return unit_rows((sums[length:] - sums[:-length]) / np.float32(length) - centre)


def points_along(window: Frames, length: int, centre: NDArray[np.float32]) -> Frames:
    """The same from a window's frames."""
    return points_of(_sums(window), length, centre)


def point_of(frames: Frames, centre: NDArray[np.float32]) -> NDArray[np.float32]:
    """All frames as one point of unit length: shape [dimensions]."""
    point: NDArray[np.float32] = unit_rows(frames.mean(axis=0, dtype=np.float32)[None] - centre)[0]
    return point


def centre_of(cohort: Sequence[Frames]) -> NDArray[np.float32]:
    """The mean frame of ordinary speech: what all points have in common says nothing about a word."""
    means = np.stack([window.mean(axis=0) for window in cohort])
    centre: NDArray[np.float32] = means.mean(axis=0).astype(np.float32)
    return centre
