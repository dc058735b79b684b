"""Times that can be true, and those of cut sounds on the whole axis."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labbench.signal.cutting import Cutting
from labbench.transcript import remapping
from labbench.transcript.formats import as_dict, to_srt
from labbench.transcript.ordering import in_order, live_in_order
from labbench.transcript.subtitles import CueLines, cues_of
from labbench.transcript.types import LiveText, Segment, Transcript, Word

times = st.floats(-5.0, 80.0)
spoken = st.builds(Word, st.sampled_from(["one", "two,", "three."]), times, times, glued=st.booleans())
segments = st.builds(
    Segment,
    st.just(" one two"),
    times,
    times,
    st.lists(spoken, max_size=4).map(tuple),
    doubt=st.sampled_from(["", "", "silence", "loop"]),
)
transcripts = st.builds(
    Transcript,
    st.just("E"),
    st.just("en"),
    st.lists(segments, max_size=6).map(tuple),
    st.floats(0.0, 60.0),
    st.just(0.1),
)
limits = st.none() | st.integers(1, 12)


def forwards(spans: list[tuple[float, float]], most: float) -> bool:
    inside = all(0.0 <= start <= end <= most for start, end in spans)
    return inside and all(one[1] <= other[0] for one, other in pairwise(spans))


@given(transcripts)
def test_nothing_overlaps_runs_backwards_or_past_the_end(found: Transcript) -> None:
    fixed = in_order(found)
    assert forwards([(one.start, one.end) for one in fixed.kept], found.duration)
    assert forwards([(word.start, word.end) for word in fixed.words], found.duration)
    assert [one.text for one in fixed.segments] == [one.text for one in found.segments]
    assert in_order(fixed) is fixed


@given(transcripts, st.builds(CueLines, limits, limits, limits, st.booleans()))
def test_no_more_in_any_format(found: Transcript, lines: CueLines) -> None:
    cues = cues_of(found, lines)
    assert forwards([(cue.start, cue.end) for cue in cues], found.duration)
    rows = as_dict(found)["segments"]
    assert forwards([(row["start"], row["end"]) for row in rows], round(found.duration, 3))
    assert to_srt(found, lines).count(" --> ") == len(cues)


def test_what_is_in_order_stays_the_same_object() -> None:
    words = (Word("one", 1.0, 1.5), Word("two", 1.5, 2.0))
    good = Transcript("E", "en", (Segment(" one two", 1.0, 2.0, words),), 2.0, 0.1)
    assert in_order(good) is good


def test_live_words_lie_within_what_was_heard() -> None:
    live = LiveText((Word("one", -0.5, 1.0), Word("two", 0.9, 0.8), Word("three", 1.9, 5.0)), 2.0)
    fixed = live_in_order(live)
    assert [(word.start, word.end) for word in fixed.words] == [(0.0, 1.0), (1.0, 1.0), (1.9, 2.0)]


@st.composite
def cut_sounds(draw: st.DrawFn) -> tuple[Cutting, Transcript]:
    edges = sorted(draw(st.sets(st.integers(0, 600), min_size=2, max_size=10)))
    edges = edges[: len(edges) // 2 * 2]
    around = draw(st.sampled_from([0, 5]))
    pieces = tuple(zip(edges[::2], edges[1::2], strict=True))
    cut = Cutting(pieces, edges[-1] + draw(st.integers(0, 60)), 10, around, around)
    return cut, replace(draw(transcripts), duration=cut.length / cut.rate)


@given(cut_sounds())
def test_what_was_made_of_a_cut_sound_lies_in_the_whole_one(given_: tuple[Cutting, Transcript]) -> None:
    cut, found = given_
    whole = remapping.to_whole(in_order(found), cut)
    seconds = cut.total / cut.rate
    assert whole.duration == seconds and len(whole.words) == len(found.words)
    left = [(start / cut.rate, stop / cut.rate) for start, stop in cut.left_out]
    for word in whole.words:
        assert 0.0 <= word.start <= word.end <= seconds
        # A word lies in one piece: nothing of what was left out is within it.
        assert not any(word.start < start and stop < word.end for start, stop in left)
    texts = ["".join(transcript.text.split()) for transcript in (whole, found)]
    assert texts[0] == texts[1]
    tokens = [[token for one in transcript.segments for token in one.tokens] for transcript in (whole, found)]
    assert tokens[0] == tokens[1]
    fixed = in_order(whole)
    assert forwards([(one.start, one.end) for one in fixed.kept], seconds)


@given(cut_sounds())
def test_there_and_back_again(given_: tuple[Cutting, Transcript]) -> None:
    cut, found = given_
    whole = remapping.to_whole(in_order(found), cut)
    again = remapping.to_whole(remapping.to_cut(whole, cut), cut)
    one, other = ([word.end for word in transcript.words] for transcript in (whole, again))
    assert np.allclose(one, other, atol=1e-6)
