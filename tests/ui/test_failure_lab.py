"""The failure lab: spoil a sound with one click, see and hear what both engines make of it."""

import csv
import io
import json
import threading
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QProgressBar
from small_whisper import SPOKEN

from labbench.core.paths import assets
from labbench.core.progress import CancelToken
from labbench.jobs.waiting import wait_until
from labbench.live.ear_process import EarInProcess
from labbench.models.hosting import HostProcess
from labbench.models.scripted_host import ScriptedHost
from labbench.session.results import results_folder
from labbench.session.trials_file import UNSPOILT
from labbench.signal.degradations import DEGRADATIONS
from labbench.testing.devices import Loudspeaker
from labbench.testing.silence import silent_equipment
from labbench.transcript.types import Word
from labbench.ui.dialogs.failure_dialog import FailureDialog, level_words
from labbench.ui.transcripts.error_plot import rate_of
from labbench.ui.transcripts.failure_lab import FailureLab
from labbench.ui.transcripts.lab_trials import LOUDEST_PEAK, LOUDEST_RMS, bounded

CLIPS = assets() / "clips"
SAID = "the garden is full of flowers"
FEW = tuple(
    replace(DEGRADATIONS[name], levels=levels)
    for name, levels in (("white", (20.0, -5.0)), ("silence", (1.0,)), ("speed", (0.5, 0.85, 2.0)), ("babble", (10.0,)))
)


def spoken(text):
    return tuple(Word(word, number * 0.4, number * 0.4 + 0.3) for number, word in enumerate(text.split()))


def reads(samples):
    """All words of a quiet sound; of noise a wrong one."""
    noisy = float(np.sqrt(np.mean(np.diff(samples) ** 2))) > 0.05
    return spoken("the garden was" if noisy else SAID)


@pytest.fixture
def speaker():
    return Loudspeaker(faster=20.0)


@pytest.fixture
def opened(open_bench, speaker):
    """A window that shows a sound, and the lab in it, with a few ways of few levels."""

    def open_one(make_host=lambda spec: ScriptedHost(spec, reads), clip=SPOKEN / "digits_short.flac"):
        ear = EarInProcess(replace(silent_equipment(), open_output=speaker), real_time=True)
        page = open_bench(twin=True, ear=ear, make_host=make_host)
        page.show_file(clip)
        FailureLab(page.bench, FEW)
        page.act("actionFailureLab")
        return page, page.find(FailureDialog, "failureDialog")

    return open_one


def finish(dialog, seconds=60):
    assert wait_until(lambda: not dialog.lab.running, seconds)


def shown(dialog):
    """Level, and rates of both engines, as they are drawn."""
    content = dialog.plot.content
    assert all(dialog.plot.place_of(point) is not None for curve in content.curves for point in curve)
    return [
        [(content.texts[content.levels.index(point.level)], rate_of(point)) for point in curve]
        for curve in content.curves
    ]


