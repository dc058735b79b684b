"""Both engines over many files: the table, its order, what is copied and exported."""

import csv
import io
import shutil
import threading
from functools import partial

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QTableWidget
from small_whisper import ENGINE, SPOKEN

from labbench import cli
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.worker import WorkerInProcess
from labbench.models.hosting import HostProcess
from labbench.models.scripted_host import ScriptedHost
from labbench.transcript.types import Word
from labbench.ui.dialogs.compare_dialog import CompareDialog
from labbench.ui.transcripts.file_comparison import POOLED, FileComparison

CLIPS = assets() / "clips"


@pytest.fixture
def folder(tmp_path):
    """Two sounds, the text of one of them, and a file that is no sound."""
    found = tmp_path / "sounds"
    found.mkdir()
    for path in (SPOKEN / "digits_short.flac", CLIPS / "speech_short.flac"):
        shutil.copy(path, found)
    (found / "digits_short.txt").write_text("seven words are really said here today")
    (found / "broken.wav").write_bytes(b"no sound at all")
    return found


def half(samples):
    """Four of the words where the sound is the longer one."""
    count = 4 if len(samples) > 2.8 * 16_000 else 2
    return tuple(Word(word, 0.1, 0.2) for word in ["seven", "words", "are", "really"][:count])


@pytest.fixture
def opened(open_bench):
    def open_one(make_host=lambda spec: ScriptedHost(spec, half)):
        page = open_bench(twin=True, real_time=True, make_host=make_host)
        FileComparison(page.bench, WorkerInProcess)
        page.act("actionCompareFiles")
        return page, page.find(CompareDialog, "compareDialog")

    return open_one


def run(dialog, folder, seconds=60):
    dialog.use_folder(folder)
    assert wait_until(lambda: not dialog.comparison.running, seconds)


def test_real_engines_in_a_table_that_is_the_command_lines(open_bench, folder, tmp_path, capsys, moonshine):
    page = open_bench(twin=True, make_host=HostProcess)
    page.act("actionCompareFiles")
    dialog = page.find(CompareDialog, "compareDialog")
    (folder / "digits_short.txt").write_text("two eight five nine")
    run(dialog, folder, 120)
    rows = {row[0]: row for row in dialog.shown_rows()[1:]}
    assert list(rows) == ["broken.wav", "digits_short.flac", "speech_short.flac", POOLED]
    assert "not a sound file" in rows["broken.wav"][1]
    assert rows["digits_short.flac"][1:4] == ["3.1", "0.0%", "0.0%"]
    assert rows["speech_short.flac"][2] == "–", "nobody wrote what is said in it"
    assert all(row[6].endswith(" MB") and row[11].endswith(" MB") for name, row in rows.items() if name != "broken.wav")
    dialog.export(tmp_path / "table.csv")
    ours = list(csv.DictReader(io.StringIO((tmp_path / "table.csv").read_text())))
    sounds = [str(folder / f"{name}.flac") for name in ("digits_short", "speech_short")]
    engines = [part for spec in (ENGINE, "moonshine") for part in ("--engine", spec)]
    assert cli.main(["compare", *sounds, *engines, "--format", "csv"]) == 0
    theirs = list(csv.DictReader(io.StringIO(capsys.readouterr().out.replace("whisper-digits", "digits"))))
    same = ("file", "engine", "language", "words", "word_error_rate", "character_error_rate", "text")
    assert list(ours[0]) == list(theirs[0])
    assert [[row[key] for key in same] for row in ours] == [[row[key] for key in same] for row in theirs]
    assert not page.bench.desk.session.folder.exists() or not list(page.bench.desk.session.folder.rglob("*.wav"))


def test_all_files_together_are_the_last_row_in_any_order(opened, folder):
    page, dialog = opened()
    (folder / "speech_short.txt").write_text("seven words")
    run(dialog, folder)
    files = [row[0] for row in dialog.shown_rows()[1:]]
    assert files == ["broken.wav", "digits_short.flac", "speech_short.flac", POOLED]
    assert dialog.shown_rows()[-1][2] == f"{3 / 9:.1%}", "all errors over all words"
    header = page.find(QTableWidget, "compareTable").horizontalHeader()
    header.sectionClicked.emit(1)
    assert [row[0] for row in dialog.shown_rows()[1:]] == [
        "speech_short.flac",
        "digits_short.flac",
        "broken.wav",
        POOLED,
    ]
    header.sectionClicked.emit(1)
    assert [row[0] for row in dialog.shown_rows()[1:]] == [
        "digits_short.flac",
        "speech_short.flac",
        "broken.wav",
        POOLED,
    ]
    dialog.table.setFocus()
    page.click("compareCopy")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t") for line in lines] == dialog.shown_rows()


class HeldHost(ScriptedHost):
    """Reads one file, and waits in the second for its cancel."""

    def __init__(self, spec, waiting):
        super().__init__(spec, half)
        self.waiting = waiting
        self.count = 0

    def transcribe(self, samples, options, on_progress, cancel, stopped=None):
        self.count += 1
        if self.count > 1:
            self.waiting.set()
            cancel.wait(30)
            cancel.check()
        return super().transcribe(samples, options, on_progress, cancel, stopped)


def test_cancel_keeps_what_is_known(opened, folder):
    waiting = threading.Event()
    page, dialog = opened(partial(HeldHost, waiting=waiting))
    dialog.use_folder(folder)
    assert wait_until(waiting.is_set, 20)
    assert wait_until(lambda: dialog.comparison.files[1].done, 20)
    page.click("compareCancel")
    assert not dialog.comparison.running
    assert page.text("compareState") == "2 of 3 files done, 1 could not be read."
    assert dialog.shown_rows()[2][2] != "–" and dialog.shown_rows()[3][2] == "–"
    assert dialog.csv.isEnabled() and len(dialog.comparison.csv().splitlines()) == 3
    assert wait_until(lambda: not page.bench.jobs.running, 20)


def test_a_reference_that_can_not_be_read_is_a_sentence_in_its_row(opened, folder):
    _, dialog = opened()
    (folder / "digits_short.txt").write_bytes(b"\xff\xfe\x00\x00\xff")
    run(dialog, folder)
    row = dialog.shown_rows()[2]
    assert row[0] == "digits_short.flac" and "can't be read" in row[1]
    assert dialog.shown_rows()[3][2:4] == ["–", "–"] and dialog.shown_rows()[3][4] != "–", "the others go on"


def test_nothing_is_compared_while_sound_runs(opened, folder):
    page, dialog = opened()
    page.bench.use_demo()
    assert wait_until(lambda: page.bench.sound.running is not None, 20)
    dialog.use_folder(folder)
    assert not dialog.comparison.running
    assert page.text("compareState") == "Files are not compared while sound runs. Stop it first."


def test_a_folder_without_sounds_is_told(opened, tmp_path):
    page, dialog = opened()
    empty = tmp_path / "empty"
    empty.mkdir()
    dialog.use_folder(empty)
    assert page.text("compareState") == "There is no sound in empty. Choose another folder."


def test_every_control_has_a_name(opened):
    page, dialog = opened()
    for name in ("compareFiles", "compareFolder", "compareCancel", "compareCopy", "compareCsv"):
        assert page.find(QPushButton, name).accessibleName()
    assert dialog.table.accessibleName() and dialog.progress.accessibleName() and not dialog.isModal()
