"""An ordinary day: listening first, pausing, quitting too early, changing one's mind, many files, other microphones."""

from functools import partial

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QMessageBox, QPushButton
from small_whisper import SPOKEN

from labbench.audio.interruption import Interruption
from labbench.audio.source import DeviceSpec, FileSpec
from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.ear_process import EarInProcess
from labbench.live.messages import Advance
from labbench.models.scripted_host import ScriptedHost
from labbench.session.results import load_results
from labbench.session.settings import Settings, load_settings, save_settings
from labbench.testing.devices import Plugs, microphone
from labbench.transcript.types import Word
from labbench.ui.file_queue import FileState

CLIPS = assets() / "clips"
TAKES = sorted((CLIPS / "takes").glob("computer_*.flac"))
WORDS = (Word("One", 0.5, 0.9), Word("two", 1.0, 1.4), Word("three", 1.5, 1.9), Word("One", 2.0, 2.4))
HEADSET, WEBCAM = microphone("Headset"), microphone("Webcam", default=True)


@pytest.fixture
def open_light(open_bench):
    """A window whose engines read four words in everything, without devices or with those of `Plugs`."""

    def open_one(plugs=None, **changes):
        if plugs is not None:
            changes["ear"] = EarInProcess(plugs.equipment(), real_time=True)
        return open_bench(twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS), **changes)

    return open_one


@pytest.fixture
def page(open_light):
    return open_light()


def stepped(path=SPOKEN / "digits.flac"):
    return FileSpec(path, "Stepped", stepped=True)


def samples_of(name="digits.flac"):
    return soundfile.read(SPOKEN / name, dtype="float32")[0]


def advance(page, seconds):
    for _ in range(round(seconds / 0.25)):
        page.bench.sound.send(Advance(0.25))
        page.bench.sound.tick()


def running(page):
    assert wait_until(lambda: page.bench.sound.running is not None, 10)


def stopped(page):
    page.click("stop")
    assert wait_until(lambda: page.bench.shown.recording is not None and not page.bench.busy, 10)
    return page.bench.shown.recording


# Listening, recording, pausing ----------------------------------------------------------------------------------------


def test_a_recording_begins_a_second_before_record_was_pressed(page):
    page.bench.start(stepped(), record=False)
    running(page)
    advance(page, 3.0)
    assert page.text("openState") == "Clip plays as microphone, not recording"
    assert page.bench.desk.session.folder.exists() is False, "nothing is written"
    page.click("record")
    page.bench.sound.tick()
    assert page.bench.sound.recording_to is not None and page.bench.sound.seconds == pytest.approx(1.0)
    assert page.bench.axis.view[0] == 0.0 and page.text("openState") == "Clip plays as microphone"
    advance(page, 2.0)
    wave = page.window.signal.wave
    assert wave.times[0] < 0.02 and wave.times[-1] == pytest.approx(3.0, abs=0.02)
    recording = stopped(page)
    recorded, _ = soundfile.read(recording.path, dtype="float32")
    assert np.array_equal(recorded, samples_of()[2 * 16_000 : 5 * 16_000])
    assert page.bench.view.frames == len(recorded)


def test_listening_only_leaves_nothing_behind(page):
    page.find(QComboBox, "source").setCurrentIndex(0)
    page.click("listen")
    running(page)
    assert not page.find(QPushButton, "pause").isVisible()
    page.click("stop")
    assert wait_until(lambda: page.bench.sound.running is None, 10)
    assert "No recording was kept" in page.text("status")
    assert page.bench.shown.recording is None and not page.bench.desk.session.folder.exists()


