"""What words learnt from time: `learning.json` in the session's folder. Only what happened, and when; never sound.

{"format": "labbench-learning", "version": 1, "entries": [{"when", "what", "word", "recording", "at", "reason",
"before", "after"}], "offered": [{"word", "recording", "at"}]}, each list with its oldest row first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from labbench.core.errors import FormatError
from labbench.session import checked
from labbench.session.disk import is_newer, read_json, set_aside, update_json

FORMAT, VERSION = "labbench-learning", 1
NAME = "learning.json"
MOST_ENTRIES, MOST_OFFERED = 1000, 2000
"""Older ones are forgotten."""
MOST_NAME, MOST_REASON = 200, 500
MOST_RATE = 1e9
_MOST_BYTES = 8 << 20
_WHAT = "a history of what was learnt"
Row = TypeVar("Row")


class Event(Enum):
    """What happened to a word."""

    LEARNT = "learnt"
    REFUSED = "refused"
    NOT_THIS = "counter-example"
    UNDONE = "undone"
    REDONE = "redone"
    RESET = "reset"


@dataclass(frozen=True)
class Occasion:
    """Second `at_s` of a recording, named as in the session, at which `word` was nearly heard."""

    word: str
    recording: str
    at_s: float


@dataclass(frozen=True)
class Entry:
    """`when` (local time with its zone) something happened to a word, and the moment of the sound that it is about.

    `recording` is empty and `at_s` None where it is about no sound. `reason` says why it was refused, or what was
    undone. `before` and `after` are expected false accepts an hour.
    """

    when: datetime
    what: Event
    word: str
    recording: str = ""
    at_s: float | None = None
    reason: str = ""
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True)
class Learning:
    """All of it, oldest first: what happened, and which moments were offered without that anybody asked."""

    entries: tuple[Entry, ...] = ()
    offered: tuple[Occasion, ...] = ()


def load_learning(path: Path) -> tuple[Learning, str]:
    """What a file holds, as far as it is sound; and a sentence for people where some of it is not, else "".

    A file that is damaged or of a newer program has been renamed then (`disk.set_aside`), and what could be read of it
    is written anew. Raises LabBenchError where the disk fails.
    """
    if not path.exists():
        return Learning(), ""
    try:
        raw = read_json(path, _WHAT, _MOST_BYTES)
        if is_newer(raw, VERSION):
            aside = set_aside(path)
            return Learning(), f"A newer program wrote what was learnt here: {aside.name}. A new history begins."
        checked.version(raw, VERSION)
        if raw.get("format") != FORMAT:
            raise ValueError("another format")
        rows = checked.items(raw["entries"], MOST_ENTRIES), checked.items(raw.get("offered", []), MOST_OFFERED)
    except (FormatError, *checked.DAMAGE):
        aside = set_aside(path)
        return Learning(), f"The history of what was learnt is damaged: it is kept as {aside.name}, a new one begins."
    entries, offered = checked.each(rows[0], _entry_in), checked.each(rows[1], _occasion_in)
    found = Learning(tuple(entries), tuple(offered))
    lost = len(rows[0]) + len(rows[1]) - len(entries) - len(offered)
    if not lost:
        return found, ""
    aside = set_aside(path)
    save_learning(path, found)
    return (
        found,
        f"A part of the history of what was learnt is damaged and left out; all of it is kept as {aside.name}.",
    )


def save_learning(path: Path, learning: Learning) -> None:
    """The newest of it, at once. Keys that this program does not know stay. Raises LabBenchError."""
    raw = {
        "format": FORMAT,
        "version": VERSION,
        "entries": [_entry_out(one) for one in learning.entries[-MOST_ENTRIES:]],
        "offered": [_occasion_out(one) for one in learning.offered[-MOST_OFFERED:]],
    }
    update_json(path, _WHAT, raw, _MOST_BYTES)


def with_row(rows: tuple[Row, ...], row: Row, most: int) -> tuple[Row, ...]:
    """One row more; the oldest go where there would be too many."""
    return (*rows, row)[-most:]


def _entry_in(raw: Any) -> Entry:
    row = checked.fields(raw)
    rate: Callable[[Any], float | None] = lambda value: checked.maybe_number(value, 0.0, MOST_RATE)  # noqa: E731
    at_s = row.get("at")
    return Entry(
        datetime.fromisoformat(checked.text(row["when"], 100)),
        Event(checked.text(row["what"], 100)),
        checked.text(row["word"], MOST_NAME),
        checked.text(row.get("recording", ""), MOST_NAME),
        None if at_s is None else checked.seconds(at_s),
        checked.text(row.get("reason", ""), MOST_REASON),
        rate(row.get("before")),
        rate(row.get("after")),
    )


def _entry_out(entry: Entry) -> dict[str, Any]:
    return {
        "when": entry.when.isoformat(timespec="seconds"),
        "what": entry.what.value,
        "word": entry.word[:MOST_NAME],
        "recording": entry.recording[:MOST_NAME],
        "at": checked.finite_or_none(entry.at_s),
        "reason": entry.reason[:MOST_REASON],
        "before": checked.finite_or_none(entry.before),
        "after": checked.finite_or_none(entry.after),
    }


def _occasion_in(raw: Any) -> Occasion:
    row = checked.fields(raw)
    word, recording = (checked.text(row[key], MOST_NAME) for key in ("word", "recording"))
    return Occasion(word, recording, checked.seconds(row["at"]))


def _occasion_out(moment: Occasion) -> dict[str, Any]:
    return {"word": moment.word[:MOST_NAME], "recording": moment.recording[:MOST_NAME], "at": float(moment.at_s)}
