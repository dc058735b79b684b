"""What stands out, in the real window: learnt from sound, marked, played, corrected, kept with the session."""

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSplitter, QWidget
from shiboken6 import isValid

from labbench.audio.source import FileSpec
from labbench.jobs.waiting import wait_until
from labbench.live.messages import Advance
from labbench.models.scripted_host import ScriptedHost
from labbench.session.anomaly_file import NAME, load_normal
from labbench.signal.resampling import resample
from labbench.testing.mouse import drag
from labbench.ui.anomaly import scoring as anomaly_scoring
from labbench.ui.anomaly import track as anomaly_track
from labbench.ui.anomaly.threshold import expected, place_of, rate_at
from labbench.ui.dialogs.anomaly_dialog import FROM, AnomalyDialog
from labbench.ui.sounds.signal_view import LANE_UNUSUAL
from labbench.ui.window_layout import layout_text, restore_layout
from labbench.wakeword.anomaly import Seconds, learn
from labbench.wakeword.anomaly_detector import AnomalyDetector

RATE = 16_000
KNOCKS = (47.0, 55.5, 63.0)


def hum(seconds, seed, knocks=(), rate=RATE):
    """A machine's hum with noise, and knocks at these seconds."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    sound = sum(0.05 * np.sin(2 * np.pi * 60 * number * time + number) for number in range(1, 9))
    sound = sound + rng.normal(0, 0.01, len(time))
    length = rate // 10
    for at in knocks:
        first = round(at * rate)
        sound[first : first + length] += 0.4 * rng.normal(0, 1, length) * np.exp(-np.arange(length) / (length / 5))
    return sound.astype(np.float32)


@pytest.fixture
def machine(tmp_path):
    """Forty seconds of hum, then half a minute with knocks; at another rate than the models'."""
    path = tmp_path / "machine.wav"
    soundfile.write(path, hum(70, 1, KNOCKS, 22_050), 22_050)
    return path


@pytest.fixture
def page(open_bench):
    return open_bench(twin=True, make_host=ScriptedHost)


@pytest.fixture
def learnt(page, machine):
    """The machine is shown, and its first forty seconds are what is normal."""
    page.show_file(machine)
    page.bench.axis.select((0.0, 40.0))
    page.bench.anomaly.learning.from_selection()
    settled(page)
    return page


def settled(page):
    desk = page.bench.anomaly
    assert wait_until(lambda: not desk.learning.running and not desk.scoring.running, 20)


def marks(page):
    return page.bench.anomaly.scoring.marks


def lane(page):
    return page.window.signal.lanes.marks(LANE_UNUSUAL)


def holds(found, moments):
    """Whether each mark has one of the moments in it, in the same order."""
    spans = [mark.seconds for mark in found]
    return len(spans) == len(moments) and all(
        start <= at + 0.05 <= stop for (start, stop), at in zip(spans, moments, strict=True)
    )


@pytest.fixture
def dialog(page):
    page.act("actionAnomaly")
    found = page.window.findChild(AnomalyDialog)
    yield found
    if isValid(found):
        found.close()


def click(widget):
    assert widget.isVisible() and widget.isEnabled()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def test_the_usual_window_has_nothing_of_it(page, machine):
    page.show_file(machine)
    assert page.window.anomaly.isHidden() and lane(page) == () and page.bench.anomaly.scoring.track is None
    assert not page.bench.anomaly.scoring.ear.listening


