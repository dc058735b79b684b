"""Transcripts as text, to the letter."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.transcript.formats import WRITERS, timestamp, to_json, to_srt, to_tsv, to_txt, to_vtt
from labbench.transcript.types import Segment, Transcript, Word, share_out

steady = settings(derandomize=True, deadline=None, database=None, max_examples=60)

LONG = Transcript(
    engine="Whisper tiny",
    language="en",
    segments=(
        Segment(" Hello there.", 0.0, 1.5, (Word("Hello", 0.0, 0.7, 0.9), Word("there.", 0.7, 1.5, 0.8))),
        Segment("  ", 1.5, 2.0),
        Segment(" One --> two", 59.9996, 61.25),
        Segment(" Späť.", 3661.007, 36_000.5),
    ),
    duration=36_001.0,
    took=3600.1,
)


def test_srt() -> None:
    assert to_srt(LONG) == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello there.\n\n"
        "2\n00:01:00,000 --> 00:01:01,250\nOne -> two\n\n"
        "3\n01:01:01,007 --> 10:00:00,500\nSpäť.\n\n"
    )


def test_vtt() -> None:
    assert to_vtt(LONG) == (
        "WEBVTT\n\n"
        "00:00.000 --> 00:01.500\nHello there.\n\n"
        "01:00.000 --> 01:01.250\nOne -> two\n\n"
        "01:01:01.007 --> 10:00:00.500\nSpäť.\n\n"
    )


def test_tsv() -> None:
    assert to_tsv(LONG) == (
        "start\tend\ttext\n0\t1500\tHello there.\n1500\t2000\t\n60000\t61250\tOne --> two\n3661007\t36000500\tSpäť.\n"
    )


def test_txt() -> None:
    assert to_txt(LONG) == "Hello there.\nOne --> two\nSpäť.\n"


def test_json_has_the_keys_of_openai_whisper() -> None:
    raw = json.loads(to_json(LONG))
    assert raw["text"] == "Hello there. One --> two Späť."
    assert raw["language"] == "en"
    assert [segment["id"] for segment in raw["segments"]] == [0, 1, 2, 3]
    assert raw["segments"][0]["words"][1] == {
        "word": " there.",
        "start": 0.7,
        "end": 1.5,
        "probability": 0.8,
        "exact": True,
    }
    assert "Späť" in to_json(LONG)  # readable, not escaped


def test_a_transcript_of_silence() -> None:
    empty = Transcript("e", "en", (), 0.0, 0.1)
    assert (empty.text, empty.words, empty.real_time_factor) == ("", (), 0.0)
    assert {name: write(empty) for name, write in WRITERS.items() if name != "json"} == {
        "txt": "",
        "srt": "",
        "vtt": "WEBVTT\n\n",
        "tsv": "start\tend\ttext\n",
    }
    assert json.loads(to_json(empty))["segments"] == []


@steady
@given(st.floats(0.0, 400_000.0))
def test_a_timestamp_says_the_time_it_was_made_of(seconds: float) -> None:
    hours, minutes, rest = timestamp(seconds, ".", hours=True).split(":")
    assert len(minutes) == 2
    assert len(rest) == 6
    assert int(minutes) < 60
    assert float(rest) < 60
    assert int(hours) * 3600 + int(minutes) * 60 + float(rest) == pytest.approx(seconds, abs=0.00051)


def test_a_timestamp_before_the_beginning() -> None:
    assert timestamp(-0.3) == "00:00.000"


@steady
@given(st.lists(st.text("abcdefgé", min_size=1, max_size=9), max_size=9), st.floats(0, 100), st.floats(0.1, 20))
def test_a_line_is_shared_out_in_order_and_completely(words: list[str], start: float, length: float) -> None:
    shared = share_out("  ".join(words), start, start + length, settled=False)
    assert [word.text for word in shared] == words
    assert not any(word.exact or word.settled for word in shared)
    if not words:
        return
    edges = [shared[0].start, *(word.end for word in shared)]
    assert edges == sorted(edges)
    assert edges[0] == pytest.approx(start)
    assert edges[-1] == pytest.approx(start + length)
    assert all(a.end == pytest.approx(b.start) for a, b in pairwise(shared))
    longest = max(shared, key=lambda word: word.end - word.start)
    assert len(longest.text) == max(map(len, words))
