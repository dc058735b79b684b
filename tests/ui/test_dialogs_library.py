"""The list of sessions: search, open, rename, trash, import."""

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit

from labbench.audio.recorder import Recorder
from labbench.jobs.waiting import wait_until
from labbench.session.archive import pack
from labbench.session.note import read_note
from labbench.session.store import Recording, Session
from labbench.ui.dialogs.library_dialog import LibraryDialog

RATE = 16_000


def make(home: Path, name: str, title: str, seconds: tuple[float, ...] = (1.0,)) -> Path:
    """A session on disk with recordings of noise."""
    with Session(home / name) as session:
        session.hold()
        session.rename(title)
        for length in seconds:
            path = session.next_recording()
            recorder = Recorder(path, RATE)
            recorder.write(np.random.default_rng(1).uniform(-0.1, 0.1, round(length * RATE)).astype(np.float32))
            recorder.close()
            session.keep(Recording(path, RATE, recorder.frames, source="test"))
    return session.folder


@pytest.fixture
def home(labbench_home, tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))  # where the trash is
    home = labbench_home / "sessions"
    for number, (title, seconds) in enumerate((("Vowels", (1.0, 2.5)), ("Numbers", (1.0,)), ("Alphabet", ())), 1):
        folder = make(home, f"2026-01-0{number} 10.00.00", title, seconds)
        for path in (folder, *folder.rglob("*")):
            os.utime(path, (1_767_000_000 + number, 1_767_000_000 + number))
    return home


def opened(page, revealed=None) -> LibraryDialog:
    dialog = LibraryDialog(page.window, (revealed if revealed is not None else []).append)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    assert wait_until(lambda: not dialog.looking, 10)
    return dialog


def titles(dialog) -> list[str]:
    return [dialog.tree.topLevelItem(row).text(0) for row in range(dialog.tree.topLevelItemCount())]


def choose(dialog, folder: Path) -> None:
    dialog.tree.setCurrentItem(dialog.tree.row_of(folder))


def test_sessions_are_listed_newest_first(open_bench, home):
    page = open_bench(twin=True)
    dialog = opened(page)
    assert titles(dialog) == ["Alphabet", "Numbers", "Vowels"]
    vowels = dialog.tree.topLevelItem(2)
    assert [vowels.text(column) for column in (1, 2, 3)] == ["2026-01-01 10:00", "2", "0:03.5"]
    assert dialog.open_button.isEnabled() and str(home) in dialog.about.text()


def test_search_as_one_types_and_nothing_found(open_bench, home):
    page = open_bench(twin=True)
    dialog = opened(page)
    QTest.keyClicks(dialog.search, "numb")
    assert wait_until(lambda: titles(dialog) == ["Numbers"], 10)
    QTest.keyClicks(dialog.search, "xx")
    assert wait_until(lambda: dialog.stack.currentWidget() is dialog.nothing, 10)
    assert "“numbxx”" in dialog.nothing.text() and not dialog.open_button.isEnabled()
    dialog.search.clear()
    assert wait_until(lambda: len(titles(dialog)) == 3, 10)


def test_an_empty_library_says_what_to_do(open_bench):
    dialog = opened(open_bench(twin=True))
    assert dialog.stack.currentWidget() is dialog.nothing and "Record or open a sound" in dialog.nothing.text()


def test_a_recording_of_a_session_is_opened(open_bench, home):
    page = open_bench(twin=True)
    dialog = opened(page)
    row = dialog.tree.row_of(home / "2026-01-01 10.00.00")
    row.setExpanded(True)
    assert wait_until(lambda: row.childCount() == 2, 10)
    assert [row.child(number).text(0) for number in range(2)] == ["Recording 0001", "Recording 0002"]
    dialog.tree.setCurrentItem(row.child(0))
    assert not dialog.rename_button.isEnabled()
    dialog.tree.setFocus()
    QTest.keyClick(dialog.tree, Qt.Key.Key_Return)
    assert wait_until(lambda: page.bench.shown.recording is not None, 20)
    assert page.bench.desk.session.folder == home / "2026-01-01 10.00.00"
    assert page.bench.shown.recording.name == "0001" and page.bench.shown.recording.seconds == 1.0