def test_one_click_runs_real_engines_and_the_file_has_what_is_shown(open_bench, tmp_path, moonshine):
    page = open_bench(twin=True, make_host=HostProcess)
    page.show_file(SPOKEN / "digits_short.flac", 120)
    lab = FailureLab(page.bench, FEW)
    page.act("actionFailureLab")
    dialog = page.find(FailureDialog, "failureDialog")
    page.click("lab-white")
    finish(dialog, 120)
    a, b = shown(dialog)
    assert [text for text, _ in a] == [text for text, _ in b] == ["as it is", "20 dB", "−5 dB"]
    assert a[0][1] == 0.0 and a[-1][1] > 0.0, "Whisper is right about itself, and wrong in loud noise"
    dialog.export(tmp_path / "lab.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "lab.csv").read_text())))
    assert [(row["way"], float(row["level"])) for row in rows[::2]] == [("none", 0.0), ("white", 20.0), ("white", -5.0)]
    for number, curve in enumerate((a, b)):
        assert [float(row["word_error_rate"]) for row in rows[number::2]] == [rate for _, rate in curve]
    assert rows[0]["text"] == "two eight five nine" and rows[0]["engine"] == "Whisper digits"
    assert float(rows[1]["memory_mb"]) > 50 and float(rows[1]["first_text_s"]) > 0
    assert lab.csv().splitlines()[0].startswith("way,level,unit,engine,language,words,substitutions")


def test_a_student_sees_what_counts_as_right(opened):
    page, dialog = opened()
    assert "Nobody wrote what was really said" in page.text("labReference")
    assert page.find(QLabel, "labReference").property("role") == "warning"
    page.click("lab-white")
    finish(dialog)
    assert dialog.lab.series.source == "engine a" and dialog.lab.series.reference == SAID
    page.bench.reference.write("the garden is full of bees")
    page.click("lab-white")
    finish(dialog)
    assert dialog.lab.series.source == "corrected"
    assert page.text("labReference").startswith("Compared with what was really said")
    assert shown(dialog)[0][0] == ("as it is", pytest.approx(1 / 6))
    choice = page.find(QComboBox, "labSeries")
    assert choice.isVisible() and choice.count() == 2, "what was found before is still there"
    choice.activated.emit(0)
    assert shown(dialog)[0][0] == ("as it is", 0.0)


def test_the_selection_is_tried_with_its_own_words(opened):
    page, dialog = opened()
    page.bench.reference.write("one two three four")
    page.bench.axis.select((0.0, 1.5))
    page.click("lab-silence")
    finish(dialog)
    assert dialog.lab.series.span == (0.0, 1.5) and dialog.lab.series.reference == "one two"
    clean, spoilt = dialog.lab.points("silence", "a")
    assert clean.trial.transcript.duration == pytest.approx(1.5)
    assert spoilt.trial.transcript.duration == pytest.approx(3.5)


def test_a_stretch_in_which_nothing_was_said_is_refused(opened):
    page, dialog = opened()
    page.bench.reference.write("one two three four")
    word = page.bench.reference.transcript.words[0]
    page.bench.axis.select((word.start, word.start + 0.45 * (word.end - word.start)))
    page.click("lab-silence")
    assert page.text("labState").startswith("The corrected text has no words here.") and not dialog.lab.running
    assert dialog.lab.all_series == ()


def test_levels_go_from_mild_to_severe_and_lie_in_order_on_the_axis(opened):
    page, dialog = opened()
    page.click("lab-speed")
    finish(dialog)
    tried = [point.level for point in dialog.lab.series.points if point.way == "speed" and point.slot == "a"]
    assert tried == [0.85, 0.5, 2.0]
    assert [text for text, _ in shown(dialog)[0]] == ["0.5×", "0.85×", "as it is", "2×"]
    assert level_words(DEGRADATIONS["white"], -5.0) == "−5 dB"


def test_voices_are_tried_at_the_ratio_that_was_chosen(opened):
    page, dialog = opened()
    dialog.ratio.clear()
    page.type("labRatio", "7")
    page.click("lab-babble")
    finish(dialog)
    assert [text for text, _ in shown(dialog)[0]] == ["as it is", "10 dB", "7 dB"]
    dialog.ratio.clear()
    page.type("labRatio", "-999")
    QTest.keyClick(dialog.ratio, Qt.Key.Key_Return)
    page.click("lab-babble")
    finish(dialog)
    assert dialog.lab.scale("babble").count(-99.0) == 0, "a ratio beyond what makes sense is not tried"


def test_a_point_is_clicked_read_and_heard(opened, speaker):
    page, dialog = opened()
    page.click("lab-white")
    page.click("lab-silence")
    finish(dialog)
    assert wait_until(lambda: set(dialog.lab.tried) == {"white", "silence"} and not dialog.lab.running, 20)
    page.click("lab-white")
    point = dialog.lab.points("white", "b")[-1]
    QTest.mouseClick(dialog.plot, Qt.MouseButton.LeftButton, pos=dialog.plot.place_of(point).toPoint())
    assert dialog.plot.point.level == -5.0
    assert page.text("labPoint").startswith("Noise, −5 dB") and "67%" in page.text("labPoint")
    assert dialog.text.toPlainText().replace("‸", "").split()[:2] == ["the", "garden"]
    assert [piece.text for piece in dialog.text._pieces if piece.look == "wrong"] == ["was"]
    page.click("labPlay")
    assert wait_until(lambda: page.bench.playback.playing, 20)
    assert wait_until(lambda: not page.bench.playback.playing, 20)
    assert 0.01 < np.max(np.abs(speaker.heard)) <= LOUDEST_PEAK
    assert len(speaker.heard) >= 3.0 * 16_000


def test_the_keyboard_reaches_every_point(opened):
    page, dialog = opened()
    page.click("lab-white")
    finish(dialog)
    dialog.plot.setFocus()
    reached = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left):
        QTest.keyClick(dialog.plot, key)
        reached.append((dialog.plot.point.slot, dialog.plot.content.texts[_place(dialog)]))
    assert reached == [
        ("a", "as it is"),
        ("a", "20 dB"),
        ("a", "−5 dB"),
        ("a", "−5 dB"),
        ("b", "−5 dB"),
        ("b", "20 dB"),
    ]
    assert "Moonshine" in dialog.plot.accessibleDescription()


def _place(dialog):
    return dialog.plot.content.levels.index(dialog.plot.point.level)


@pytest.mark.parametrize("kind", [QAbstractButton, QComboBox, QProgressBar, QLineEdit])
def test_every_control_has_a_name(opened, kind):
    _, dialog = opened()
    controls = dialog.findChildren(kind)
    assert controls and all(one.objectName() and one.accessibleName() for one in controls)
    assert dialog.plot.accessibleName()