def test_knocks_are_marked_where_the_selection_is_normal(page, machine, dialog):
    page.show_file(machine)
    assert dialog.state.text().startswith("It has not heard yet") and not dialog.selection.isEnabled()
    page.bench.axis.select((0.0, 40.0))
    click(dialog.selection)
    settled(page)
    assert holds(marks(page), KNOCKS)
    assert page.window.anomaly.isVisible()
    assert page.window.anomaly.hint.text() == "3 stretches stand out."
    assert [(mark.start, mark.end) for mark in lane(page)] == [mark.seconds for mark in marks(page)]
    times, scores = page.window.anomaly.strip.held()
    assert len(times) == pytest.approx((70 - 1) / 0.2, abs=3) and times[0] == pytest.approx(1.0, abs=0.1)
    assert 46.0 < times[np.argmax(scores)] < 66.0
    assert "0:40 of what is normal: machine, 0:00 to 0:40" in dialog.state.text()
    assert dialog.table.topLevelItemCount() == 3 and dialog.table.topLevelItem(0).text(FROM).startswith("0:46")
    detector = AnomalyDetector(page.bench.anomaly.learnt.normal)  # the very same as on the command line
    samples = soundfile.read(machine, dtype="float32")[0]
    found = detector.feed(resample(samples, 22_050, RATE))[1] + detector.finish()
    assert [(one.start, one.stop) for one in found] == [(one.start, one.stop) for one in marks(page)]


def test_too_little_is_said_and_changes_nothing(learnt):
    told = []
    learnt.bench.notices.error.connect(lambda error: told.append(error.message))
    before = learnt.bench.anomaly.learnt
    learnt.bench.axis.select((3.0, 9.0))
    learnt.bench.anomaly.learning.from_selection()
    settled(learnt)
    assert told == ["6 s are too short to learn what is normal."] and learnt.bench.anomaly.learnt is before


def test_a_click_on_a_mark_selects_it_and_play_plays_it(learnt, monkeypatch):
    page, played = learnt, []
    monkeypatch.setattr(page.bench.playback, "play", lambda path, rate, *span: played.append(span))
    second = marks(page)[1].seconds
    page.click_at(page.window.anomaly.strip.plot, sum(second) / 2)
    assert page.bench.axis.selection == pytest.approx(second)
    page.click("play")
    assert played == [pytest.approx(second)]
    page.click_at(page.window.anomaly.strip.plot, 20.0)
    assert page.bench.axis.selection is None and page.bench.axis.cursor == pytest.approx(20.0, abs=0.2)


def test_the_list_plays_selects_and_learns(learnt, dialog, monkeypatch):
    page, played = learnt, []
    monkeypatch.setattr(page.bench.playback, "play", lambda path, rate, *span: played.append(span))
    first = marks(page)[0]
    table = dialog.table
    QTest.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualItemRect(table.topLevelItem(0)).center()
    )
    assert page.bench.axis.selection == pytest.approx(first.seconds)
    click(dialog.play)
    assert played == [pytest.approx(first.seconds)]
    table.setFocus()
    table.setCurrentItem(table.topLevelItem(1))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert played[1:] == [pytest.approx(marks(page)[1].seconds)] and page.bench.axis.selection == played[1]
    table.setCurrentItem(table.topLevelItem(0))
    before = page.bench.anomaly.learnt
    click(dialog.normal)
    settled(page)
    assert page.bench.anomaly.learnt.normal.added > 0 and page.bench.anomaly.learnt.threshold == before.threshold
    assert not any(mark.start < first.stop and first.start < mark.stop for mark in marks(page))
    assert "counts as well" in dialog.state.text()
    page.bench.undo.undo()
    settled(page)
    assert holds(marks(page), KNOCKS) and page.bench.anomaly.learnt is before


def test_the_threshold_moves_the_marks(learnt, dialog):
    page, strip = learnt, learnt.window.anomaly.strip
    highest = sorted(mark.score for mark in marks(page))
    between = (highest[1] + highest[2]) / 2
    page.bench.anomaly.set_threshold(between)
    assert len(marks(page)) == len(lane(page)) == dialog.table.topLevelItemCount() == 1
    assert strip.threshold.value() == pytest.approx(between)
    page.bench.undo.undo()
    assert holds(marks(page), KNOCKS)
    slider = page.window.anomaly.slider
    assert slider.says.text() == "expect a false mark in 3 hours"
    QTest.keyClick(slider.slider, Qt.Key.Key_Home)
    assert slider.says.text() == "expect 100 false marks an hour"
    assert page.bench.anomaly.learnt.threshold == page.bench.anomaly.learnt.normal.threshold(100.0)
    assert dialog.slider.slider.value() == 0 and len(marks(page)) >= 3
    QTest.keyClick(slider.slider, Qt.Key.Key_End)
    page.bench.undo.undo()
    assert slider.says.text() == "expect a false mark in 3 hours", "one drag is one thing to undo"


