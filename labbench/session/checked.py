"""Values out of a file that nobody vouches for: each is what it should be, or a ValueError or TypeError."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Collection
from typing import Any, TypeVar

T = TypeVar("T")

DAMAGE = (KeyError, TypeError, ValueError, OverflowError)
"""What reading a damaged field raises."""
MOST_SECONDS = 1e7
"""Four months: no time in a session lies further from its start."""
MOST_TEXT = 100_000
"""Letters."""


def number(raw: Any, low: float, high: float) -> float:
    """A finite number in a range."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise TypeError("not a number")
    value = float(raw)
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError("a number out of range")
    return value


def maybe_number(raw: Any, low: float, high: float) -> float | None:
    """The same, or None."""
    return None if raw is None else number(raw, low, high)


def seconds(raw: Any) -> float:
    """A time in a recording. A model's own may lie a little before its start."""
    return number(raw, -MOST_SECONDS, MOST_SECONDS)


def span(raw: Any) -> tuple[float, float]:
    """Two times in order."""
    start, end = (seconds(one) for one in items(raw, 2))
    if start > end:
        raise ValueError("a span that ends before it starts")
    return start, end


def whole(raw: Any, low: int, high: int) -> int:
    """A whole number in a range."""
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise TypeError("not a whole number")
    if not low <= raw <= high:
        raise ValueError("a number out of range")
    return raw


def text(raw: Any, most: int = MOST_TEXT) -> str:
    """Text of bounded length."""
    if not isinstance(raw, str):
        raise TypeError("not text")
    if len(raw) > most:
        raise ValueError("text too long")
    return raw


def one_of(raw: Any, known: Collection[str]) -> str:
    """One of the texts that are known."""
    if text(raw) not in known:
        raise ValueError("an unknown choice")
    return str(raw)


def flag(raw: Any) -> bool:
    """True or false."""
    if not isinstance(raw, bool):
        raise TypeError("neither true nor false")
    return raw


def items(raw: Any, most: int) -> list[Any]:
    """A list of bounded length."""
    if not isinstance(raw, list):
        raise TypeError("not a list")
    if len(raw) > most:
        raise ValueError("a list too long")
    return raw


def fields(raw: Any) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(raw, dict):
        raise TypeError("not an object")
    return raw


def finite_or_none(value: float | None) -> float | None:
    """For writing a measure that a model may give as not-a-number."""
    return float(value) if value is not None and math.isfinite(value) else None


def version(raw: dict[str, Any], known: int) -> None:
    """Raises where a file is of a newer version than is known here."""
    if whole(raw["version"], 1, 1_000_000) > known:
        raise ValueError("a newer version")


def each(rows: list[Any], read: Callable[[Any], T]) -> list[T]:
    """Those of the rows that are not damaged."""
    good = []
    for row in rows:
        with contextlib.suppress(*DAMAGE):
            good.append(read(row))
    return good
