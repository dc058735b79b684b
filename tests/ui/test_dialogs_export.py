"""The export dialog: what it offers, and that the files hold what was chosen."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QRadioButton
from small_whisper import SPOKEN

from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.session.labels import read_labels
from labbench.session.results import Label
from labbench.ui import exporting
from labbench.ui.dialogs.export_dialog import ALL, SELECTION, VIEW, ExportDialog

CLIPS = assets() / "clips"
KINDS = [(0, "txt", "two eight"), (1, "srt", " --> "), (3, "json", '"text"')]
GROUPS = ("sound", "picture", "table", "labels", "transcript")


@pytest.fixture
def read(open_bench):
    """A window with digits that both engines have read."""
    page = open_bench(twin=True)
    page.bench.open_file(SPOKEN / "digits_short.flac")
    assert wait_until(lambda: all(slot.transcript for slot in page.bench.engines.slots), 60)
    return page


def opened(page, **arguments) -> ExportDialog:
    dialog = ExportDialog(page.window, **arguments)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


def radio(dialog, group: str) -> QRadioButton:
    return dialog.findChild(QRadioButton, f"export-{group}")


def save(page, dialog, path: Path, monkeypatch) -> str:
    """Press Save as, answer with `path`, wait; returns what was suggested."""
    asked, ended = [], []

    def answer(parent, title, suggested, kinds):
        asked.append(suggested)
        return str(path), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    dialog.finished.connect(ended.append)
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert wait_until(lambda: bool(ended), 30)
    return asked[0]


def test_nothing_to_export_says_why(open_bench):
    page = open_bench(twin=True)
    dialog = opened(page)
    for group in GROUPS:
        assert not radio(dialog, group).isEnabled()
        reason = "There is nothing to see yet." if group == "picture" else "No recording is shown."
        assert radio(dialog, group).accessibleDescription() == reason
    assert not dialog.save.isEnabled()


@pytest.mark.parametrize(("form", "suffix"), [(0, ".wav"), (1, ".flac")])
def test_the_selected_sound(read, tmp_path, monkeypatch, form, suffix):
    read.bench.axis.select((0.5, 1.5))
    dialog = opened(read, selection=True)
    assert dialog.range.currentData() == SELECTION
    dialog.format.setCurrentIndex(form)
    suggested = save(read, dialog, tmp_path / f"out{suffix}", monkeypatch)
    assert Path(suggested).name == f"digits_short selection{suffix}"
    recording = read.bench.shown.recording
    whole, rate = soundfile.read(recording.path, dtype="int16")
    part, out_rate = soundfile.read(tmp_path / f"out{suffix}", dtype="int16")
    assert out_rate == rate and np.array_equal(part, whole[round(0.5 * rate) : round(1.5 * rate)])
    assert wait_until(lambda: f"out{suffix}" in read.text("status"), 5)


def test_all_of_the_sound_with_the_suffix_added(read, tmp_path, monkeypatch):
    dialog = opened(read)
    assert dialog.range.currentData() == ALL
    save(read, dialog, tmp_path / "plain", monkeypatch)
    assert soundfile.info(tmp_path / "plain.wav").frames == read.bench.shown.recording.frames


def test_a_name_that_nobody_was_asked_about_is_not_overwritten(read, tmp_path, monkeypatch):
    (tmp_path / "plain.wav").write_text("mine")
    dialog = opened(read)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "plain"), ""))
    dialog.save.click()
    assert "already" in dialog.hint.text() and (tmp_path / "plain.wav").read_text() == "mine"


@pytest.mark.parametrize(("form", "suffix", "begins"), [(0, ".png", b"\x89PNG"), (1, ".svg", b"<?xml")])
def test_pictures(read, tmp_path, monkeypatch, form, suffix, begins):
    dialog = opened(read)
    radio(dialog, "picture").click()
    assert dialog.range.currentData() == VIEW
    dialog.format.setCurrentIndex(form)
    save(read, dialog, tmp_path / f"views{suffix}", monkeypatch)
    assert (tmp_path / f"views{suffix}").read_bytes().startswith(begins)


def test_tables_and_what_there_is_none_of(read, tmp_path, monkeypatch):
    dialog = opened(read)
    radio(dialog, "table").click()
    model, enabled = dialog.which.model(), []
    for row in range(dialog.which.count()):
        enabled.append(model.item(row).isEnabled())
    assert enabled == [True, True, False, False, True]
    assert "No word is taught" in dialog.which.itemText(3)
    save(read, dialog, tmp_path / "words.csv", monkeypatch)
    lines = (tmp_path / "words.csv").read_text("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(read.bench.engines.a.transcript.words) and lines[1].split(",")[1] == "two"


def test_labels_for_praat(read, tmp_path, monkeypatch):
    read.bench.keeping.set_labels((Label(0.2, 0.7, "first"),))
    dialog = opened(read)
    radio(dialog, "labels").click()
    assert dialog.which.currentText() == "My labels"
    dialog.format.setCurrentIndex(1)
    save(read, dialog, tmp_path / "mine.TextGrid", monkeypatch)
    (label,) = read_labels(tmp_path / "mine.TextGrid")
    assert (label.text, label.start, label.end) == ("first", 0.2, 0.7)


@pytest.mark.parametrize(("form", "suffix", "part"), KINDS)
def test_transcripts(read, tmp_path, monkeypatch, form, suffix, part):
    dialog = opened(read)
    radio(dialog, "transcript").click()
    dialog.format.setCurrentIndex(form)
    save(read, dialog, tmp_path / f"text.{suffix}", monkeypatch)
    assert part in (tmp_path / f"text.{suffix}").read_text("utf-8")


def test_a_failure_is_told_and_the_dialog_stays(read, tmp_path, monkeypatch):
    dialog = opened(read)
    (tmp_path / "out.wav").mkdir()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out.wav"), ""))
    told: list[LabBenchError] = []
    read.bench.notices.error.connect(told.append)
    dialog.save.click()
    assert wait_until(lambda: bool(told), 10)
    assert wait_until(lambda: dialog.save.isEnabled(), 10) and dialog.isVisible()
    assert told[0].message in dialog.hint.text()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_progress_is_shown_and_escape_cancels(read, tmp_path, monkeypatch):
    """The export waits at its first block until it is cancelled."""
    real = exporting.export_sound

    def slow(path, start, stop, target, on_progress, cancel):
        def told(progress):
            on_progress(progress)
            cancel.wait(20)

        monkeypatch.setattr(exporting, "BLOCK_SECONDS", 1)
        real(path, start, stop, target, told, cancel)

    monkeypatch.setattr(exporting, "export_sound", slow)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out.wav"), ""))
    dialog = opened(read)
    dialog.save.click()
    assert wait_until(lambda: 0 < dialog.progress.value() < 1000 and dialog.progress.maximum() == 1000, 10)
    assert not dialog.save.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert wait_until(lambda: not read.bench.jobs.running, 10)
    assert list(tmp_path.glob("out.wav*")) == []


def test_while_sound_runs_only_the_picture(open_bench):
    page = open_bench(twin=True, real_time=True)
    page.click("useDemo")
    assert wait_until(lambda: page.bench.sound.seconds > 0.2, 20)
    dialog = opened(page)
    assert [group for group in GROUPS if radio(dialog, group).isEnabled()] == ["picture"]
    assert radio(dialog, "sound").accessibleDescription() == "Stop the sound first."