def test_each_drag_is_one_thing_to_undo(learnt):
    bench, strip, slider = learnt.bench, learnt.window.anomaly.strip, learnt.window.anomaly.slider.slider
    known = [bench.anomaly.learnt.threshold]
    for factor in (1.5, 1.2):
        strip.threshold.setValue(known[0] * factor)
        strip.threshold.sigPositionChangeFinished.emit(strip.threshold)
        known.append(bench.anomaly.learnt.threshold)
    for places in ((30, 20, 10), (40, 60, 80)):
        slider.setSliderDown(True)
        for place in places:
            slider.setSliderPosition(place)
        slider.setSliderDown(False)
        known.append(bench.anomaly.learnt.threshold)
    assert len(set(known)) == 5
    for before in reversed(known[:-1]):
        bench.undo.undo()
        assert bench.anomaly.learnt.threshold == before


def test_the_line_can_be_dragged(learnt):
    strip = learnt.window.anomaly.strip
    box, begin = strip.plot.box, strip.threshold.value()
    steps = [box.mapViewToScene(QPointF(35.0, begin * (1 + 0.3 * step))) for step in range(6)]
    drag(strip.plot.viewport(), [QPointF(strip.plot.mapFromScene(point)) for point in steps])
    assert learnt.bench.anomaly.learnt.threshold == pytest.approx(2.5 * begin, rel=0.05)
    assert strip.threshold.value() == pytest.approx(learnt.bench.anomaly.learnt.threshold)


def run_stepped(page, path, seconds, *, record=True):
    page.bench.start(FileSpec(path, "Machine", stepped=True), record=record)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    advance(page, seconds)


def advance(page, seconds):
    for _ in range(round(seconds / 0.25)):
        page.bench.sound.send(Advance(0.25))
        page.bench.sound.tick()


def test_running_sound_is_marked_as_it_comes(learnt, tmp_path):
    page, other = learnt, tmp_path / "other.wav"
    soundfile.write(other, hum(20, 9, (6.0, 13.0), 22_050), 22_050)
    said = []
    page.bench.notices.status.connect(said.append)
    run_stepped(page, other, 5.0)
    assert marks(page) == [] and len(page.window.anomaly.strip.held()[0]) == pytest.approx(20, abs=2)
    advance(page, 3.5)
    assert holds(marks(page), (6.0,)) and len(lane(page)) == 1
    assert said[-1].startswith("Something stands out at 0:05")
    advance(page, 7.0)
    assert holds(marks(page), (6.0, 13.0))
    live = marks(page)
    page.click("stop")
    assert wait_until(lambda: page.bench.shown.recording is not None, 10)
    settled(page)
    assert marks(page) == live, "what was heard live is not heard again"
    track = page.bench.anomaly.scoring.track
    page.bench.open_recording(page.bench.shown.recording)
    assert wait_until(lambda: page.bench.anomaly.scoring.track not in (None, track), 20)
    assert [(one.start, one.stop) for one in marks(page)] == [(one.start, one.stop) for one in live]


