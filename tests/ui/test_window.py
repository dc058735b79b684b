"""The window itself: names, keys, themes, notices, sizes."""

from dataclasses import replace
from itertools import pairwise, product

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSlider,
    QTextBrowser,
)
from small_whisper import SPOKEN

from labbench.audio.devices import Device, DeviceList
from labbench.audio.files import read_clip
from labbench.audio.source import DeviceSpec, FileSpec
from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.ear_process import EarInProcess
from labbench.live.messages import Advance
from labbench.models.scripted_host import ScriptedHost
from labbench.testing.silence import silent_equipment
from labbench.ui.theme import THEMES
from labbench.ui.window_layout import fitting_size

CLIPS = assets() / "clips"
TAKES = sorted((CLIPS / "takes").glob("computer_*.flac"))
CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QSlider, QProgressBar, QTextBrowser)


def test_every_control_has_a_name_for_tests_and_for_screen_readers(open_bench):
    page = open_bench(twin=True)
    page.teach("computer", [CLIPS / "takes" / "computer_1.flac"])
    nameless = [
        widget
        for kind in CONTROLS
        for widget in page.window.findChildren(kind)
        if not widget.objectName().startswith("qt_") and not (widget.objectName() and widget.accessibleName())
    ]
    assert not nameless
    names = [widget.objectName() for widget in page.window.findChildren(QAbstractButton) if widget.objectName()]
    assert len(names) == len(set(names))


def test_an_empty_window_offers_three_next_steps(open_bench):
    page = open_bench(twin=True, real_time=True)
    texts = [page.find(QPushButton, name).text() for name in ("useDemo", "useMicrophone", "openFile")]
    assert texts == ["Use the demo clip", "Use my microphone", "Open a file"]
    assert all(page.find(QPushButton, name).isVisible() for name in ("useDemo", "useMicrophone", "openFile"))
    page.click("useDemo")
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    assert not page.window.welcome.isVisible() and page.window.signal.isVisible()
    assert page.bench.sound.running.title == "Demo clip"


def ear_with(list_devices):
    """The ear's twin on a computer with other devices."""
    return EarInProcess(replace(silent_equipment(), list_devices=list_devices))


def test_no_microphone_is_told_and_leaves_the_window_as_it_was(open_bench):
    page = open_bench(twin=True)
    page.click("useMicrophone")
    assert wait_until(page.window.notice.isVisible, 10)
    assert "No microphone was found" in page.window.notice.text and "demo clip" in page.window.notice.text
    assert page.find(QPushButton, "record").isEnabled()
    page.click("dismissNotice")
    assert not page.window.notice.isVisible()


def test_a_missing_portaudio_leaves_clips(open_bench):
    def missing(refresh):
        raise LabBenchError("The sound library PortAudio is missing.", "Install it.")

    page = open_bench(twin=True, ear=ear_with(missing))
    assert wait_until(lambda: "PortAudio" in page.window.notice.text, 10)
    assert page.find(QComboBox, "source").count() >= 3


