"""Words in lanes never overlap and never leave the lane."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from labbench.ui.sounds.lanes import Mark, place

marks = st.lists(st.tuples(st.floats(0, 60), st.floats(5, 120)), max_size=40).map(
    lambda found: sorted(found, key=lambda mark: mark[0])
)


@given(marks, st.floats(0, 30), st.floats(0.5, 60), st.floats(100, 2000))
def test_no_overlap_and_all_inside(found, start, length, pixels):
    placed, _ = place(
        [Mark("x", at, at + 0.1) for at, _ in found], [w for _, w in found], start, start + length, pixels
    )
    for one, next_one in pairwise(placed):
        assert one.x + one.width < next_one.x
    assert all(item.x >= -1 and item.x + item.width <= pixels for item in placed)


def test_a_word_begins_where_it_was_spoken():
    placed, _ = place([Mark("one", 1.0, 1.2), Mark("two", 5.0, 5.3)], [30, 30], 0.0, 10.0, 1000)
    assert [item.x for item in placed] == [100, 500]