def test_normal_is_learnt_from_what_runs(page, tmp_path, dialog):
    path = tmp_path / "long.wav"
    soundfile.write(path, hum(80, 3, (70.0,)), RATE)
    run_stepped(page, path, 1.0, record=False)
    click(dialog.live)
    assert dialog.hears.text() == "Listening: 1:00 to go"
    advance(page, 31.0)
    assert dialog.hears.text().startswith("Listening: 0:") and dialog.bar.value() > 400
    advance(page, 30.0)
    settled(page)
    assert page.bench.anomaly.learnt.normal.seconds == pytest.approx(60.0, abs=1.0)
    assert page.bench.anomaly.learnt.source == "1:00 of Machine"
    advance(page, 12.0)
    assert holds(marks(page), (70.0,))
    told = []
    page.bench.notices.error.connect(lambda error: told.append(error.message))
    page.bench.anomaly.play(marks(page)[0])
    assert told == ["What runs can't be played yet."]
    page.bench.stop()
    assert wait_until(lambda: page.bench.sound.running is None, 10)
    heard = []
    page.bench.playback.play_samples = lambda samples, rate: heard.append(len(samples) / rate)
    page.bench.anomaly.play(marks(page)[0])
    start, stop = marks(page)[0].seconds
    assert heard == [pytest.approx(stop - start, abs=0.01)], "it was only listened to"


def test_learning_from_what_runs_is_cancelled(page, tmp_path, dialog):
    path = tmp_path / "long.wav"
    soundfile.write(path, hum(20, 3), RATE)
    run_stepped(page, path, 1.0, record=False)
    click(dialog.live)
    advance(page, 5.0)
    page.click("anomalyCancel")
    assert not page.bench.anomaly.learning.running and page.bench.anomaly.learnt is None
    assert page.bench.sound.running is not None, "it ran before, and runs on"
    told = []
    page.bench.notices.error.connect(lambda error: told.append(error.message))
    click(dialog.live)
    advance(page, 3.0)
    page.bench.stop()
    assert wait_until(lambda: bool(told), 10)
    assert "too short to learn" in told[0] and page.bench.anomaly.learnt is None


def test_a_normal_that_comes_while_sound_runs_is_used_for_all_of_it_in_the_end(page, tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, hum(50, 3, (2.0, 45.0)), RATE)
    run_stepped(page, path, 40.0)
    page.bench.axis.select((5.0, 38.0))
    page.bench.anomaly.learning.from_selection()
    assert wait_until(lambda: page.bench.anomaly.learnt is not None, 20)
    advance(page, 8.0)
    assert holds(marks(page), (45.0,))
    page.bench.stop()
    assert wait_until(lambda: holds(marks(page), (2.0, 45.0)), 20)


def test_it_is_kept_with_the_session(learnt):
    page, desk = learnt, learnt.bench.anomaly
    folder = page.bench.desk.session.folder
    desk.set_threshold(desk.learnt.threshold * 1.1)
    before, found = desk.learnt, [mark.seconds for mark in marks(page)]
    page.bench.sessions.new()
    assert wait_until(lambda: page.bench.shown.recording is None, 10)
    assert desk.learnt is None and marks(page) == [] and page.window.anomaly.isHidden()
    assert load_normal(folder / NAME).threshold == before.threshold
    page.bench.undo.undo()
    assert desk.learnt is None, "what was done in another session stays there"
    page.bench.open_session(folder)
    assert wait_until(lambda: len(marks(page)) == len(found), 20)
    assert [mark.seconds for mark in marks(page)] == found and desk.learnt.source == before.source
    assert page.window.anomaly.isVisible()
    desk.forget()
    assert page.window.anomaly.isHidden() and lane(page) == ()
    desk.save()
    assert not (folder / NAME).exists()
    page.bench.undo.undo()
    settled(page)
    assert len(marks(page)) == len(found)


def test_a_damaged_file_is_set_aside_and_said(learnt):
    page, folder = learnt, learnt.bench.desk.session.folder
    page.bench.sessions.new()
    assert wait_until(lambda: page.bench.anomaly.learnt is None, 10)
    (folder / NAME).write_bytes(b"PK\x03\x04 not an archive")
    page.bench.open_session(folder)
    assert wait_until(lambda: page.bench.shown.recording is not None, 20)
    assert page.bench.anomaly.learnt is None and page.window.anomaly.isHidden()
    assert "can't be read" in page.notice and f"{NAME}.damaged" in page.notice
    assert (folder / f"{NAME}.damaged").exists() and not (folder / NAME).exists()


