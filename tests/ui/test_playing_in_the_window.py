"""Playing: all, a selection, a take, from the cursor on; through a loudspeaker that notes what it plays."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton
from small_whisper import SPOKEN

from labbench.audio.files import read_clip
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.ear_process import EarInProcess
from labbench.models.scripted_host import ScriptedHost
from labbench.session.settings import Settings
from labbench.testing.devices import Loudspeaker
from labbench.testing.silence import silent_equipment
from labbench.transcript.types import Word

CLIPS = assets() / "clips"
BLOCK = 0.05


@pytest.fixture
def speaker():
    return Loudspeaker(faster=4.0)


@pytest.fixture
def open_with(open_bench, speaker):
    def open_one(**changes):
        ear = EarInProcess(replace(silent_equipment(), open_output=speaker), real_time=True)
        return open_bench(twin=True, ear=ear, make_host=ScriptedHost, **changes)

    return open_one


@pytest.fixture
def shown(open_with):
    page = open_with()
    page.show_file(SPOKEN / "digits_short.flac")
    return page


def played(page, speaker, seconds=20):
    """What was heard until it was over."""
    assert wait_until(lambda: not page.bench.playback.playing, seconds)
    return speaker.heard


def sound(page):
    return soundfile.read(page.bench.shown.recording.path, dtype="float32")[0]


def is_heard(heard, samples):
    """Exactly these, but for the silence that lets the last of them out."""
    assert len(samples) <= len(heard) <= len(samples) + round(2 * BLOCK * 16_000) + 1
    assert np.array_equal(heard[: len(samples)], samples) and not heard[len(samples) :].any()


def test_all_of_it_and_the_cursor_follows(shown, speaker):
    places = []
    shown.bench.axis.cursor_changed.connect(places.append)
    shown.click("play")
    assert shown.bench.playback.playing and shown.find(QPushButton, "stop").isEnabled()
    is_heard(played(shown, speaker), sound(shown))
    assert places == sorted(places) and len(places) > 5
    assert places[0] < 0.5 and places[-1] == pytest.approx(shown.bench.view.seconds)
    assert shown.window.signal.plot.cursor.value() == places[-1]
    assert not shown.find(QPushButton, "stop").isEnabled()
    shown.click("play")
    assert wait_until(lambda: shown.bench.axis.cursor < 1.0, 10), "from the end it begins anew"
    shown.click("stop")


def test_only_the_selection(shown, speaker):
    shown.bench.axis.select((0.5, 1.25))
    shown.press(Qt.Key.Key_Space)
    is_heard(played(shown, speaker), sound(shown)[8_000:20_000])
    assert shown.bench.axis.cursor == pytest.approx(1.25) and shown.bench.axis.selection == (0.5, 1.25)


def test_from_the_cursor_on(shown, speaker):
    shown.click_at(shown.window.signal.plot, 1.0)
    at = round(shown.bench.axis.cursor * 16_000)
    shown.act("actionPlay")
    is_heard(played(shown, speaker), sound(shown)[at:])


def test_a_view_from_close_by_goes_along(shown, speaker):
    shown.bench.axis.show(0.0, 0.3)
    shown.bench.axis.place_cursor(0.0)
    shown.click("play")
    played(shown, speaker)
    start, stop = shown.bench.axis.view
    assert stop - start == pytest.approx(0.3) and start < shown.bench.axis.cursor <= stop


def test_stop_and_space_end_it(shown, speaker):
    for end in (lambda: shown.click("stop"), lambda: shown.press(Qt.Key.Key_Space), lambda: shown.click("play")):
        shown.bench.axis.place_cursor(0.0)
        shown.click("play")
        assert wait_until(lambda: (shown.bench.axis.cursor or 0.0) > 0.2, 10)
        end()
        assert len(played(shown, speaker)) < len(sound(shown))
        assert 0.1 < shown.bench.axis.cursor < shown.bench.view.seconds


@pytest.mark.parametrize(("choice", "speed"), [(0, 0.5), (5, 2.0)])
def test_another_speed_takes_as_much_longer_and_is_remembered(shown, speaker, choice, speed):
    box = shown.find(QComboBox, "speed")
    box.setCurrentIndex(choice)
    box.activated.emit(choice)
    assert shown.bench.settings.speed == speed
    shown.bench.axis.select((0.0, 1.5))
    shown.click("play")
    heard = played(shown, speaker)
    assert len(heard) / 16_000 == pytest.approx(1.5 / speed, abs=0.15)
    assert shown.bench.axis.cursor == pytest.approx(1.5)


def test_a_take_is_heard_as_it_was_cut_and_leaves_the_cursor_alone(shown, speaker):
    shown.teach("computer", [CLIPS / "takes" / "computer_1.flac"])
    shown.bench.axis.place_cursor(0.75)
    shown.click("playTake1")
    take = shown.bench.teaching.word("computer").takes[0]
    is_heard(played(shown, speaker), take.samples[take.start : take.stop])
    assert shown.bench.axis.cursor == 0.75


def test_a_take_by_the_keyboard(shown, speaker):
    shown.teach("computer", [CLIPS / "takes" / "computer_1.flac"])
    button = shown.find(QPushButton, "playTake1")
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    take = shown.bench.teaching.word("computer").takes[0]
    is_heard(played(shown, speaker), take.samples[take.start : take.stop])


def test_a_selection_that_was_dragged_with_the_mouse(shown, speaker):
    shown.drag(shown.window.signal.plot, 0.5, 1.5, Qt.KeyboardModifier.ShiftModifier)
    start, stop = shown.bench.axis.selection
    assert start == pytest.approx(0.5, abs=0.05) and stop == pytest.approx(1.5, abs=0.05)
    shown.click("play")
    is_heard(played(shown, speaker), sound(shown)[round(start * 16_000) : round(stop * 16_000)])


# Words ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def spoken(open_bench, speaker):
    """Two words are read in the sound that is shown."""
    words = (Word("One", 0.5, 0.875), Word("two", 1.0, 1.375))
    ear = EarInProcess(replace(silent_equipment(), open_output=speaker), real_time=True)
    page = open_bench(twin=True, ear=ear, make_host=partial(ScriptedHost, read=lambda samples: words))
    page.show_file(SPOKEN / "digits_short.flac")
    return page


def test_a_word_by_a_double_click_in_its_lane(spoken, speaker):
    lanes = spoken.window.signal.lanes
    at = QPointF(lanes._x(1.02), lanes.height() / len(lanes._rows) / 2).toPoint()
    QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=at)
    assert spoken.bench.axis.selection == (1.0, 1.375) and not spoken.bench.playback.playing
    QTest.mouseDClick(lanes, Qt.MouseButton.LeftButton, pos=at)
    is_heard(played(spoken, speaker), sound(spoken)[16_000:22_000])


def test_a_word_by_the_keyboard(spoken, speaker):
    """Ctrl and an arrow go to its edge, Return selects it, Space plays it."""
    spoken.bench.axis.place_cursor(0.95)
    spoken.press(Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert spoken.bench.axis.cursor == 1.0
    spoken.press(Qt.Key.Key_Return)
    spoken.press(Qt.Key.Key_Space)
    is_heard(played(spoken, speaker), sound(spoken)[16_000:22_000])


def test_a_word_by_a_double_click_in_the_transcript(spoken, speaker):
    text = spoken.window.transcripts.a.text
    cursor = text.document().find("two")
    cursor.setPosition(cursor.selectionStart() + 1)
    at = text.cursorRect(cursor).center()
    QTest.mouseDClick(text.viewport(), Qt.MouseButton.LeftButton, pos=at)
    is_heard(played(spoken, speaker), sound(spoken)[16_000:22_000])


def test_the_output_device_of_the_settings_is_used(open_with, speaker):
    page = open_with(settings=Settings(output_device="Headphones (ALSA)"))
    page.show_file(SPOKEN / "digits_short.flac")
    page.click("play")
    assert speaker.asked == ["Headphones (ALSA)"]
    page.click("stop")
    assert wait_until(lambda: not page.bench.playback.playing, 10)
    page.bench.playback.device = None
    page.click("play")
    assert speaker.asked == ["Headphones (ALSA)", None]
    page.click("stop")


def test_nothing_to_play(open_with, speaker):
    page = open_with()
    assert not page.find(QPushButton, "play").isEnabled()
    page.act("actionPlay")
    assert "nothing to play" in page.notice and speaker.asked == []


def test_without_a_loudspeaker_there_is_one_notice(shown, speaker):
    speaker.missing = True
    told = []
    shown.bench.notices.error.connect(told.append)
    shown.click("play")
    assert wait_until(lambda: bool(shown.notice), 10)
    assert "No loudspeaker or headphones" in shown.notice and len(told) == 1
    assert not shown.bench.playback.playing and shown.find(QPushButton, "play").isEnabled()
    speaker.missing = False
    shown.click("play")
    assert shown.bench.playback.playing, "once it is plugged in it works"
    shown.click("stop")


def test_another_sound_ends_what_is_played_and_its_cursor_stays_where_it_is(shown, speaker):
    shown.click("play")
    assert wait_until(lambda: (shown.bench.axis.cursor or 0.0) > 0.1, 10)
    shown.show_file(SPOKEN / "digits.flac")
    assert wait_until(lambda: not shown.bench.playback.playing, 10)
    assert shown.bench.axis.cursor is None
    samples = read_clip(SPOKEN / "digits_short.flac").samples
    assert len(speaker.heard) <= len(samples) + 2000


def test_recording_ends_what_is_played(shown, speaker):
    shown.click("play")
    assert wait_until(lambda: len(speaker.heard) > 1000, 10)
    shown.bench.use_demo()
    assert wait_until(lambda: shown.bench.sound.running is not None and not shown.bench.playback.playing, 10)
    assert shown.bench.axis.cursor is None
