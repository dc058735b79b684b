"""Lines of subtitles, against openai-whisper's own writers."""

from __future__ import annotations

import importlib.util
import io
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.transcript.formats import to_srt, to_vtt
from labbench.transcript.subtitles import CueLines, cues_of
from labbench.transcript.types import Segment, Transcript, Word


@pytest.fixture(scope="module")
def writers() -> Any:
    """`whisper.utils` by itself: importing the package around it takes seconds."""
    package = importlib.util.find_spec("whisper")
    assert package is not None and package.submodule_search_locations
    file = Path(package.submodule_search_locations[0]) / "utils.py"
    spec = importlib.util.spec_from_file_location("whispers_writers", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["whispers_writers"] = module
    spec.loader.exec_module(module)
    return module


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    at = 0
    segments = []
    for _ in range(draw(st.integers(1, 4))):
        words = []
        for number in range(draw(st.integers(1, 9))):
            at += draw(st.sampled_from([0, 0, 0, 120, 3500]))
            start, at = at, at + draw(st.integers(50, 900))
            text = draw(st.sampled_from(["a", "go", "there,", "people", "extraordinarily", "天", "don't"]))
            words.append(Word(text, start / 1000, at / 1000, 0.5, glued=number > 0 and draw(st.integers(0, 4)) == 0))
        text = "".join(word.text if word.glued else f" {word.text}" for word in words)
        segments.append(Segment(text, words[0].start, words[-1].end, tuple(words)))
    return Transcript("E", "en", tuple(segments), at / 1000, 1.0)


def as_whispers(found: Transcript) -> dict[str, Any]:
    return {
        "segments": [
            {
                "start": segment.start,
                "end": segment.end,
                "text": segment.text,
                "words": [
                    {"word": word.text if word.glued else f" {word.text}", "start": word.start, "end": word.end}
                    for word in segment.words
                ],
            }
            for segment in found.segments
        ]
    }


lines = st.builds(
    CueLines,
    st.none() | st.integers(5, 40),
    st.none() | st.integers(1, 3),
    st.none() | st.integers(1, 6),
    st.booleans(),
).filter(lambda one: not one.usual)


@given(found=transcripts(), asked=lines)
def test_they_are_those_of_openai_whisper_to_the_letter(writers: Any, found: Transcript, asked: CueLines) -> None:
    options = {
        "max_line_width": asked.max_line_width,
        "max_line_count": asked.max_line_count,
        "max_words_per_line": asked.max_words_per_line,
        "highlight_words": asked.highlight_words,
    }
    for writer, ours in ((writers.WriteSRT, to_srt), (writers.WriteVTT, to_vtt)):
        file = io.StringIO()
        writer("").write_result(as_whispers(found), file, options)
        assert ours(found, asked) == file.getvalue()


def test_a_line_without_times_of_words_is_shared_out() -> None:
    found = Transcript("E", "en", (Segment(" one two three", 0.0, 3.0),), 3.0, 0.1)
    assert [cue.text for cue in cues_of(found, CueLines(max_words_per_line=2))] == ["one two", "three"]


def test_an_arrow_in_the_text_is_no_time() -> None:
    words = (Word("a", 0.0, 1.0), Word("-->", 1.0, 2.0), Word("b", 2.0, 3.0))
    found = Transcript("E", "en", (Segment(" a --> b", 0.0, 3.0, words),), 3.0, 0.1)
    assert [cue.text for cue in cues_of(found, CueLines(20))] == ["a -> b"]


def crowded(times: list[tuple[float, float]], duration: float) -> Transcript:
    words = tuple(Word(f"w{number}", start, end) for number, (start, end) in enumerate(times))
    text = "".join(f" {word.text}" for word in words)
    return Transcript("E", "en", (Segment(text, words[0].start, words[-1].end, words),), duration, 0.1)


@pytest.mark.parametrize("asked", [CueLines(max_words_per_line=1), CueLines(highlight_words=True)])
@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([(0.0, 1.0), (1.0, 1.0), (1.0, 2.0)], [(0.0, 1.0), (1.0, 1.5), (1.5, 2.0)]),
        ([(0.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0)], [(0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0)]),
        ([(0.0, 0.0), (0.0, 1.0)], [(0.0, 0.5), (0.5, 1.0)]),
    ],
    ids=["between", "at the end of the sound", "at its beginning"],
)
def test_words_without_length_are_shown(
    asked: CueLines, times: list[tuple[float, float]], expected: list[tuple[float, float]]
) -> None:
    cues = cues_of(crowded(times, times[-1][1]), asked)
    assert [(cue.start, cue.end) for cue in cues] == expected


def test_what_has_no_length_gets_some_where_there_is_room() -> None:
    cues = cues_of(crowded([(0.0, 1.0), (2.0, 2.0), (3.0, 4.0)], 5.0), CueLines(max_words_per_line=1))
    assert [(cue.start, cue.end) for cue in cues] == [(0.0, 1.0), (2.0, 2.1), (3.0, 4.0)]
    cues = cues_of(crowded([(0.0, 1.0), (2.0, 2.0)], 5.0), CueLines(max_words_per_line=1))
    assert [(cue.start, cue.end) for cue in cues] == [(0.0, 1.0), (2.0, 2.1)]
    cues = cues_of(crowded([(0.0, 1.0), (2.0, 2.0)], 2.0), CueLines(max_words_per_line=1))
    assert [(cue.start, cue.end) for cue in cues] == [(0.0, 1.0), (1.9, 2.0)]


@given(
    steps=st.lists(
        st.tuples(st.sampled_from([0, 0, 300]), st.sampled_from([0, 0, 0, 40, 500])), min_size=1, max_size=30
    ),
    asked=lines | st.just(CueLines()),
    more=st.sampled_from([0, 50, 2000]),
)
def test_every_cue_takes_time_within_the_sound(steps: list[tuple[int, int]], asked: CueLines, more: int) -> None:
    at, times = 100, []
    for gap, length in steps:
        times.append(((at + gap) / 1000, (at + gap + length) / 1000))
        at += gap + length
    found = crowded(times, (at + more) / 1000)
    cues = cues_of(found, asked)
    last = 0
    for cue in cues:
        start, end = round(1000 * cue.start), round(1000 * cue.end)
        assert last <= start <= end <= at + more
        assert start < end or len(cues) > 10, "many may share less than a thousandth of a second each"
        last = end
