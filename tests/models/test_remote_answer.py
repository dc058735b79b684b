"""Whatever a server answers is read or refused; what is read can be drawn."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.models.remote_answer import read_answer
from labbench.session.transcript_file import ModelNote, StoredTranscript, load_transcript, write_transcript
from labbench.transcript.types import Segment, Transcript, Word

NUMBERS = st.floats() | st.integers(-5, 20) | st.none() | st.booleans() | st.text(max_size=2) | st.just(10**400)
WORDS = st.fixed_dictionaries({}, optional={"word": st.text(max_size=5) | st.none(), "start": NUMBERS, "end": NUMBERS})
SEGMENTS = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text(max_size=9) | st.integers(),
        "start": NUMBERS,
        "end": NUMBERS,
        "words": st.lists(WORDS | st.none(), max_size=3) | st.none(),
        "avg_logprob": NUMBERS,
        "no_speech_prob": NUMBERS,
    },
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text(max_size=12) | st.none(),
        "language": st.sampled_from(["en", "english", "German", "xx", "", None, 7]),
        "words": st.lists(WORDS | st.integers(), max_size=4) | st.text(max_size=3),
        "segments": st.lists(SEGMENTS | st.none(), max_size=4) | st.integers(),
    },
)


@settings(max_examples=400)
@given(ANSWERS | st.none() | st.lists(st.integers(), max_size=2) | st.text(max_size=3))
def test_anything(raw: Any) -> None:
    answer = read_answer(raw, 10.0)
    if answer is None:
        return
    assert answer.language in ("", "en", "de")
    for segment in answer.segments:
        assert segment.text.isprintable()
        for one in (segment, *segment.words):
            assert 0.0 <= one.start <= one.end <= 10.0
        assert segment.average_log_probability is None or math.isfinite(segment.average_log_probability)
        assert all(word.text.strip() for word in segment.words)


def test_the_text_is_never_less_than_what_was_said() -> None:
    answer = read_answer({"text": "one two three", "segments": [{"start": 0, "end": 1, "text": "one"}]}, 3.0)
    assert answer is not None and answer.text == "one two three"


def test_words_go_to_their_segments_and_lines_without_any_are_shared_out() -> None:
    segments = [{"start": at, "end": at + 2, "text": f" a{at} b{at}"} for at in (0, 2, 4)]
    words = [
        {"word": f" {name}{at}", "start": at + off, "end": at + off + 1}
        for at in (0, 4)
        for off, name in ((0, "a"), (1, "b"))
    ]
    answer = read_answer({"segments": segments, "words": words}, 6.0)
    assert answer is not None
    assert [[word.text for word in segment.words] for segment in answer.segments] == [
        ["a0", "b0"],
        ["a2", "b2"],
        ["a4", "b4"],
    ]
    assert [segment.words[0].exact for segment in answer.segments] == [True, False, True]


@pytest.mark.parametrize(
    ("start", "end"), [(-1, 1), (2, 1), (11, 12), (None, 1), (0, "1"), (True, 1), (math.nan, 1), (0, math.inf)]
)
def test_times_that_can_not_be_true_are_left_out(start: Any, end: Any) -> None:
    row = {"start": start, "end": end}
    answer = read_answer({"text": "one", "words": [row | {"word": "one"}], "segments": [row | {"text": "one"}]}, 10.0)
    assert answer is not None
    ((segment,),) = (answer.segments,)
    assert (segment.start, segment.end, segment.words[0].exact) == (0.0, 10.0, False)


def test_an_end_behind_the_sound_is_its_end() -> None:
    answer = read_answer({"segments": [{"start": 1, "end": 12, "text": "one"}]}, 10.0)
    assert answer is not None and (answer.segments[0].start, answer.segments[0].end) == (1.0, 10.0)


def test_minus_one_stands_for_unknown(tmp_path: Path) -> None:
    row = {"start": 0, "end": 1, "text": "one", "words": [{"word": "one", "start": 0, "end": 1, "probability": -1.0}]}
    figures = {"no_speech_prob": -1.0, "avg_logprob": -1.0, "compression_ratio": -1.0, "temperature": -1}
    answer = read_answer({"segments": [row | figures]}, 10.0)
    assert answer is not None
    (segment,) = answer.segments
    assert segment == Segment("one", 0.0, 1.0, (Word("one", 0.0, 1.0),))
    stored = StoredTranscript(Transcript("E", "en", answer.segments, 10.0, 0.1), ModelNote("a", "b", "c"))
    write_transcript(tmp_path / "t.json", stored)
    assert load_transcript(tmp_path / "t.json", "It") == (stored, [])


def test_a_mean_of_minus_one_can_be_true() -> None:
    figures = {"no_speech_prob": 0.1, "avg_logprob": -1.0, "compression_ratio": 1.2, "temperature": 0.0}
    answer = read_answer({"segments": [{"start": 0, "end": 1, "text": "one"} | figures]}, 10.0)
    assert answer is not None and answer.segments[0].average_log_probability == -1.0


@pytest.mark.parametrize("named", ["zh", "Chinese", "mandarin", "zh-CN", "ZH_tw"])
def test_languages_as_servers_write_them(named: str) -> None:
    answer = read_answer({"text": "今天天气", "language": named}, 4.0)
    assert answer is not None and answer.language == "zh"
    assert [word.text for word in answer.segments[0].words] == ["今", "天", "天", "气"]
