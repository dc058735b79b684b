"""Praat's TextGrid, its long and its short text format, which are one to a reader that goes by Praat's own rule:

numbers and flags that stand free, texts in double quotes (doubled inside), and nothing else counts.
https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html

(The packages for it go by line numbers and search for keywords inside labels too, and end silently at the first entry
that is damaged.)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from labbench.session.checked import MOST_SECONDS, MOST_TEXT
from labbench.session.results import Label

MOST_TIERS = 1000
_TOKEN = re.compile(
    r"""
    "(?P<text>[^"]*+(?:""[^"]*+)*+)(?P<closed>"?)   # a text; one that is never closed is damage
    | (?<!\S)!.*                                    # a comment
    | (?<!\S)<(?P<flag>[a-z]+)>(?!\S)
    | (?<!\S)(?P<number>[-+]?\d++(?:\.\d*+)?(?:[eE][-+]?\d{1,4}+)?)(?!\S)
    """,
    re.VERBOSE,
)


class TextGridError(ValueError):
    """What is wrong with the text, in a few words."""


class _Tokens:
    """The values in order; each is asked for by its kind."""

    def __init__(self, text: str) -> None:
        self._found: Iterator[re.Match[str]] = _TOKEN.finditer(text)

    def text(self) -> str:
        found = self._next("text")
        if not found["closed"]:
            raise TextGridError("a text has no end")
        if len(found["text"]) > MOST_TEXT:
            raise TextGridError("a text is too long")
        return found["text"].replace('""', '"')

    def number(self) -> float:
        value = float(self._next("number")["number"])
        if not math.isfinite(value) or abs(value) > MOST_SECONDS:
            raise TextGridError("a number is out of range")
        return value

    def count(self, most: int) -> int:
        value = self.number()
        if not (value.is_integer() and 0 <= value <= most):
            raise TextGridError("a count is out of range")
        return int(value)

    def flag(self) -> str:
        return self._next("flag")["flag"]

    def _next(self, kind: str) -> re.Match[str]:
        for found in self._found:
            if found.lastgroup is None:
                continue
            if found[kind] is None:
                raise TextGridError(f"a {kind} is missing")
            return found
        raise TextGridError("it is cut short")


def parse_textgrid(text: str, most: int) -> list[Label]:
    """The labels of all tiers that have text. Raises TextGridError."""
    tokens = _Tokens(text)
    if not tokens.text().startswith("ooTextFile") or tokens.text() != "TextGrid":
        raise TextGridError("its first lines are others")
    tokens.number(), tokens.number()
    if tokens.flag() != "exists":
        return []
    labels: list[Label] = []
    for _ in range(tokens.count(MOST_TIERS)):
        kind, name = tokens.text(), tokens.text()
        if kind not in ("IntervalTier", "TextTier"):
            raise TextGridError("a tier of an unknown kind")
        tokens.number(), tokens.number()
        for _ in range(tokens.count(most)):
            start = tokens.number()
            end = tokens.number() if kind == "IntervalTier" else start
            label = Label(start, end, tokens.text(), name)
            if end < start:
                raise TextGridError("an interval ends before it starts")
            if label.text.strip() or kind == "TextTier":
                labels.append(label)
            if len(labels) > most:
                raise TextGridError("too many labels")
    return labels


def textgrid_text(labels: Sequence[Label], duration: float, *, short: bool) -> str:
    """The whole file. `duration` (seconds) is stretched to the last label."""
    end = max([duration, *(label.end for label in labels)])
    start = min([0.0, *(label.start for label in labels)])
    tiers = _tiers(labels, start, end)
    limits = (_Line("xmin", _number(start)), _Line("xmax", _number(end)))
    out = [*limits, _Line("tiers?", "<exists>", "tiers? "), _Line("size", str(len(tiers)))]
    if tiers:
        out.append(_Line("", "", "item []:"))
    for number, (name, points, rows) in enumerate(tiers, 1):
        what = "points" if points else "intervals"
        out.append(_Line("", "", f"    item [{number}]:"))
        out.append(_Line("        class", _quoted("TextTier" if points else "IntervalTier")))
        out.append(_Line("        name", _quoted(name)))
        out += [_Line(f"        {line.key}", line.value) for line in limits]
        out.append(_Line(f"        {what}: size", str(len(rows))))
        for row, label in enumerate(rows, 1):
            out.append(_Line("", "", f"        {what} [{row}]:"))
            keys = ("number", "mark") if points else ("xmin", "xmax", "text")
            times = (label.start,) if points else (label.start, label.end)
            values = (*map(_number, times), _quoted(label.text))
            out += [_Line(f"            {key}", value) for key, value in zip(keys, values, strict=True)]
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
    if short:
        return head + "".join(f"{line.value}\n" for line in out if line.value)
    return head + "".join(f"{line.long}\n" for line in out)


class _Line:
    """A line of the long format, and its value, which is all of it in the short one."""

    def __init__(self, key: str, value: str, front: str = "") -> None:
        self.key, self.value = key, value
        self.long = f"{front}{value} " if front else f"{key} = {value} "


def _tiers(labels: Sequence[Label], start: float, end: float) -> list[tuple[str, bool, list[Label]]]:
    """Labels in tiers in which nothing overlaps: (name, whether of points, rows); intervals with what lies between."""
    found: list[tuple[str, bool, list[Label]]] = []
    for label in sorted(labels, key=lambda label: (label.start, label.end)):
        points = label.start == label.end
        for name, of_points, rows in found:
            if (name, of_points) == (label.tier, points) and (points or rows[-1].end <= label.start):
                rows.append(label)
                break
        else:
            found.append((label.tier, points, [label]))
    order = list(dict.fromkeys(label.tier for label in labels))
    found.sort(key=lambda tier: order.index(tier[0]))
    return [(name, points, rows if points else _filled(rows, start, end)) for name, points, rows in found]


def _filled(rows: list[Label], start: float, end: float) -> list[Label]:
    """Praat wants intervals without gaps: those in between have no text."""
    filled = []
    at = start
    for row in rows:
        if row.start > at:
            filled.append(Label(at, row.start, ""))
        filled.append(row)
        at = row.end
    if at < end:
        filled.append(Label(at, end, ""))
    return [replace(row, tier="") for row in filled]


def _number(value: float) -> str:
    return np.format_float_positional(float(value), unique=True, trim="-")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