def test_a_pause_is_marked_at_its_place_and_nothing_is_doubled(page):
    page.bench.start(stepped())
    running(page)
    advance(page, 2.0)
    page.click("pause")
    assert page.bench.sound.paused and page.text("recordingState").endswith("Paused")
    assert page.find(QPushButton, "pause").text() == "Resume"
    advance(page, 1.0)
    assert page.bench.sound.seconds == pytest.approx(2.0)
    page.click("pause")
    assert page.text("openState") == "Clip plays as microphone"
    assert page.find(QPushButton, "pause").text() == "Pause"
    advance(page, 2.0)
    mark = Interruption(2 * 16_000, 0, "pause")
    assert page.window.signal.interruptions == [mark], "while it runs"
    recording = stopped(page)
    assert recording.marks == (mark,) and page.window.signal.interruptions == [mark]
    recorded, _ = soundfile.read(recording.path, dtype="float32")
    assert np.array_equal(recorded, samples_of()[: 4 * 16_000])
    page.act("theme-light")
    colour = page.window.signal._losses[0][0].pen.color().name()
    assert colour == page.window.theme.muted, "a pause is no loss, in no theme"


def test_for_how_long_the_disk_has_room_is_told_while_recording(page, monkeypatch):
    free = [2 * 16_000 * 3600 * 25.0]
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": free[0]}))
    page.bench.start(stepped(CLIPS / "sentences_without.flac"))
    running(page)
    advance(page, 1.0)
    assert (page.text("elapsed"), page.text("room")) == ("0:01.0", "room for 25 h")
    free[0] /= 50
    advance(page, 9.0)
    assert (page.text("elapsed"), page.text("room")) == ("0:10.0", "disk full in 30 min")
    monkeypatch.undo()
    stopped(page)
    assert (page.text("elapsed"), page.text("room")) == ("0:10.0", "")


def test_a_source_that_cannot_be_opened_leaves_what_was_shown(page):
    page.show_file(SPOKEN / "digits_short.flac")
    recording = page.bench.shown.recording
    page.bench.start(DeviceSpec())
    assert wait_until(lambda: "No microphone" in page.notice, 10)
    assert wait_until(lambda: page.bench.shown.recording == recording, 10)
    assert "No microphone" in page.notice and page.engine_text("A") == "One two three One"
    assert page.find(QPushButton, "play").isEnabled()


# Quitting -------------------------------------------------------------------------------------------------------------


def test_quitting_while_recording_asks_and_go_on_goes_on(page):
    page.bench.start(stepped())
    running(page)
    advance(page, 1.0)
    page.window.close()
    box = page.window.findChild(QMessageBox, "stillRecording")
    assert page.window.isVisible() and box is not None
    box.button(QMessageBox.StandardButton.NoButton)
    QTest.mouseClick(box.defaultButton(), Qt.MouseButton.LeftButton)
    assert box.defaultButton().text() == "Go on recording"
    advance(page, 1.0)
    assert page.window.isVisible() and page.bench.sound.seconds == pytest.approx(2.0)
    assert np.array_equal(soundfile.read(stopped(page).path, dtype="float32")[0], samples_of()[: 2 * 16_000])


def test_stop_and_quit_keeps_the_recording(page):
    page.bench.start(stepped())
    running(page)
    advance(page, 1.0)
    path = page.bench.sound.recording_to
    page.window.close()
    box = page.window.findChild(QMessageBox, "stillRecording")
    QTest.mouseClick(box.findChild(QPushButton, "stopAndQuit"), Qt.MouseButton.LeftButton)
    assert wait_until(lambda: not page.window.isVisible(), 10)
    assert np.array_equal(soundfile.read(path, dtype="float32")[0], samples_of()[:16_000])
    assert path.with_suffix(".json").exists()


def test_quitting_while_only_listening_asks_nothing(page):
    page.bench.start(stepped(), record=False)
    running(page)
    page.window.close()
    assert not page.window.isVisible()


# Undo -----------------------------------------------------------------------------------------------------------------


