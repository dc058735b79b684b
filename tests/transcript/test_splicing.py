"""A stretch that is read again takes the place of what was there, and of nothing else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.transcript.splicing import moved, reworded, spliced
from labbench.transcript.types import Segment, Transcript, Word


def segment(*texts: str, start: float, apart: float = 1.0) -> Segment:
    words = tuple(Word(text, start + k * apart, start + k * apart + 0.5) for k, text in enumerate(texts))
    return Segment(" ".join(texts), words[0].start, words[-1].end, words)


WHOLE = Transcript(
    "Whisper", "en", (segment("one", "two", "three", start=0.0), segment("four", "five", start=3.0)), 5.0, 1.0
)


def test_a_word_in_the_middle_of_a_segment_is_replaced():
    part = moved(Transcript("Whisper", "en", (segment("TWO", start=0.1),), 0.8, 0.25), 0.9)
    found = spliced(WHOLE, part, 0.9, 1.7)
    assert found.text == "one TWO three four five"
    assert [word.start for word in found.words] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert found.took == 1.25 and found.duration == 5.0


def test_other_words_within_a_segment_leave_it_one():
    other = (Word("TWO", 1.0, 1.2), Word("AND", 1.2, 1.5))
    found = reworded(WHOLE, other, 0.9, 1.7)
    assert [one.text for one in found.segments] == [" one TWO AND three", "four five"]
    assert (found.segments[0].start, found.segments[0].end) == (WHOLE.segments[0].start, WHOLE.segments[0].end)
    assert reworded(WHOLE, (), 0.9, 1.7).text == "one three four five"


def test_words_of_several_segments_of_none_or_all_of_one_are_not_reworded():
    assert reworded(WHOLE, (), 1.9, 3.6) is None, "two segments"
    assert reworded(WHOLE, (), 0.6, 0.7) is None, "between words"
    assert reworded(WHOLE, (), 2.9, 5.0) is None, "nothing of it would be left"


def test_nothing_heard_removes_what_was_there():
    found = spliced(WHOLE, Transcript("Whisper", "en", (), 0.0, 0.0), 2.9, 5.0)
    assert found.text == "one two three" and found.segments == WHOLE.segments[:1]


def test_segments_without_words_go_by_their_own_middle():
    bare = Transcript("M", "en", (Segment("before", 0, 1), Segment("inside", 1, 3), Segment("after", 3, 4)), 4.0, 0.0)
    part = Transcript("M", "en", (Segment("new", 1.5, 2.5),), 1.0, 0.0)
    assert spliced(bare, part, 1.2, 2.8).text == "before new after"


@settings(derandomize=True, deadline=None)
@given(st.floats(0, 5), st.floats(0, 5))
def test_words_outside_keep_their_times_and_none_is_doubled(one, other):
    start, stop = sorted((one, other))
    found = spliced(WHOLE, Transcript("Whisper", "en", (), 0.0, 0.0), start, stop)
    kept = [word for word in WHOLE.words if not start <= (word.start + word.end) / 2 < stop]
    assert list(found.words) == kept