def test_what_is_normal_goes_from_one_session_to_another(learnt, tmp_path):
    page, desk, path = learnt, learnt.bench.anomaly, tmp_path / "pump.npz"
    desk.save_as(path)
    threshold = desk.learnt.threshold
    page.bench.sessions.new()
    assert wait_until(lambda: desk.learnt is None, 10)
    told = []
    page.bench.notices.error.connect(lambda error: told.append(error.message))
    desk.save_as(tmp_path / "none.npz")
    desk.open(tmp_path / "none.npz")
    assert told[0] == "Nothing is learnt as normal yet." and len(told) == 2 and desk.learnt is None
    desk.open(path)
    assert desk.learnt.threshold == threshold


def test_a_search_is_given_up_for_another_sound(learnt, machine):
    page, scoring = learnt, learnt.bench.anomaly.scoring
    page.bench.open_recording(page.bench.shown.recording)
    assert wait_until(lambda: scoring.running, 10)
    page.bench.sessions.new()
    assert not scoring.running and scoring.track is None and marks(page) == []


def test_the_microphone_is_opened_to_learn_from_and_closed_where_that_is_cancelled(page, tmp_path, dialog, monkeypatch):
    path = tmp_path / "long.wav"
    soundfile.write(path, hum(70, 3), RATE)
    monkeypatch.setattr(page.bench.words, "source_for_take", lambda: FileSpec(path, "Room", stepped=True))
    click(dialog.live)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    assert page.bench.sound.recording_to is None, "it is listened to, not recorded"
    advance(page, 2.0)
    page.click("anomalyCancel")
    assert wait_until(lambda: page.bench.sound.running is None, 10)
    assert page.bench.anomaly.learnt is None
    click(dialog.live)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    advance(page, 20.0)
    page.bench.record_now()  # the stream begins anew, learning goes on
    assert wait_until(lambda: page.bench.sound.recording_to is not None, 10)
    assert page.bench.anomaly.learning.progress.done == pytest.approx(20.0, abs=1.0)
    advance(page, 41.0)
    settled(page)
    assert page.bench.anomaly.learnt.source == "1:00 of Room"
    assert page.bench.sound.running is not None, "it goes on listening"
    page.bench.stop()
    assert wait_until(lambda: page.bench.shown.recording is not None, 10)


def test_closing_the_dialog_ends_learning(page, tmp_path, dialog):
    path = tmp_path / "long.wav"
    soundfile.write(path, hum(20, 3), RATE)
    run_stepped(page, path, 1.0, record=False)
    click(dialog.live)
    assert page.bench.anomaly.learning.running
    dialog.close()
    assert not page.bench.anomaly.learning.running and page.bench.sound.running is not None


def test_a_source_that_does_not_open_ends_learning(page, tmp_path, monkeypatch):
    monkeypatch.setattr(page.bench.words, "source_for_take", lambda: FileSpec(tmp_path / "none.wav", "None"))
    page.bench.anomaly.learning.from_live()
    assert page.bench.anomaly.learning.running
    assert wait_until(lambda: not page.bench.anomaly.learning.running, 10)
    assert "none.wav" in page.notice


def test_what_the_speakers_play_does_not_stand_out(learnt, tmp_path, monkeypatch):
    page, other = learnt, tmp_path / "other.wav"
    soundfile.write(other, hum(20, 9, (6.0, 13.0), 22_050), 22_050)
    run_stepped(page, other, 5.0)
    with monkeypatch.context() as patch:
        patch.setattr(type(page.bench.playback), "playing", property(lambda _: True))
        advance(page, 2.0)
    advance(page, 10.0)
    assert holds(marks(page), (13.0,))
    assert page.bench.anomaly.scoring.track.gaps
    page.click("stop")
    assert wait_until(lambda: holds(marks(page), (6.0, 13.0)), 20), "all of the recording is judged in the end"