def test_takes_words_and_thresholds_come_back(page):
    page.teach("computer", TAKES[:3])
    teaching = page.bench.teaching
    labels = [take.label for take in teaching.word("computer").takes]
    page.click("removeTake2")
    assert [take.label for take in teaching.word("computer").takes] == [labels[0], labels[2]]
    page.act("actionUndo")
    assert [take.label for take in teaching.word("computer").takes] == labels
    page.act("actionRedo")
    assert len(teaching.word("computer").takes) == 2
    page.act("actionUndo")
    for threshold in (0.5, 0.55, 0.6):  # as a slider that is dragged
        teaching.set_threshold("computer", threshold)
    assert page.window.strip.thresholds["computer"].value() == 0.6
    page.act("actionUndo")
    assert teaching.word("computer").threshold_set is None, "a drag is one step"
    page.act("actionRedo")
    assert teaching.word("computer").threshold_set == 0.6 and "0.60" in page.text("thresholdValue")
    page.click("forgetWord")
    assert teaching.words == () and page.window.strip.thresholds == {}
    page.act("actionUndo")
    assert teaching.word("computer").threshold_set == 0.6 and "computer" in page.window.strip.thresholds
    page.bench.desk.close()
    page.bench.teaching.save()
    assert '"computer"' in page.bench.desk.session.words_path.read_text()


def test_labels_come_back_also_those_of_another_recording(page):
    page.show_file(SPOKEN / "digits_short.flac")
    first = page.bench.shown.recording
    page.bench.axis.select((0.5, 1.0))
    page.bench.labels.add("one")
    page.bench.axis.select((0.0, 2.0))
    page.act("actionDeleteLabels")
    assert page.bench.keeping.labels == ()
    page.act("actionUndo")
    assert [label.text for label in page.bench.keeping.labels] == ["one"]
    page.show_file(CLIPS / "speech_short.flac")
    page.act("actionUndo")
    assert page.bench.keeping.labels == (), "not of this one"
    assert load_results(page.bench.desk.session, first)[0].labels == ()
    page.act("actionRedo")
    page.bench.open_recording(first)
    assert wait_until(lambda: page.bench.shown.recording == first, 10)
    assert [(label.start, label.end, label.text) for label in page.bench.keeping.labels] == [(0.5, 1.0, "one")]


