"""Every option can be reached, keeps its default, and is refused in one sentence where it makes no sense."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from labbench.core.errors import FormatError
from labbench.transcript.engine import Options
from labbench.transcript.option_table import SETTINGS, Setting, with_settings

BY_NAME = {setting.name: setting for setting in SETTINGS}


def test_every_option_is_in_the_table() -> None:
    elsewhere = {"language", "blocked"}  # have places of their own
    assert {one.name for one in fields(Options)} - elsewhere == set(BY_NAME)
    assert len(SETTINGS) == len(BY_NAME) == len({setting.flag for setting in SETTINGS})


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_defaults_are_read_as_they_are_written(setting: Setting) -> None:
    assert setting.parse(setting.text(setting.default)) == setting.default
    assert setting.says.endswith(".") and len(setting.title) < 32


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("temperatures", "0, 0.5,1", (0.0, 0.5, 1.0)),
        ("beam_size", "off", None),
        ("beam_size", "3", 3),
        ("no_speech_threshold", "none", None),
        ("task", "translate", "translate"),
        ("word_times", "No", False),
        ("clips", "", ()),
        ("initial_prompt", " off ", " off "),
    ],
)
def test_values(name: str, text: str, value: Any) -> None:
    assert BY_NAME[name].parse(text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("temperatures", "hot"),
        ("temperatures", "0, 9"),
        ("beam_size", "2.5"),
        ("beam_size", "0"),
        ("beam_size", "nan"),
        ("task", "sing"),
        ("word_times", "maybe"),
        ("log_probability_threshold", "1"),
        ("initial_prompt", "x" * 3000),
    ],
)
def test_what_cannot_be_used(name: str, text: str) -> None:
    with pytest.raises(FormatError) as told:
        BY_NAME[name].parse(text)
    assert told.value.hint.startswith("Use ")


@pytest.mark.parametrize(
    "values",
    [
        {"temperatures": ()},
        {"patience": 1.5, "beam_size": None},
        {"clips": (3.0, 1.0)},
        {"suppress_tokens": "a,b"},
        {"suppress_tokens": "99999999"},
    ],
)
def test_what_does_not_fit_together(values: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        with_settings(Options(), values)