class HeldHost(ScriptedHost):
    """Reads the sound as it is at once, and waits in each spoilt one for its cancel."""

    def __init__(self, spec, waiting):
        super().__init__(spec, reads)
        self.waiting = waiting
        self.count = 0

    def transcribe(self, samples, options, on_progress, cancel: CancelToken, stopped=None):
        self.count += 1
        if self.count > 2:  # once for the window, once for the lab
            self.waiting.set()
            cancel.wait(30)
            cancel.check()
        return super().transcribe(samples, options, on_progress, cancel, stopped)


@pytest.mark.parametrize("how", ["cancel", "sound", "record", "close"])
def test_what_was_found_stays_when_it_is_stopped(opened, how):
    waiting = threading.Event()
    page, dialog = opened(partial(HeldHost, waiting=waiting))
    page.click("lab-white")
    assert wait_until(waiting.is_set, 20) and wait_until(lambda: len(dialog.lab.series.points) == 2, 20)
    lab, recording = dialog.lab, page.bench.shown.recording
    if how == "cancel":
        page.click("labCancel")
        assert len(lab.series.points) == 2 and page.text("labState").startswith("Cancelled")
    elif how == "close":
        page.click("failureDialogClose")
    elif how == "record":
        page.bench.use_demo()
    else:
        page.bench.open_file(CLIPS / "speech_short.flac")
        assert wait_until(lambda: page.bench.shown.recording not in (None, recording), 20)
        assert lab.series is None
    assert wait_until(lambda: not lab.running, 20)
    path = results_folder(page.bench.desk.session, recording) / "failure-lab.json"
    assert [point["way"] for point in json.loads(path.read_text())["series"][0]["points"]] == [UNSPOILT] * 2


def test_nothing_is_spoilt_while_sound_runs(opened):
    page, dialog = opened()
    page.bench.use_demo()
    assert wait_until(lambda: page.bench.sound.running is not None, 20)
    page.click("lab-white")
    assert not dialog.lab.running and dialog.lab.series is None
    assert page.text("labState") == "The lab does not disturb what runs. Stop it first."


def test_a_sound_without_words_is_told(opened):
    page, dialog = opened(ScriptedHost, CLIPS / "silence.flac")
    page.click("lab-white")
    finish(dialog)
    assert "hears no words in this sound" in page.text("labState")


def test_results_are_there_again_when_the_recording_is_opened_again(opened):
    page, dialog = opened()
    page.click("lab-white")
    finish(dialog)
    before, recording = shown(dialog), page.bench.shown.recording
    page.show_file(CLIPS / "speech_short.flac")
    assert dialog.lab.tried == () and not dialog.csv.isEnabled()
    page.bench.open_recording(recording)
    assert wait_until(lambda: page.bench.shown.recording == recording, 20)
    assert shown(dialog) == before


def test_the_plot_as_a_picture(opened, tmp_path):
    page, dialog = opened()
    page.click("lab-white")
    finish(dialog)
    dialog.export(tmp_path / "plot.svg")
    svg = (tmp_path / "plot.svg").read_text()
    for text in ("as it is", "20 dB", "−5 dB", "100%", "Words wrong", "Whisper digits"):
        assert f">{text}<" in svg
    dialog.export(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    (tmp_path / "file").write_text("in the way")
    dialog.export(tmp_path / "file" / "plot.png")
    assert page.find(QLabel, "labState").property("role") == "warning", "why it can't be written is told"


@pytest.mark.parametrize("loudness", [0.0, 0.01, 1.0, 30.0])
def test_what_is_played_is_never_too_loud(loudness):
    rng = np.random.default_rng(1)
    sound = np.clip(rng.standard_normal(16_000) * loudness, -5, 5).astype(np.float32)
    heard = bounded(sound)
    assert np.max(np.abs(heard)) <= LOUDEST_PEAK + 1e-6
    assert np.sqrt(np.mean(heard.astype(float) ** 2)) <= LOUDEST_RMS + 1e-6
    assert loudness > 0.01 or np.array_equal(heard, sound), "what is quiet stays as it is"


def test_the_plot_has_room_for_a_hundred_percent_and_more(opened):
    page, dialog = opened(lambda spec: ScriptedHost(spec, _many))
    page.bench.reference.write("one")
    page.click("lab-white")
    finish(dialog)
    rect = dialog.plot.rect()
    places = [dialog.plot.place_of(point) for curve in dialog.plot.content.curves for point in curve]
    assert len(places) == 6 and all(rect.contains(place.toPoint() - QPoint(0, 8)) for place in places)
    assert shown(dialog)[0][0] == ("as it is", 5.0)


def _many(samples):
    return spoken("six words where one was said")


def test_the_window_is_used_meanwhile(opened):
    page, dialog = opened()
    dialog_lab = dialog.lab
    assert not dialog.isModal()
    page.act("actionFailureLab")
    assert page.window.findChildren(FailureDialog) == [dialog]
    page.click("failureDialogClose")
    assert wait_until(lambda: not page.window.findChildren(FailureDialog), 20)
    page.act("actionFailureLab")
    assert page.find(FailureDialog, "failureDialog").lab is dialog_lab