@pytest.fixture
def trash(tmp_path, monkeypatch):
    """The system's trash, in the test's own folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path / "share" / "Trash" / "files"


def test_a_recording_goes_to_the_trash_and_comes_back(page, trash):
    page.show_file(SPOKEN / "digits_short.flac")
    recording = page.bench.shown.recording
    content = recording.path.read_bytes()
    for _ in range(2):
        page.act("actionTrash")
        assert not recording.path.exists() and not recording.path.with_suffix(".json").exists()
        assert len(list(trash.iterdir())) == 2 and "trash" in page.notice
        assert page.bench.shown.recording is None and page.window.welcome.isVisible()
        assert not page.find(QPushButton, "play").isEnabled()
        page.act("actionUndo")
        assert wait_until(lambda: page.bench.shown.recording == recording, 10)
        assert recording.path.read_bytes() == content and page.engine_text("A") == "One two three One"
        assert list(trash.iterdir()) == []
    page.act("actionRedo")
    assert not recording.path.exists()
    for path in trash.iterdir():
        path.unlink()
    page.act("actionUndo")
    assert "not in the trash any more" in page.notice


def test_the_trash_leaves_a_recording_that_runs_alone(page, trash):
    page.show_file(SPOKEN / "digits_short.flac")
    recording = page.bench.shown.recording
    page.act("actionTrash")
    page.bench.start(stepped())
    running(page)
    advance(page, 1.0)
    page.act("actionUndo")
    assert recording.path.exists() and page.bench.sound.running is not None
    page.act("actionRedo")
    advance(page, 1.0)
    assert not recording.path.exists() and page.bench.sound.seconds == pytest.approx(2.0)


def test_there_is_nothing_to_throw_away(page):
    page.act("actionTrash")
    assert "No recording is shown" in page.notice and not page.bench.undo.canUndo()


# Find -----------------------------------------------------------------------------------------------------------------


def test_find_goes_through_words_and_labels(page):
    page.show_file(SPOKEN / "digits_short.flac")
    page.bench.axis.select((2.1, 2.3))
    page.bench.labels.add("someone")
    page.act("actionFind")
    page.type("findText", "one")
    assert page.text("findCount") == "3 found"
    seen = []
    for _ in range(4):
        QTest.keyClick(page.find(QLineEdit, "findText"), Qt.Key.Key_Return)
        seen.append((page.bench.axis.selection, page.text("findCount")))
    assert [span for span, _ in seen] == [(0.5, 0.9), (2.0, 2.4), (2.1, 2.3), (0.5, 0.9)]
    assert [count for _, count in seen] == ["1 of 3", "2 of 3", "3 of 3", "1 of 3"]
    page.click("findPrevious")
    assert page.bench.axis.selection == (2.1, 2.3)
    page.find(QLineEdit, "findText").setText("two  THREE")
    page.act("actionFindNext")
    assert page.bench.axis.selection == (1.0, 1.9), "across words, whatever the case"
    page.find(QLineEdit, "findText").setText("seven")
    assert page.text("findCount") == "nothing found"


def test_find_does_not_remember_another_sound(page):
    page.show_file(SPOKEN / "digits_short.flac")
    page.act("actionFind")
    page.type("findText", "three")
    page.act("actionFindNext")
    for slot in page.bench.engines.slots:
        slot.host._read = lambda samples: ()
    page.show_file(CLIPS / "speech_short.flac")
    page.act("actionFindNext")
    assert page.bench.axis.selection is None and page.text("findCount") == "nothing found"


# Files ----------------------------------------------------------------------------------------------------------------


def test_recent_files_are_offered_and_open(page, tmp_path):
    gone = tmp_path / "gone.wav"
    gone.write_bytes((CLIPS / "silence.flac").read_bytes())
    for path in (gone, SPOKEN / "digits_short.flac", CLIPS / "speech_short.flac", SPOKEN / "digits_short.flac"):
        page.show_file(path)
    gone.unlink()
    page.window.menus.recent.aboutToShow.emit()
    entries = page.window.menus.recent.actions()
    assert [(entry.text(), entry.isEnabled()) for entry in entries] == [
        ("digits_short.flac", True),
        ("speech_short.flac", True),
        ("gone.wav", False),
    ]
    before = page.bench.shown.recording
    entries[1].trigger()
    assert wait_until(lambda: page.bench.shown.recording != before, 10)
    assert page.bench.shown.recording.title == "speech_short"


def test_opening_a_file_leaves_the_chosen_microphone_alone(open_light):
    page = open_light(Plugs([WEBCAM, HEADSET]))
    page.bench.sources.choose(DeviceSpec(HEADSET.label))
    page.show_file(SPOKEN / "digits_short.flac")
    assert page.window.toolbar.chosen.spec == DeviceSpec(HEADSET.label)
    assert any("digits_short" in choice.title for choice in page.bench.sources.choices)


def test_a_queue_of_files_of_which_one_is_bad(page, tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF but no sound")
    page.bench.queue.add([SPOKEN / "digits_short.flac", bad, CLIPS / "speech_short.flac"])
    assert wait_until(lambda: page.bench.queue.left == 0, 30)
    files = page.bench.queue.files
    assert [file.state for file in files] == [FileState.DONE, FileState.FAILED, FileState.DONE]
    assert "bad.wav" in files[1].note and files[0].note.startswith("4 words")
    assert wait_until(lambda: "2 files were read, 1 could not be." in page.notice, 10)
    page.bench.desk.save()
    recordings = page.bench.desk.session.recordings()
    assert [recording.title for recording in recordings] == ["digits_short", "speech_short"]
    for recording in recordings:
        kept = load_results(page.bench.desk.session, recording)[0]
        assert [kept.transcript_a.transcript.text, kept.transcript_b.transcript.text] == ["One two three One"] * 2
    assert [file.recording for file in files] == [recordings[0], None, recordings[1]]


def test_a_queue_is_cancelled_and_keeps_what_was_read(page):
    page.bench.queue.add([SPOKEN / "digits_short.flac", CLIPS / "sentences_without.flac", CLIPS / "speech_short.flac"])
    assert wait_until(lambda: page.bench.queue.files[0].state is FileState.DONE, 20)
    assert page.bench.queue.current is page.bench.queue.files[1]
    page.bench.queue.cancel()
    assert [(file.path.stem, file.state) for file in page.bench.queue.files] == [
        ("digits_short", FileState.DONE),
        ("sentences_without", FileState.CANCELLED),
    ]
    assert page.bench.queue.left == 0
    page.bench.queue.add([CLIPS / "speech_short.flac"])
    assert wait_until(lambda: page.bench.queue.left == 0, 20)
    assert [file.state for file in page.bench.queue.files] == [FileState.DONE]


def test_a_queue_does_not_wait_for_ever_for_a_file_that_never_opens(page, monkeypatch):
    page.bench.queue.add([SPOKEN / "digits_short.flac", CLIPS / "speech_short.flac"])

    def refuse():
        raise LabBenchError("The disk is full.", "Make room.")

    monkeypatch.setattr(page.bench.desk, "need", refuse)
    assert wait_until(lambda: page.bench.queue.left == 0, 20)
    assert [file.state for file in page.bench.queue.files] == [FileState.FAILED] * 2


# Microphones ----------------------------------------------------------------------------------------------------------


def listed(page, count):
    assert wait_until(lambda: len(page.bench.sources.devices.inputs) == count, 10)


def look(page):
    """As the timer does every few seconds."""
    page.bench.sources._look_for_changes()
    page.bench.sound.tick()


def test_the_chosen_microphone_is_remembered_over_restarts(open_light, tmp_path):
    kept = tmp_path / "settings.json"
    plugs = Plugs([WEBCAM, HEADSET])
    first = open_light(plugs, save_settings=partial(save_settings, kept))
    listed(first, 2)
    box = first.find(QComboBox, "source")
    box.setCurrentIndex(next(index for index in range(box.count()) if box.itemText(index).startswith("Headset")))
    box.activated.emit(box.currentIndex())
    first.window.leave()
    assert load_settings(kept)[0].input_device == HEADSET.label

    second = open_light(Plugs([WEBCAM, HEADSET]), settings=load_settings(kept)[0])
    listed(second, 2)
    assert second.find(QComboBox, "source").currentText().startswith("Headset") and not second.notice
    second.window.leave()

    without = Plugs([WEBCAM])
    third = open_light(without, settings=load_settings(kept)[0], save_settings=partial(save_settings, kept))
    listed(third, 1)
    assert f"{HEADSET.label} is not here" in third.notice and "default microphone" in third.notice
    assert third.find(QComboBox, "source").currentText() == "Default microphone"
    third.click("record")
    running(third)
    stopped(third)
    assert without.opened == [WEBCAM.label]
    assert load_settings(kept)[0].input_device == HEADSET.label, "what stands in does not take its place"
    without.inputs = (WEBCAM, HEADSET)
    look(third)
    assert third.find(QComboBox, "source").currentText().startswith("Headset"), "as soon as it is there"
    assert "Headset plugged in" in third.text("status")
    third.bench.use_demo()
    running(third)
    stopped(third)
    third.bench.use_microphone()
    running(third)
    assert without.opened == [WEBCAM.label, HEADSET.label]


def test_microphones_that_come_and_go(open_light):
    plugs = Plugs([])
    page = open_light(plugs)
    listed(page, 0)
    assert wait_until(lambda: "No microphone was found" in page.text("status"), 10)
    plugs.inputs = (WEBCAM,)
    look(page)
    assert "Webcam plugged in" in page.text("status")
    assert any(choice.spec == DeviceSpec(WEBCAM.label) for choice in page.bench.sources.choices)
    plugs.inputs = ()
    look(page)
    assert "Webcam gone" in page.text("status")
    page.act("actionRescan")
    assert wait_until(lambda: "No microphone was found" in page.notice, 10)


def test_a_change_while_recording_waits_and_says_so(open_light):
    plugs = Plugs([WEBCAM])
    page = open_light(plugs)
    listed(page, 1)
    page.bench.use_microphone()
    running(page)
    plugs.inputs = (WEBCAM, HEADSET)
    page.act("actionRescan")
    assert wait_until(lambda: "listed anew when the microphone is closed" in page.notice, 10)
    assert page.bench.sound.running is not None and len(page.bench.sources.devices.inputs) == 1
    stopped(page)
    look(page)
    assert len(page.bench.sources.devices.inputs) == 2


# What is remembered ---------------------------------------------------------------------------------------------------


def test_settings_are_kept_and_the_layout_restored(open_light, tmp_path):
    kept = tmp_path / "settings.json"
    first = open_light(save_settings=partial(save_settings, kept))
    first.act("theme-light")
    first.act("spectrogram-kind-linear")
    first.find(QComboBox, "speed").activated.emit(4)
    first.show_file(SPOKEN / "digits_short.flac")
    first.window.resize(760, 700)
    first.window.across.setSizes([500, 420])
    first.window.down.setSizes([260, 200, 130])
    sizes = first.window.across.sizes(), first.window.down.sizes()
    first.window.close()
    settings = load_settings(kept)[0]
    assert (settings.theme, settings.spectrogram.kind, settings.speed) == ("light", "linear", 1.5)
    assert settings.recent == (str(SPOKEN / "digits_short.flac"),)

    second = open_light(settings=settings)
    second.window.restore(settings.layout)
    assert (second.window.width(), second.window.height()) == (760, 700)
    for splitter, kept_sizes in zip((second.window.across, second.window.down), sizes, strict=True):
        shares = np.array(kept_sizes) / sum(kept_sizes)
        assert wait_until(
            lambda part=splitter, shares=shares: np.allclose(
                np.array(part.sizes()) / sum(part.sizes()), shares, atol=0.02
            ),
            5,
        )
    assert second.bench.playback.speed == 1.5 and second.find(QComboBox, "speed").currentText() == "1.5×"
    assert [path.name for path in second.bench.preferences.recent] == ["digits_short.flac"]
    second.show_file(CLIPS / "speech_short.flac")
    assert second.window.signal.spectrogram.settings.kind == "linear"
    second.window.restore("bm9uc2Vuc2U=")
    assert (second.window.width(), second.window.height()) == (760, 700), "nonsense changes nothing"


def test_settings_that_cannot_be_written_give_a_notice(open_light):
    def full(settings: Settings) -> None:
        raise LabBenchError("The disk is full.", "Make room.")

    page = open_light(save_settings=full)
    page.act("theme-light")
    assert "The disk is full" in page.notice and page.window.theme.name == "light"


def test_escape_dismisses_a_notice_and_then_stops(page):
    page.window.activateWindow()
    assert wait_until(page.window.isActiveWindow, 10)
    page.bench.notices.info.emit("Something.")
    QTest.keyClick(page.window, Qt.Key.Key_Escape)
    assert page.notice == ""
    page.bench.start(stepped())
    running(page)
    page.bench.notices.info.emit("Something else.")
    QTest.keyClick(page.window, Qt.Key.Key_Escape)
    assert wait_until(lambda: page.bench.sound.running is None, 10), "what runs is ended first"


def test_results_that_could_not_be_written_are_written_later(page, monkeypatch):
    page.show_file(SPOKEN / "digits_short.flac")
    page.bench.desk.save()

    def full(*_):
        raise LabBenchError("The disk is full.", "Make room.")

    page.bench.axis.select((0.5, 1.0))
    with monkeypatch.context() as patched:
        patched.setattr("labbench.ui.sessions.session_desk.save_labels", full)
        page.bench.labels.add("one")
        page.bench.desk.save()
        assert "The disk is full" in page.notice
    page.bench.desk.save()
    kept = load_results(page.bench.desk.session, page.bench.shown.recording)[0]
    assert [label.text for label in kept.labels] == ["one"]
