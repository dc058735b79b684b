"""The history of what was learnt comes back as it was; a damaged file costs what is damaged, is said, and is kept."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.session.learning_file import (
    MOST_ENTRIES,
    MOST_OFFERED,
    NAME,
    Entry,
    Event,
    Learning,
    Occasion,
    load_learning,
    save_learning,
    with_row,
)

WHEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone(timedelta(hours=-3)))
ALL = Learning(
    (
        Entry(WHEN, Event.LEARNT, "café 語", "0001", 3.04, "", 0.5, 1 / 3),
        Entry(WHEN, Event.REFUSED, "jarvis", "listened 2026-03-04 05.06.07", 0.0, "it is not close enough"),
        Entry(WHEN, Event.RESET, "jarvis"),
    ),
    (Occasion("jarvis", "0002", 12.25),),
)


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "session" / NAME
    assert load_learning(path) == (Learning(), "")
    save_learning(path, ALL)
    assert load_learning(path) == (ALL, "")
    assert list(path.parent.iterdir()) == [path]


@given(
    st.text(max_size=20),
    st.floats(-1e6, 1e6),
    st.one_of(st.none(), st.floats(0, 1e6)),
    st.sampled_from(Event),
    st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(WHEN.tzinfo)),
)
def test_any_entry_comes_back(
    tmp_path_factory: pytest.TempPathFactory, text: str, at_s: float, rate: float | None, what: Event, when: datetime
) -> None:
    path = tmp_path_factory.mktemp("any") / NAME
    entry = Entry(when.replace(microsecond=0), what, text, text, at_s, text, rate, rate)
    save_learning(path, Learning((entry,), (Occasion(text, text, at_s),)))
    assert load_learning(path) == (Learning((entry,), (Occasion(text, text, at_s),)), "")


def test_the_newest_stay_and_so_do_keys_that_are_not_known(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text('{"version": 1, "later": 3}')
    entries = tuple(Entry(WHEN, Event.LEARNT, "a", "0001", float(number)) for number in range(MOST_ENTRIES + 5))
    offered = tuple(Occasion("a", "0001", float(number)) for number in range(MOST_OFFERED + 5))
    save_learning(path, Learning(entries, offered))
    assert load_learning(path) == (Learning(entries[5:], offered[5:]), "")
    assert json.loads(path.read_text("utf-8"))["later"] == 3
    assert with_row((1, 2, 3), 4, 3) == (2, 3, 4)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", "\x00", "{}", '{"format": "other", "version": 1, "entries": []}']
    + [
        json.dumps({"format": "labbench-learning", "version": 1, "entries": entries})
        for entries in (None, 3, [0] * 1001)
    ]
    + [json.dumps({"format": "labbench-learning", "version": version, "entries": []}) for version in (0, "1", True)],
)
def test_a_damaged_file_is_said_and_set_aside(tmp_path: Path, content: str) -> None:
    path = tmp_path / NAME
    path.write_text(content)
    found, news = load_learning(path)
    assert found == Learning() and "is damaged" in news and f"{NAME}.damaged" in news
    assert (tmp_path / f"{NAME}.damaged").read_text() == content
    assert load_learning(path) == (Learning(), ""), "it is said once"


def test_a_file_of_a_newer_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / NAME
    content = '{"format": "labbench-learning", "version": 2, "entries": {}}'
    path.write_text(content)
    found, news = load_learning(path)
    assert found == Learning() and "newer program" in news
    assert (tmp_path / f"{NAME}.damaged").read_text() == content


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("when", "yesterday"),
        ("when", 3),
        ("what", "forgotten"),
        ("word", None),
        ("word", "x" * 201),
        ("recording", 1),
        ("at", "3"),
        ("at", 1e300),
        ("reason", ["x"]),
        ("before", -1.0),
        ("after", True),
    ],
)
def test_a_damaged_entry_costs_itself_only(tmp_path: Path, key: str, value: Any) -> None:
    path = tmp_path / NAME
    save_learning(path, ALL)
    raw = json.loads(path.read_text("utf-8"))
    raw["entries"][1][key] = value
    path.write_text(json.dumps(raw))
    found, news = load_learning(path)
    rest = Learning((ALL.entries[0], ALL.entries[2]), ALL.offered)
    assert found == rest and "A part of the history" in news
    assert load_learning(path) == (rest, "")
    assert json.loads((tmp_path / f"{NAME}.damaged").read_text())["entries"][1][key] == value
