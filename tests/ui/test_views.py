"""The views: one time axis, one cursor, one selection, moved by mouse, keys and menus; figures of what is selected."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QScrollArea
from small_whisper import SPOKEN

from labbench.audio.files import read_clip
from labbench.audio.source import FileSpec
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost
from labbench.testing.mouse import SHIFT, drag, hover, place, wheel
from labbench.transcript.types import Word
from labbench.ui.marks import Mark
from labbench.ui.sounds.selection import MARGIN_SECONDS
from labbench.ui.sounds.signal_view import LANE_A, LANE_LABELS, LANE_WORDS
from labbench.ui.time_keys import STEP, ZOOM

CLIPS = assets() / "clips"
CTRL = Qt.KeyboardModifier.ControlModifier
WORDS = tuple(Word(name, at, at + 0.4, 0.9) for name, at in (("one", 0.5), ("two", 1.5), ("three", 2.5), ("four", 4.0)))


@pytest.fixture
def shown(open_bench):
    """Ten seconds of speech with four words that both engines read."""
    page = open_bench(twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS))
    page.window.resize(1280, 860)
    page.show_file(SPOKEN / "digits.flac")
    return page


def close(left, right, within=1e-6):
    return left == pytest.approx(right, abs=within)


# Mouse ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0.7, 3.0, 6.9])
def test_the_wheel_zooms_around_the_pointer(shown, at):
    for plot in (shown.window.signal.plot, shown.window.signal.spectrogram, shown.window.strip.plot):
        before = place(plot, at)
        width = np.ptp(shown.bench.axis.view)
        shown.wheel(plot, at, 2)
        assert close(np.ptp(shown.bench.axis.view), width * 0.64)
        assert close(place(plot, at).x(), before.x(), 1.0), "the second under the pointer has stayed"
    shown.wheel(shown.window.signal.plot, at, -30)
    assert close(shown.bench.axis.view, (0.0, shown.bench.view.seconds)), "not further than all of it"


def test_the_wheel_over_the_lanes_zooms_there_too(shown):
    plot, lanes = shown.window.signal.plot, shown.window.signal.lanes
    wheel(lanes, QPointF(place(plot, 3.0).x(), 10.0), 3)
    start, stop = shown.bench.axis.view
    assert close(stop - start, shown.bench.view.seconds * 0.512)
    assert close((3.0 - start) / (stop - start), 3.0 / shown.bench.view.seconds, 0.01)


def test_shift_and_the_wheel_move_along(shown):
    shown.bench.axis.show(2.0, 4.0)
    shown.wheel(shown.window.signal.plot, 3.0, -2, SHIFT)
    assert close(shown.bench.axis.view, (2.5, 4.5))


def test_dragging_moves_the_view_and_goes_no_further_than_the_sound(shown):
    axis, plot = shown.bench.axis, shown.window.signal.plot
    axis.show(2.0, 4.0)
    shown.drag(plot, 3.0, 2.5)
    assert close(axis.view, (2.5, 4.5), 0.02) and axis.selection is None
    shown.drag(plot, 2.6, 4.4)
    assert close(axis.view, (0.7, 2.7), 0.03)
    shown.drag(plot, 0.8, 2.6)
    assert axis.view == pytest.approx((0.0, 2.0))
    lanes, y = shown.window.signal.lanes, 30.0
    drag(lanes, [QPointF(place(plot, 1.8 - 0.1 * step).x(), y) for step in range(11)])
    assert close(axis.view, (1.0, 3.0), 0.02)


def test_shift_and_dragging_selects_in_every_view(shown):
    axis = shown.bench.axis
    plots = (shown.window.signal.plot, shown.window.signal.spectrogram, shown.window.strip.plot)
    for number, plot in enumerate(plots):
        shown.drag(plot, 1.0 + number, 2.5 + number, SHIFT)
        assert close(axis.selection, (1.0 + number, 2.5 + number), 0.02) and close(axis.cursor, 2.5 + number, 0.02)
        for other in plots:
            assert other.selection.isVisible() and close(other.selection.getRegion(), axis.selection)
            assert other.cursor.isVisible() and other.cursor.value() == axis.cursor
    lanes = shown.window.signal.lanes
    drag(lanes, [QPointF(place(plots[0], 6.0 - 0.25 * step).x(), 10.0) for step in range(5)], SHIFT)
    assert close(axis.selection, (5.0, 6.0), 0.02), "from right to left as well"


def test_a_click_places_the_one_cursor_and_selects_nothing(shown):
    axis = shown.bench.axis
    axis.select((1.0, 2.0))
    shown.click_at(shown.window.signal.spectrogram, 3.25)
    assert close(axis.cursor, 3.25, 0.01) and axis.selection is None
    for plot in (shown.window.signal.plot, shown.window.signal.spectrogram, shown.window.strip.plot):
        assert plot.cursor.value() == axis.cursor and not plot.selection.isVisible()
    shown.click_at(shown.window.signal.plot, 4.0, SHIFT)
    assert close(axis.selection, (3.25, 4.0), 0.02), "Shift+click selects from the cursor to there"


def test_the_mouse_shows_the_moment_in_every_view(shown):
    plots = (shown.window.signal.plot, shown.window.signal.spectrogram, shown.window.strip.plot)
    hover(plots[0].viewport(), place(plots[0], 5.5))
    assert all(plot.hover.isVisible() and close(plot.hover.value(), 5.5, 0.01) for plot in plots)
    assert shown.bench.axis.cursor is None


def test_a_click_on_a_word_selects_it(shown):
    lanes, plot = shown.window.signal.lanes, shown.window.signal.plot
    drag(lanes, [QPointF(place(plot, 2.6).x(), 10.0)])
    assert shown.bench.axis.selection == (2.5, 2.9) and shown.bench.axis.cursor == 2.5
    drag(lanes, [QPointF(place(plot, 3.6).x(), 10.0)])
    assert shown.bench.axis.selection is None and close(shown.bench.axis.cursor, 3.6, 0.01), "beside every word"


# Keys -----------------------------------------------------------------------------------------------------------------


def test_arrows_move_the_cursor_and_with_shift_select(shown):
    axis = shown.bench.axis
    axis.place_cursor(2.0)
    step = STEP * shown.bench.view.seconds
    shown.press(Qt.Key.Key_Right)
    assert close(axis.cursor, 2.0 + step) and axis.selection is None
    shown.press(Qt.Key.Key_Left)
    shown.press(Qt.Key.Key_Left, SHIFT)
    shown.press(Qt.Key.Key_Left, SHIFT)
    assert close(axis.cursor, 2.0 - 2 * step) and close(axis.selection, (2.0 - 2 * step, 2.0))
    shown.press(Qt.Key.Key_Right, SHIFT)
    assert close(axis.selection, (2.0 - step, 2.0)), "the other end stays"
    shown.press(Qt.Key.Key_Right)
    assert axis.selection is None


def test_ctrl_jumps_between_the_edges_of_words(shown):
    axis = shown.bench.axis
    axis.place_cursor(1.0)
    places = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        shown.press(key, CTRL)
        places.append(axis.cursor)
    assert places == [1.5, 1.9, 2.5, 1.9]
    shown.press(Qt.Key.Key_Right, CTRL | SHIFT)
    assert axis.selection == (1.9, 2.5)
    for _ in range(4):
        shown.press(Qt.Key.Key_Right, CTRL)
    assert axis.cursor == shown.bench.view.seconds


def test_home_end_pages_and_zoom_by_keys(shown):
    axis, seconds = shown.bench.axis, shown.bench.view.seconds
    shown.press(Qt.Key.Key_End)
    assert axis.cursor == seconds
    shown.press(Qt.Key.Key_Home, SHIFT)
    assert axis.cursor == 0.0 and axis.selection == (0.0, seconds)
    shown.press(Qt.Key.Key_Home)
    assert axis.selection is None
    shown.click_at(shown.window.signal.plot, 4.0)
    shown.press(Qt.Key.Key_Up)
    assert close(np.ptp(axis.view), seconds * ZOOM)
    shown.press(Qt.Key.Key_Plus)
    assert close(np.ptp(axis.view), seconds * ZOOM**2) and axis.view[0] < axis.cursor < axis.view[1]
    shown.press(Qt.Key.Key_Down)
    shown.press(Qt.Key.Key_Minus)
    assert close(axis.view, (0.0, seconds))
    axis.show(4.0, 5.0)
    shown.press(Qt.Key.Key_PageDown)
    assert close(axis.view, (4.8, 5.8))
    shown.press(Qt.Key.Key_PageUp)
    assert close(axis.view, (4.0, 5.0))
    shown.press(Qt.Key.Key_End)
    assert axis.view[1] == seconds and np.ptp(axis.view) == pytest.approx(1.0), "the cursor is never out of view"


def test_return_selects_the_word_under_the_cursor(shown):
    shown.click_at(shown.window.signal.plot, 1.6)
    shown.press(Qt.Key.Key_Return)
    assert shown.bench.axis.selection == (1.5, 1.9)
    shown.bench.axis.place_cursor(4.1)
    shown.act("actionSelectWord")
    assert shown.bench.axis.selection == (4.0, 4.4)


def test_menus_zoom_and_select(shown):
    axis, seconds = shown.bench.axis, shown.bench.view.seconds
    shown.act("actionSelectAll")
    assert axis.selection == (0.0, seconds)
    axis.select((2.0, 2.5))
    shown.act("actionShowSelection")
    assert close(axis.view, (2.0, 2.5))
    shown.act("actionZoomOut")
    assert np.ptp(axis.view) == pytest.approx(0.5 / 0.6)
    shown.act("actionShowAll")
    assert axis.view == (0.0, seconds)
    shown.act("actionSelectNone")
    assert axis.selection is None


# What is drawn --------------------------------------------------------------------------------------------------------


def test_from_close_by_the_samples_themselves_are_drawn(shown):
    samples, rate = soundfile.read(shown.bench.shown.recording.path, dtype="float32")
    wave = shown.window.signal.wave
    for _ in range(60):
        shown.wheel(shown.window.signal.plot, 3.0, 1)
    start, stop = shown.bench.axis.view
    assert close(stop - start, 0.005) and start < 3.0 < stop
    at = np.rint(wave.times * rate).astype(int)
    assert np.array_equal(at, np.arange(at[0], at[-1] + 1)) and len(at) >= 0.005 * rate - 1
    assert np.array_equal(wave.high, samples[at]) and np.array_equal(wave.low, samples[at])


@pytest.mark.parametrize("span", [(0.0, 10.0), (2.0, 4.0), (3.0, 3.05)])
def test_columns_hold_the_extremes_of_their_samples(shown, span):
    samples, rate = soundfile.read(shown.bench.shown.recording.path, dtype="float32")
    shown.bench.axis.show(*span)
    wave = shown.window.signal.wave
    first, last = (max(0, round(end * rate)) for end in shown.bench.axis.view)
    assert wave.high.max() == pytest.approx(samples[first:last].max(), abs=1e-3)
    assert wave.low.min() == pytest.approx(samples[first:last].min(), abs=1e-3)
    assert wave.times[0] <= span[0] + 0.01 and 0.2 * 1000 < len(wave.times) <= 2002


@pytest.mark.parametrize("kind", ["mel", "linear", "whisper"])
@pytest.mark.parametrize("window_ms", [10.0, 100.0])
def test_spectrograms_by_the_menu(shown, kind, window_ms):
    plot = shown.window.signal.spectrogram
    shown.act(f"spectrogram-kind-{kind}")
    shown.act(f"spectrogram-window_ms-{window_ms}")
    assert (plot.settings.kind, plot.settings.window_ms) == (kind, window_ms)
    assert plot.found.values.shape[0] > 100 and len(np.unique(plot.found.values)) > 20
    assert plot.found.values.shape[1] == len(plot.found.centres_hz)
    assert (plot.found.values.shape[1] == 80) or kind != "whisper"
    assert shown.bench.settings.spectrogram == plot.settings
    box = plot.image.mapRectToView(plot.image.boundingRect())
    assert close(box.left(), 0.0, 0.1) and close(box.right(), shown.bench.view.seconds, 0.2)


def test_the_range_of_a_spectrogram_makes_it_darker(shown):
    plot = shown.window.signal.spectrogram
    ends = []
    for db in (40.0, 60.0, 90.0):
        shown.act(f"spectrogram-floor_db-{plot.settings.ceiling_db - db}")
        assert plot.settings.ceiling_db - plot.settings.floor_db == db
        ends.append(plot.image.getLevels())
    assert ends[0][0] > ends[1][0] > ends[2][0] and ends[0][1] == ends[1][1] == ends[2][1]


def test_a_sine_is_where_it_belongs_in_the_spectrogram(shown_sine):
    plot = shown_sine.window.signal.spectrogram
    for kind in ("mel", "linear"):
        shown_sine.act(f"spectrogram-kind-{kind}")
        loudest = plot.found.values[20:-20].mean(axis=0).argmax()
        low, high = plot.found.edges_hz[loudest], plot.found.edges_hz[loudest + 1]
        assert low - 40 <= 440.0 <= high + 40, kind


def test_the_spectrogram_can_be_hidden(shown):
    shown.act("actionSpectrogram")
    assert not shown.window.signal.spectrogram.isVisible()
    shown.act("actionSpectrogram")
    assert shown.window.signal.spectrogram.isVisible()


def test_one_cannot_look_beyond_the_sound(shown):
    axis, seconds = shown.bench.axis, shown.bench.view.seconds
    for span in ((-5.0, 1.0), (8.0, 80.0), (-10.0, 100.0)):
        axis.show(*span)
        assert axis.view[0] >= 0.0 and axis.view[1] <= seconds + 1e-9 and axis.view[0] < axis.view[1]
    axis.place_cursor(99.0)
    assert axis.cursor == seconds
    axis.select((-1.0, 99.0))
    assert axis.selection == (0.0, seconds)
    axis.select((3.0, 3.001))
    assert axis.selection is None, "next to nothing is none"


def test_words_that_do_not_fit_leave_a_stroke_and_come_back_from_close_by(shown):
    lanes = shown.window.signal.lanes
    marks = [Mark(f"many words {number}", 2.0 + 0.02 * number, 2.0 + 0.02 * number + 0.01) for number in range(40)]
    lanes.show_marks(LANE_A, marks)
    placed, left_out = lanes._placed(LANE_A)
    assert 1 <= len(placed) < 20 and len(left_out) > 15
    shown.bench.axis.show(2.0, 2.1)
    placed, left_out = lanes._placed(LANE_A)
    assert [item.mark.text for item in placed] == [f"many words {number}" for number in range(len(placed))]
    assert len(placed) >= 4 and len(left_out) <= 1


def test_labels_have_a_lane_where_there_are_some(shown):
    lanes = shown.window.signal.lanes
    height = lanes.sizeHint().height()
    shown.bench.axis.select((1.0, 1.5))
    shown.bench.labels.add("a vowel")
    assert [(mark.text, mark.start, mark.end) for mark in lanes.marks(LANE_LABELS)] == [("a vowel", 1.0, 1.5)]
    assert lanes.sizeHint().height() > height
    drag(lanes, [QPointF(place(shown.window.signal.plot, 1.2).x(), lanes.sizeHint().height() - 8.0)])
    assert shown.bench.axis.selection == (1.0, 1.5), "a click selects it"
    shown.bench.labels.delete()
    assert lanes.marks(LANE_LABELS) == () and lanes.sizeHint().height() == height
    shown.bench.axis.select(None)
    shown.bench.axis.place_cursor(2.0)
    shown.bench.labels.add("a moment")
    assert [(label.start, label.end) for label in shown.bench.keeping.labels] == [(2.0, 2.0)]


# Distances ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def taught(open_bench):
    """The demo word and a sound that it is spoken in."""
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.teach("computer", sorted((CLIPS / "takes").glob("computer_*.flac"))[:4])
    page.show_file(CLIPS / "sentences_with.flac")
    assert wait_until(lambda: len(page.window.strip.held("computer")[0]) > 50, 30)
    return page


def test_every_curve_stays_in_view(taught):
    _, distances = taught.window.strip.held("computer")
    top, bottom = taught.window.strip.plot.box.viewRange()[1]
    assert min(top, bottom) <= distances.min() and distances.max() <= max(top, bottom)
    assert distances.max() > 1.0
    strip, last = taught.window.strip, taught.bench.scores.frames[-1]
    for number, distance in enumerate((1.75, 0.125), start=1):
        strip.add(replace(last, index=last.index + 1280 * number, distances=(distance,)))
        strip.refresh()
    top, bottom = sorted(strip.plot.box.viewRange()[1])
    assert top <= 0.125 and bottom >= 1.75


def test_near_misses_are_hollow(taught):
    assert wait_until(lambda: len(taught.detections()) >= 2, 20)
    nearest = taught.window.strip.held("computer")[1].min()
    taught.bench.teaching.set_threshold("computer", nearest - 0.02)
    marks = taught.window.signal.lanes.marks(LANE_WORDS)
    assert marks and all(mark.hollow for mark in marks) and taught.detections() == []
    assert "Nearly" in marks[0].told
    assert [mark.text for mark in marks] == ["computer"] * len(marks)


def test_another_take_changes_the_distances_of_what_is_shown(taught):
    before = taught.window.strip.held("computer")[1]
    taught.teach("computer", [CLIPS / "takes" / "computer_5.flac"])
    assert wait_until(lambda: not np.array_equal(taught.window.strip.held("computer")[1], before), 30)
    after = taught.window.strip.held("computer")[1]
    assert len(after) == len(before)


def test_a_selection_becomes_a_take(taught):
    assert wait_until(lambda: bool(taught.bench.scores.detections), 20)
    found = taught.bench.scores.detections[0]
    taught.bench.axis.select((found.start - 0.1, found.end + 0.1))
    taught.find(QLineEdit, "wordName").setText("computer")
    taught.click("selectionAsTake")
    assert wait_until(lambda: len(taught.bench.teaching.word("computer").takes) == 5, 20)
    take = taught.bench.teaching.word("computer").takes[-1]
    assert take.used and take.label == f"{found.start - 0.1:.2f} s"
    samples = read_clip(CLIPS / "sentences_with.flac").for_models()
    margin = round(MARGIN_SECONDS * 16_000)
    assert not take.samples[:margin].any() and not take.samples[-margin:].any(), "a pause around it"
    heard = take.samples[margin:-margin]
    where = round((found.start - 0.1) * 16_000)
    assert np.allclose(heard, samples[where : where + len(heard)], atol=1e-3)


# What is selected -----------------------------------------------------------------------------------------------------


@pytest.fixture
def shown_sine(open_bench, tmp_path):
    """A second of silence, two seconds of a sine of 440 Hz at half scale, another second of silence."""
    rate = 44_100
    sine = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(2 * rate) / rate)
    sound = np.concatenate([np.zeros(rate), sine, np.zeros(rate)]).astype(np.float32)
    soundfile.write(tmp_path / "sine.wav", sound, rate, subtype="FLOAT")
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.show_file(tmp_path / "sine.wav")
    return page


def test_figures_of_the_selection(shown_sine):
    shown_sine.bench.axis.select((1.25, 2.75))
    assert wait_until(lambda: shown_sine.bench.selection.measurement is not None, 10)
    found = shown_sine.bench.selection.measurement
    assert found.rms_db == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.1)
    assert found.peak_db == pytest.approx(20 * np.log10(0.5), abs=0.1)
    assert found.dominant_hz == pytest.approx(440.0, abs=1.0)
    text = shown_sine.text("selectionFigures")
    assert "1.50 s" in text and "−9.0 dBFS" in text and "−6.0 dBFS" in text and "440 Hz" in text
    shown_sine.bench.axis.select((0.1, 0.6))
    assert wait_until(lambda: "silence" in shown_sine.text("selectionFigures"), 10)
    assert "500 ms" in shown_sine.text("selectionFigures") and "Hz" not in shown_sine.text("selectionFigures")
    shown_sine.bench.axis.select(None)
    assert shown_sine.bench.selection.measurement is None
    assert not shown_sine.find(QPushButton, "transcribeSelection").isVisible()


def test_transcribing_the_selection_replaces_only_that_stretch(shown):
    heard = []

    def read(samples):
        heard.append(len(samples) / 16_000)
        return [Word("new", 0.1, 0.3, 0.5)]

    for slot in shown.bench.engines.slots:
        slot.host._read = read
    shown.bench.axis.select((1.2, 3.0))
    shown.click("transcribeSelection")
    assert wait_until(lambda: all("new" in slot.transcript.text for slot in shown.bench.engines.slots), 10)
    for slot in shown.bench.engines.slots:
        words = [(word.text, round(word.start, 3), round(word.end, 3)) for word in slot.transcript.words]
        assert words == [("one", 0.5, 0.9), ("new", 1.3, 1.5), ("four", 4.0, 4.4)]
        assert slot.transcript.duration == pytest.approx(shown.bench.view.seconds)
    assert heard == pytest.approx([1.8, 1.8], abs=0.01)
    assert [mark.text for mark in shown.window.signal.lanes.marks(LANE_A)] == ["one", "new", "four"]


# Another sound --------------------------------------------------------------------------------------------------------


def test_nothing_of_one_sound_stays_when_another_is_shown(taught):
    """Not its distances, words, labels, selection nor what was found in it."""
    page = taught
    page.bench.axis.select((1.0, 2.0))
    page.bench.labels.add("of the first")
    first = page.bench.shown.recording
    page.bench.teaching.remove_word("computer")
    page.show_file(SPOKEN / "digits_short.flac")
    assert page.bench.scores.frames == [] and page.bench.scores.detections == []
    assert page.bench.keeping.labels == () and page.bench.axis.selection is None and page.bench.axis.cursor is None
    assert all(page.window.signal.lanes.marks(lane) == () for lane in range(4))
    page.bench.desk.save()
    kept = page.bench.desk.show(page.bench.shown.recording)
    assert kept.scores is None and kept.labels in (None, ())
    page.bench.open_recording(first)
    assert wait_until(lambda: page.bench.shown.recording == first, 10)
    assert [label.text for label in page.bench.keeping.labels] == ["of the first"]
    assert page.bench.axis.selection == (1.0, 2.0) and page.detections() != []


def test_a_transcript_that_comes_too_late_is_not_the_next_sounds(open_bench):
    """The engine has just ended when another sound is opened: what it read belongs to neither."""
    page = open_bench(twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS))
    page.show_file(SPOKEN / "digits_short.flac")
    slot = page.bench.engines.a
    slot.transcribe(page.bench.shown.samples)
    slot._work.job.join()
    slot.show(None)
    assert wait_until(lambda: not page.bench.jobs.running, 10)
    assert slot.transcript is None and page.window.signal.lanes.marks(LANE_A) == ()


# Running sound --------------------------------------------------------------------------------------------------------


def advance(page, seconds):
    from labbench.live.messages import Advance

    until = page.bench.sound.seconds + seconds
    while page.bench.sound.seconds < until - 0.01:
        before = page.bench.sound.seconds
        page.bench.sound.send(Advance(0.5))
        page.bench.sound.tick()
        assert page.bench.sound.seconds > before


def test_the_view_follows_running_sound_until_one_looks_back(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost)
    axis = page.bench.axis
    page.bench.start(FileSpec(CLIPS / "sentences_without.flac", "Sentences", stepped=True))
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    advance(page, 5.0)
    assert axis.view == (0.0, 12.0)
    advance(page, 10.0)
    assert axis.view == pytest.approx((page.bench.sound.seconds - 12.0, page.bench.sound.seconds))
    page.drag(page.window.signal.plot, 6.0, 9.0)
    looked_at = axis.view
    assert looked_at[0] == pytest.approx(0.0, abs=0.2) and not axis.following
    advance(page, 3.0)
    assert axis.view == looked_at
    page.press(Qt.Key.Key_End)
    assert axis.following
    advance(page, 3.0)
    assert axis.view[1] == pytest.approx(page.bench.sound.seconds)
    page.click("stop")
    assert wait_until(lambda: page.bench.shown.recording is not None, 10)
    assert axis.view == (0.0, page.bench.sound.seconds) and not axis.following


def test_running_sound_is_drawn_from_its_very_beginning(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.bench.start(FileSpec(SPOKEN / "digits.flac", "Digits", stepped=True))
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    advance(page, 3.0)
    spectrogram, signal = page.window.signal.spectrogram, page.window.signal
    page.bench.axis.show(0.0, 2.0)
    live, wave = spectrogram.found.values.copy(), signal.wave.high.copy()
    page.click("stop")
    assert wait_until(lambda: page.bench.shown.recording is not None, 10)
    page.bench.axis.show(0.0, 2.0)
    assert np.array_equal(spectrogram.found.values, live)
    assert np.array_equal(signal.wave.high, wave)


def test_the_find_bar_is_closed_by_escape_and_leaves_the_recording_alone(open_bench):
    page = open_bench(twin=True, real_time=True, make_host=ScriptedHost)
    page.window.activateWindow()
    page.bench.start(FileSpec(SPOKEN / "digits.flac", "Digits"))
    assert wait_until(lambda: page.bench.sound.running is not None and page.window.isActiveWindow(), 10)
    page.act("actionFind")
    assert page.window.find_bar.isVisible()
    QTest.keyClick(page.find(QLineEdit, "findText"), Qt.Key.Key_Escape)
    assert not page.window.find_bar.isVisible() and page.bench.sound.running is not None


def test_transcribing_a_selection_can_be_undone(open_bench):
    """What was read before comes back, and again what was read in the selection."""
    page = open_bench(twin=True)
    page.show_file(SPOKEN / "digits_short.flac", 120)
    slot = page.bench.engines.b
    before = slot.transcript
    assert before is not None and before.words
    page.bench.axis.select((0.0, 0.05))
    page.click("transcribeSelection")
    assert wait_until(lambda: page.bench.undo.count() == 2, 60)
    after = slot.transcript
    page.bench.undo.undo()
    page.bench.undo.undo()
    assert slot.transcript == before and page.bench.keeping.stored(slot).transcript == before
    page.bench.undo.redo()
    page.bench.undo.redo()
    assert slot.transcript == after


def test_a_very_small_screen_scrolls_and_return_does_not_record(open_bench):
    page = open_bench(twin=True)
    page.show_file(SPOKEN / "digits_short.flac", 120)
    page.window.resize(760, 470)
    area = page.find(QScrollArea, "everything")
    assert wait_until(lambda: area.verticalScrollBar().maximum() > 0, 5), "all of it can be reached"
    page.window.activateWindow()
    assert wait_until(page.window.isActiveWindow, 10)
    page.bench.axis.place_cursor(0.0)
    page.find(QPushButton, "stop").setFocus()
    page.window.toolbar.show_playing(True, True)
    page.find(QPushButton, "stop").setFocus()
    page.window.toolbar.show_playing(False, True)
    assert page.window.focusWidget() is not page.find(QPushButton, "record")