def test_open_shows_the_newest_recording_and_return_in_the_search_opens_nothing(open_bench, home):
    page = open_bench(twin=True)
    before = page.bench.desk.session.folder
    dialog = opened(page)
    QTest.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.isVisible() and page.bench.desk.session.folder == before
    choose(dialog, home / "2026-01-01 10.00.00")
    QTest.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert wait_until(lambda: page.bench.shown.recording is not None, 20)
    assert page.bench.shown.recording.name == "0002"


def test_renaming_in_the_list_can_be_undone(open_bench, home):
    page = open_bench(twin=True)
    dialog = opened(page)
    folder = home / "2026-01-02 10.00.00"
    choose(dialog, folder)
    QTest.keyClick(dialog.tree, Qt.Key.Key_F2)
    editor = dialog.tree.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "Digits")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert wait_until(lambda: read_note(folder)[0].title == "Digits", 10)
    assert wait_until(lambda: "Digits" in titles(dialog), 10) and dialog.isVisible()
    page.bench.undo.undo()
    assert read_note(folder)[0].title == "Numbers"
    assert wait_until(lambda: "Numbers" in titles(dialog), 10)
    assert dialog.tree.chosen[0].folder == folder, "the same one stays selected"


def test_a_title_that_is_too_long_is_refused(open_bench, home):
    page = open_bench(twin=True)
    dialog = opened(page)
    row = dialog.tree.row_of(home / "2026-01-02 10.00.00")
    row.setText(0, "x" * 300)
    assert "too long" in dialog.about.text() and page.bench.undo.count() == 0
    assert wait_until(lambda: "Numbers" in titles(dialog), 10)


def test_the_trash_and_back_with_all_files(open_bench, home):
    page = open_bench(twin=True)
    dialog = opened(page)
    folder = home / "2026-01-01 10.00.00"
    before = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    choose(dialog, folder)
    QTest.mouseClick(dialog.trash_button, Qt.MouseButton.LeftButton)
    assert not folder.exists()
    assert wait_until(lambda: titles(dialog) == ["Alphabet", "Numbers"], 10)
    page.bench.undo.undo()
    assert {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert wait_until(lambda: len(titles(dialog)) == 3, 10)
    page.bench.undo.redo()
    assert not folder.exists()


def test_open_sessions_are_not_thrown_away(open_bench, home):
    page = open_bench(twin=True)
    page.bench.open_session(home / "2026-01-02 10.00.00")
    assert wait_until(lambda: page.bench.shown.recording is not None, 20)
    with Session(home / "2026-01-01 10.00.00") as other:
        other.hold()
        dialog = opened(page)
        for name, reason in (("2026-01-02 10.00.00", "open here"), ("2026-01-01 10.00.00", "another window")):
            choose(dialog, home / name)
            dialog.trash_button.click()
            assert reason in dialog.about.text() and (home / name).exists()
    assert page.bench.undo.count() == 0
    assert "open now" in dialog.tree.row_of(home / "2026-01-02 10.00.00").text(1)


def test_damage_is_listed(open_bench, home):
    (home / "2026-01-03 10.00.00" / "words.json").write_text("{")
    dialog = opened(open_bench(twin=True))
    row = dialog.tree.row_of(home / "2026-01-03 10.00.00")
    assert "taught words are damaged" in row.text(4)
    dialog.tree.setCurrentItem(row)
    assert "taught words are damaged" in dialog.about.text()


def test_import_and_reveal(open_bench, home, tmp_path, monkeypatch):
    packed = tmp_path / "lesson.labsession"
    pack(home / "2026-01-02 10.00.00", packed)
    page = open_bench(twin=True)
    revealed = []
    dialog = opened(page, revealed)
    choose(dialog, home / "2026-01-03 10.00.00")
    dialog.reveal_button.click()
    assert revealed == [home / "2026-01-03 10.00.00"]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(packed), ""))
    dialog.import_button.click()
    assert wait_until(lambda: page.bench.shown.recording is not None, 20)
    assert page.bench.desk.session.title == "Numbers"
    assert page.bench.desk.session.folder.parent == home


def test_closing_while_it_reads_and_from_the_menu(open_bench, home):
    page = open_bench(twin=True)
    page.window.menus.actions["actionLibrary"].trigger()
    dialog = page.find(LibraryDialog, "libraryDialog")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert wait_until(lambda: page.window.findChild(LibraryDialog, "libraryDialog") is None, 10)
    assert wait_until(lambda: not page.bench.jobs.running, 10)
