"""Words in lanes never overlap and never leave the lane."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage

from labbench.transcript.types import Skipped
from labbench.ui.sounds.lanes import ROW, Lanes, Mark, place
from labbench.ui.theme import LIGHT
from labbench.ui.time_axis import TimeAxis
from labbench.ui.transcripts.transcription_links import skipped_marks

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


def test_what_was_skipped_is_grey_and_says_why(qtbot):
    theme = LIGHT
    axis = TimeAxis()
    lanes = Lanes(theme, ["A", "B"], axis)
    qtbot.addWidget(lanes)
    lanes.resize(600, 60)
    lanes.follow(0.0, 10.0, 100.0, 500.0)
    plain = lanes.grab().toImage()
    lanes.show_skipped(1, skipped_marks([Skipped(2.0, 6.0, "no speech")], "Whisper"))
    assert lanes.grab().toImage() != plain
    middle = theme.size(ROW) * 1.5
    assert lanes._tip_under(QPointF(300, middle)) == "Whisper skipped 2.0 to 6.0 s: no speech."
    assert lanes._tip_under(QPointF(300, 5)) == lanes._tip_under(QPointF(450, middle)) == ""


def test_the_reason_is_written_where_there_is_room_for_it(qtbot):
    axis = TimeAxis()
    lanes = Lanes(LIGHT, ["A"], axis)
    qtbot.addWidget(lanes)
    lanes.resize(600, LIGHT.size(ROW))
    lanes.follow(0.0, 10.0, 100.0, 500.0)

    def drawn(reason: str, start: float, end: float, *words: Mark) -> QImage:
        lanes.show_skipped(0, skipped_marks([Skipped(start, end, reason)], "Whisper"))
        lanes.show_marks(0, words)
        return lanes.grab().toImage()

    assert drawn("no speech", 2.0, 8.0) != drawn("", 2.0, 8.0)
    assert drawn("no speech", 2.0, 8.0) != drawn("on speech", 2.0, 8.0), "it is read, not only made room for"
    assert drawn("no speech", 2.0, 2.5) == drawn("", 2.0, 2.5), "it does not fit in"
    assert drawn("no speech", 2.0, 8.0, Mark("word", 5.0, 5.2)) == drawn("", 2.0, 8.0, Mark("word", 5.0, 5.2))
    assert drawn("no speech", 9.0, 30.0) == drawn("no speech", 9.0, 10.0), "in the middle of what is in view"