def test_shortcuts_record_and_stop(open_bench):
    page = open_bench(twin=True)
    page.window.activateWindow()
    assert wait_until(page.window.isActiveWindow, 10)
    QTest.keyClick(page.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    assert page.find(QPushButton, "stop").isEnabled() and not page.find(QPushButton, "record").isEnabled()
    QTest.keyClick(page.window, Qt.Key.Key_Escape)
    assert wait_until(lambda: page.bench.shown.recording is not None, 10)
    assert page.bench.shown.recording.path.exists()


def test_the_keyboard_reaches_every_first_step(open_bench):
    page = open_bench(twin=True)
    page.find(QPushButton, "useDemo").setFocus()
    QTest.keyClick(page.window.focusWidget(), Qt.Key.Key_Tab)
    assert page.window.focusWidget().objectName() == "useMicrophone"
    QTest.keyClick(page.window.focusWidget(), Qt.Key.Key_Tab)
    assert page.window.focusWidget().objectName() == "openFile"


def cut(window) -> list[str]:
    """Labels and buttons that have less room than their text needs."""
    return [
        widget.objectName() or widget.text()
        for widget in window.findChildren(QLabel) + window.findChildren(QPushButton)
        if widget.isVisible()
        and widget.visibleRegion().boundingRect().isValid()
        and widget.width() < widget.minimumSizeHint().width()
    ]


def test_nothing_is_cut_or_overlaps(open_bench):
    page = open_bench(twin=True)
    page.teach("computer", [CLIPS / "takes" / f"computer_{number}.flac" for number in (1, 2)])
    page.bench.open_file(SPOKEN / "digits_short.flac")
    assert wait_until(lambda: all(slot.transcript for slot in page.bench.engines.slots), 60)
    panel = page.window.words
    rows = [panel.name, panel.findChild(QSlider, "threshold"), panel.expectation]
    for theme, size in product(THEMES, ((1366, 768), (1280, 860), (1920, 1080))):
        page.find(QAction, f"theme-{theme}").trigger()
        page.window.resize(*size)
        assert (page.window.width(), page.window.height()) == size
        wait_until(lambda: not cut(page.window), 2)
        assert not cut(page.window), (theme, size)
        for above, below in pairwise(rows):
            assert above.geometry().bottom() < below.geometry().top(), (theme, size)


def test_the_row_at_the_top_fits_while_recording(open_bench):
    page = open_bench(twin=True)
    page.window.resize(1280, 860)
    toolbar = page.window.toolbar
    toolbar.show_running(DeviceSpec(), opening=False, recording=True)
    for theme, paused in product(THEMES, (False, True)):
        page.find(QAction, f"theme-{theme}").trigger()
        toolbar.show_level(0.5, 3599.0, "room for 657 h")
        toolbar.show_paused(paused)
        wait_until(lambda: not cut(page.window), 2)
        assert not cut(page.window), (theme, paused)
        assert toolbar.recording.isVisible() and not toolbar.record_button.isVisible()
        corner = toolbar.export_button.mapTo(page.window, toolbar.export_button.rect().bottomRight())
        assert corner.x() < page.window.width(), (theme, paused)


def test_a_first_notice_can_be_read(open_bench):
    page = open_bench(twin=True)
    page.window.resize(1280, 860)
    page.window.grab()
    notice = page.window.notice
    notice.tell("This file is no sound.", "Choose another one.")
    page.window.grab()
    row, text = notice.layout(), notice.findChild(QLabel, "noticeText")
    assert row.geometry() == notice.contentsRect() and notice.rect().contains(text.geometry())


def test_a_notice_leaves_the_rest_in_its_place(open_bench):
    page = open_bench(twin=True)
    page.show_file(SPOKEN / "digits_short.flac")
    area = page.find(QScrollArea, "everything")
    text, notice = page.find(QLabel, "noticeText"), page.window.notice
    for size in ((1280, 700), (1900, 1000)):
        page.window.resize(*size)
        notice.tell("This is short.", "Do that.")
        assert wait_until(lambda: notice.rect().contains(text.geometry()), 5), "all of it is inside"
        notice.tell("Something happened that takes more than a few words to be told. " * 4, "Do this. " * 9)
        assert wait_until(lambda: notice.rect().contains(text.geometry()), 5)
        wait_until(lambda: area.widget().height() == area.viewport().height(), 2)
        assert area.widget().height() == area.viewport().height() and not area.verticalScrollBar().isVisible()
        assert not cut(page.window)
        assert text.height() >= text.heightForWidth(text.width())
        page.window.notice.hide()


def test_a_defect_is_shown_with_its_details(open_bench):
    page = open_bench(twin=True)
    page.window._show_defect("Traceback: something")
    box = page.window.findChild(QMessageBox, "defect")
    assert box is not None and "Traceback: something" in box.detailedText()
    box.close()


def test_a_device_that_disappears_keeps_what_was_recorded(open_bench, monkeypatch):
    import numpy as np

    class Gone:
        rate, title, stuck = 16_000, "Headset", False

        def start(self, ring):
            self.ring, self.polls = ring, 0

        def poll(self):
            self.polls += 1
            if self.polls > 5:
                raise LabBenchError("Headset has disappeared.", "Plug it in again.")
            self.ring.write(np.full(1600, 0.25, np.float32))
            return True

        def pause(self, paused):
            pass

        def close(self):
            pass

    page = open_bench(twin=True)
    monkeypatch.setattr(page.bench._tools.ear._ear, "_open_source", lambda spec, refresh: Gone())
    page.bench.start(DeviceSpec())
    assert wait_until(page.window.notice.isVisible, 10)
    assert "Headset has disappeared" in page.window.notice.text
    assert page.bench.shown.recording.frames == 5 * 1600
    assert page.bench.shown.recording.path.exists()


def test_an_ear_that_dies_loses_nothing_and_comes_back(open_bench):
    """The process that listens is killed while it records: the recording is shown, words are taught again."""
    import psutil

    page = open_bench()
    page.teach("computer", [CLIPS / "takes" / f"computer_{number}.flac" for number in (1, 2)])
    page.click("useDemo")
    assert wait_until(lambda: page.bench.sound.seconds > 1.0, 20)
    heard = page.bench.sound.seconds
    psutil.Process(page.bench._tools.ear.pid).kill()
    assert wait_until(page.window.notice.isVisible, 20)
    assert "ended unexpectedly" in page.window.notice.text
    recording = page.bench.shown.recording
    assert recording.recovered and recording.seconds > heard - 0.5
    page.bench.open_file(CLIPS / "sentences_with.flac")
    assert wait_until(lambda: "computer" in page.detections(), 60)


def test_trouble_with_a_take_does_not_end_what_runs(open_bench, monkeypatch):
    page = open_bench(twin=True, real_time=True)
    page.click("useDemo")
    assert wait_until(lambda: page.bench.sound.seconds > 0.2, 20)

    def broken():
        raise LabBenchError("The embedder is missing.", "Install the program again.")

    monkeypatch.setattr(page.bench._tools.ear._ear._listener, "_load_kit", broken)
    page.bench.teaching.teach_files("computer", [CLIPS / "takes" / "computer_1.flac"])
    assert wait_until(page.window.notice.isVisible, 20)
    assert page.bench.sound.running is not None and not page.bench.teaching.waiting


def test_another_source_while_one_runs(open_bench):
    """The first recording is finished, the second one runs."""
    page = open_bench(twin=True, real_time=True)
    page.click("useDemo")
    assert wait_until(lambda: page.bench.sound.seconds > 0.2, 20)
    first = page.bench.sound.running.record_to
    page.bench.start(next(choice.spec for choice in page.bench.sources.choices if "Sentences" in choice.title))
    assert wait_until(lambda: page.bench.sound.running is not None and page.bench.sound.running.record_to != first, 20)
    assert page.find(QPushButton, "stop").isEnabled() and not page.find(QPushButton, "record").isEnabled()
    assert first.with_suffix(".json").exists()


def test_pressing_start_twice_starts_once(open_bench):
    page = open_bench()
    page.bench.use_demo()
    page.bench.use_demo()
    page.bench.words.record_take("word", page.bench._source)
    assert wait_until(lambda: page.bench.sound.seconds > 0.5, 20)
    assert not page.window.notice.isVisible()
    assert page.bench.sound.running.record_to.name == "0001.wav"
    page.click("stop")
    assert wait_until(lambda: page.bench.shown.recording is not None, 20)


def test_opening_a_file_while_recording_keeps_both_apart(open_bench):
    page = open_bench(twin=True, real_time=True)
    page.click("useDemo")
    assert wait_until(lambda: page.bench.sound.seconds > 0.5, 20)
    recorded = page.bench.sound.running.record_to
    page.bench.open_file(SPOKEN / "digits_short.flac")
    assert wait_until(lambda: page.bench.shown.recording is not None and page.bench.shown.recording.title, 20)
    opened = page.bench.shown.recording
    assert page.bench.sound.running is None and recorded.with_suffix(".json").exists()
    assert opened.title == "digits_short" and opened.path != recorded
    assert page.bench.view.frames == opened.frames == len(read_clip(SPOKEN / "digits_short.flac").samples)
    assert wait_until(lambda: all(slot.transcript for slot in page.bench.engines.slots), 60)
    assert page.engine_text("A") == "two eight five nine"


def test_a_file_that_gives_way_to_a_recording_is_named(open_bench):
    """Asked for while a recording ends, with Record pressed before it has: what was said last is done."""
    page = open_bench(twin=True, real_time=True, make_host=ScriptedHost)
    page.click("useDemo")
    assert wait_until(lambda: page.bench.sound.seconds > 0.2, 20)
    first = page.bench.sound.running.record_to
    page.bench.open_file(SPOKEN / "digits_short.flac")
    page.bench.start(next(choice.spec for choice in page.bench.sources.choices if "Sentences" in choice.title))
    assert wait_until(lambda: page.bench.sound.running is not None and page.bench.sound.running.record_to != first, 20)
    assert "digits_short.flac was not opened" in page.notice
    assert first.with_suffix(".json").exists()


def test_each_frame_of_running_sound_is_drawn_once(open_bench, monkeypatch):
    """The axis that moves on asks for it as well as the sound that has grown."""
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.teach("computer", TAKES)
    page.bench.start(FileSpec(CLIPS / "sentences_with.flac", "Sentences", stepped=True))
    assert wait_until(lambda: page.bench.sound.running is not None, 20)
    strip, drawn = page.window.strip, []

    def watch(curve):
        draw = curve.setData

        def noted(*points):
            drawn.append(
                (curve, page.bench.axis.view, page.bench.view.frames, strip.hops.shape, strip.plot.box.width())
            )
            draw(*points)

        monkeypatch.setattr(curve, "setData", noted)

    watch(page.window.signal.wave)
    watch(strip._curves[0].line)
    for _ in range(54):
        page.bench.sound.send(Advance(0.25))
        page.bench.sound.tick()
    assert len(drawn) == len(set(drawn)) >= 90, "nothing is drawn twice alike"
    assert page.bench.axis.view[0] > 0, "the view has moved on"


@pytest.mark.parametrize(
    ("room", "size"),
    [((1920, 1080), (1280, 860)), ((1366, 768), (1280, 732)), ((1024, 620), (1024, 584)), ((800, 800), (1280, 860))],
)
def test_the_first_size_fits_the_screen(room, size):
    assert fitting_size(room) == size


def test_a_take_is_heard_from_the_microphone_where_there_is_one(open_bench, monkeypatch):
    """Also while a clip is chosen in the source box: a word of one's own must not be taught from the demo."""
    headset = Device(0, "Headset", "ALSA", 1, 16_000, True)
    page = open_bench(twin=True, ear=ear_with(lambda refresh: DeviceList((headset,))))
    assert wait_until(lambda: page.bench.sources.has_microphone, 10)
    assert page.window.toolbar.chosen.title == "Default microphone", "who presses Record wants to be heard"
    page.bench.sources.choose(page.bench.sources.choices[0].spec)
    assert page.window.toolbar.chosen.title.startswith("Demo clip")
    asked = []
    monkeypatch.setattr(page.bench, "start", lambda source, record=True: asked.append(source))
    page.type("wordName", "banana")
    page.click("recordTake")
    assert asked == [DeviceSpec()]
    page.window.toolbar.choose(DeviceSpec())
    assert page.find(QComboBox, "source").currentText() == "Default microphone"


def test_return_presses_a_button(open_bench):
    page = open_bench(twin=True, real_time=True)
    page.find(QPushButton, "useDemo").setFocus()
    QTest.keyClick(page.find(QPushButton, "useDemo"), Qt.Key.Key_Return)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