def test_sound_that_was_overwritten_is_a_gap(learnt, tmp_path):
    page, other = learnt, tmp_path / "other.wav"
    soundfile.write(other, hum(30, 9, (26.0,), 22_050), 22_050)
    run_stepped(page, other, 5.0)
    ear = page.bench.anomaly.scoring.ear
    ear._at = -10 * RATE  # long overtaken
    advance(page, 23.0)
    assert holds(marks(page), (26.0,)) and page.bench.anomaly.scoring.track.gaps


def test_of_very_long_sounds_the_oldest_rows_are_forgotten(monkeypatch):
    monkeypatch.setattr(anomaly_track, "MOST_ROWS", 200)
    sound = hum(60, 1, (50.0,))
    normal = learn([sound[: 40 * RATE]])
    rows, stops = Seconds().feed(sound)
    track = anomaly_track.Track(normal, normal.threshold())
    for at in range(0, len(rows), 7):
        track.append(np.array(stops[at : at + 7], np.int64), rows[at : at + 7])
    assert len(track.scores) == len(rows) and 150 <= len(track.rows) <= 200
    before, first = track.scores.copy(), len(rows) - len(track.rows)
    assert np.allclose(before, normal.scores(rows), atol=0.02) and np.array_equal(track.rows, rows[first:])
    (mark,) = track.marks
    taught = normal.also(track.rows_of(mark))
    track.replace(taught, first, taught.scores(track.rows[:-5]))
    assert np.array_equal(track.scores[:first], before[:first])
    assert np.allclose(track.scores[first:], taught.scores(rows)[first:], atol=0.02)
    assert mark not in track.marks


def test_a_layout_from_before_the_panel_is_still_read(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost)
    window = page.window
    older = QSplitter(Qt.Orientation.Vertical)
    for _ in range(3):
        older.addWidget(QWidget())
    older.resize(800, 700)
    older.setSizes([300, 250, 150])
    restore_layout(window, (window.down, window.across), layout_text(window, (older, window.across)))
    assert min(window.down.sizes()[:3]) > 60 and window.anomaly.isHidden()


def test_a_plot_that_is_squeezed_to_nothing_is_drawn(page):
    plot = page.window.strip.plot
    page.window.set_theme("projector")
    plot.setFixedHeight(4)  # its margin
    assert wait_until(lambda: plot.box.height() == 0.0, 5)
    plot.box.updateMatrix()
    marks = page.window.strip.marks
    assert marks.arrows.boundingRect().height() == marks.hollow.boundingRect().height() == 0.0
    assert not page.window.grab().isNull()


def test_a_search_that_another_source_interrupts_ends_without_a_word(learnt, machine, monkeypatch):
    page, scoring, told = learnt, learnt.bench.anomaly.scoring, []
    monkeypatch.setattr(anomaly_scoring, "PIECE_SECONDS", 0.05)  # so that the search is still at it
    page.bench.notices.error.connect(lambda error: told.append(error.message))
    page.bench.open_recording(page.bench.shown.recording)
    assert wait_until(lambda: scoring.running, 10)
    page.bench.start(FileSpec(machine, "Machine", stepped=True), record=False)
    assert not scoring.running
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    advance(page, 2.0)
    page.bench.stop()
    assert wait_until(lambda: page.bench.sound.running is None and not page.bench.jobs.running, 10)
    assert told == []


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (24.0, "expect 24 false marks an hour"),
        (1.0, "expect a false mark an hour"),
        (0.3, "expect a false mark in 3 hours"),
        (0.01, "expect a false mark in 4 days"),
        (1e-9, "expect hardly any false mark"),
    ],
)
def test_rates_in_words(rate, words):
    assert expected(rate) == words
    assert rate_at(place_of(rate)) == pytest.approx(min(100.0, max(0.001, rate)), rel=0.07)
