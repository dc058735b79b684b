"""What a newcomer stumbled over: Return in dialogs, lines that told of yesterday, a list that jumped, odd keys."""

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLabel, QLineEdit, QPushButton
from small_whisper import SPOKEN

from labbench.audio.source import FileSpec
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.messages import Advance
from labbench.models.scripted_host import ScriptedHost
from labbench.transcript.types import Word
from labbench.ui.dialogs.export_dialog import ExportDialog
from labbench.ui.dialogs.microphone_dialog import MicrophoneDialog
from labbench.ui.dialogs.settings_dialog import SettingsDialog
from labbench.ui.dialogs.text_page import is_common, keys_text, shortcuts_page, shortcuts_text
from labbench.ui.theme import THEMES

CLIPS = assets() / "clips"
TAKES = sorted((CLIPS / "takes").glob("computer_*.flac"))
WORDS = (Word("One", 0.5, 0.9), Word("two", 1.0, 1.4))


@pytest.fixture
def page(open_bench):
    return open_bench(twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS))


@pytest.fixture
def trash(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path / "share" / "Trash" / "files"


def opened(dialog):
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    dialog.activateWindow()
    assert wait_until(lambda: dialog.isVisible() and dialog.focusWidget() is not None, 10)
    return dialog


def press(dialog, key):
    """Where the keyboard is."""
    QTest.keyClick(dialog.focusWidget(), key)


def gone(page, name):
    return wait_until(lambda: page.window.findChild(QLabel, name) is None, 10)


# Return and Esc -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_return_exports_wherever_the_keyboard_is(page, tmp_path, monkeypatch, key):
    page.show_file(SPOKEN / "digits_short.flac")
    target = tmp_path / "out.wav"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    for place in (None, "exportRange", "exportSave"):
        dialog = opened(ExportDialog(page.window))
        if place is not None:
            dialog.findChild(QPushButton if place == "exportSave" else type(dialog.range), place).setFocus()
        press(dialog, key)
        assert wait_until(target.exists, 20), place
        assert gone(page, "exportHint"), "it closes once the file is there"
        target.unlink()


def test_return_on_cancel_cancels(page, monkeypatch):
    page.show_file(SPOKEN / "digits_short.flac")
    asked = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: asked.append(1) or ("", ""))
    dialog = opened(ExportDialog(page.window))
    dialog.findChild(QPushButton, "exportDialogClose").setFocus()
    press(dialog, Qt.Key.Key_Return)
    assert gone(page, "exportHint") and not asked


@pytest.mark.parametrize("make", [SettingsDialog, shortcuts_page])
def test_return_closes_what_only_shows_or_applies_at_once(page, make):
    dialog = opened(make(page.window))
    kind, name = type(dialog), dialog.objectName()
    press(dialog, Qt.Key.Key_Return)
    assert wait_until(lambda: page.window.findChild(kind, name) is None, 10)


def test_return_starts_the_check_of_the_microphone(page):
    dialog = opened(MicrophoneDialog(page.window, source=FileSpec(CLIPS / "noise.flac", "Noise")))
    press(dialog, Qt.Key.Key_Return)
    assert wait_until(lambda: page.bench.busy, 10)
    press(dialog, Qt.Key.Key_Escape)
    assert wait_until(lambda: not page.bench.busy, 10)


def test_return_writes_a_label_and_escape_does_not(page):
    page.show_file(SPOKEN / "digits_short.flac")
    page.bench.axis.select((0.5, 1.0))
    for key, text, labels in ((Qt.Key.Key_Escape, "no", []), (Qt.Key.Key_Return, "yes", ["yes"])):
        page.act("actionLabel")
        dialog = page.find(QInputDialog, "labelDialog")
        field = dialog.findChild(QLineEdit, "labelText")
        assert field.accessibleName() == "Text of the label"
        field.setText(text)
        QTest.keyClick(field, key)
        assert [label.text for label in page.bench.keeping.labels] == labels
        assert wait_until(lambda: page.window.findChild(QInputDialog, "labelDialog") is None, 10)


# The line at the bottom -----------------------------------------------------------------------------------------------


def test_the_status_tells_what_was_done_undone_and_done_again(page):
    assert wait_until(lambda: "No microphone" in page.text("status"), 10)
    page.show_file(SPOKEN / "digits_short.flac")
    assert "digits_short" in page.text("status")
    page.bench.axis.select((0.5, 1.0))
    page.bench.labels.add("one")
    assert page.text("status") == "Label. Edit, Undo takes it back."
    page.act("actionUndo")
    assert page.text("status") == "Undone: Label. Edit, Redo does it again."
    page.act("actionRedo")
    assert page.text("status") == "Done again: Label. Edit, Undo takes it back."
    page.act("actionUndo")
    page.bench.labels.add("other")
    assert page.text("status") == "Label. Edit, Undo takes it back.", "another one in its place is no redo"


def test_the_status_does_not_speak_of_a_sound_that_is_gone(page, trash):
    page.show_file(SPOKEN / "digits_short.flac")
    page.act("actionTrash")
    assert "digits_short" not in page.text("status") and "Delete recording" in page.text("status")
    page.act("actionUndo")
    assert wait_until(lambda: page.bench.shown.recording is not None, 10)
    assert "digits_short" in page.text("status")
    page.act("actionNewSession")
    assert page.text("status").startswith("A new session.")


def test_opening_a_session_is_not_told_as_an_edit(page):
    page.show_file(SPOKEN / "digits_short.flac")
    page.teach("computer", TAKES[:1])
    folder = page.bench.desk.session.folder
    page.act("actionNewSession")
    page.bench.open_session(folder)
    assert wait_until(lambda: page.bench.shown.recording is not None, 20)
    assert page.bench.teaching.words and "Undo" not in page.text("status")


# Recording ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
def test_recording_is_red_and_said_in_words(page, theme):
    page.window.set_theme(theme)
    state = page.find(QLabel, "recordingState")
    assert not state.isVisible()
    page.bench.start(FileSpec(SPOKEN / "digits.flac", "Stepped", stepped=True), record=False)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    assert not state.isVisible(), "listening is not recording"
    page.bench.sound.send(Advance(0.25))
    page.bench.sound.tick()
    page.click("record")
    page.bench.sound.tick()
    page.bench.sound.send(Advance(0.25))
    page.bench.sound.tick()
    assert wait_until(state.isVisible, 10) and state.text() == "●  Recording" and state.accessibleName() == "Recording"
    image = state.grab().toImage()
    colours = [image.pixelColor(3, y) for y in range(4, image.height() - 4)]
    assert all(colour.red() > 2.5 * max(colour.green(), colour.blue()) for colour in colours)
    assert contrast(colours[0], QColor("#ffffff")) > 4.5
    assert "Recording to" in page.text("status")
    page.bench.sound.send(Advance(0.5))
    page.bench.sound.tick()
    assert page.text("elapsed").startswith("0:01.0")
    page.click("pause")
    assert state.text().endswith("Paused") and page.text("status").startswith("Paused.")
    assert "Recording to" not in page.text("status")
    page.click("pause")
    assert state.text().endswith("Recording") and page.text("status").startswith("Recording to")
    page.click("stop")
    assert wait_until(lambda: not page.bench.busy, 10) and not state.isVisible()


def contrast(one, other):
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""

    def luminance(colour):
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


# The list of takes ----------------------------------------------------------------------------------------------------


def test_the_list_of_takes_stays_where_it_is(page):
    page.window.resize(1366, 560)
    page.teach("computer", TAKES[:6])
    bar, takes = page.window.words.area.verticalScrollBar(), page.window.words.takes
    assert wait_until(lambda: bar.maximum() > 40, 10)
    page.window.activateWindow()
    bar.setValue(20)
    page.find(QPushButton, "removeTake2").setFocus()
    bar.setValue(20)
    page.click("removeTake2")
    settle(page)
    assert bar.value() == 20 and takes.row(1).remove.hasFocus(), "the next one is at hand"
    assert takes.row(1).remove.accessibleName() == "Remove computer 3"
    page.act("actionUndo")
    settle(page)
    assert bar.value() == 20 and takes.row(1).remove.accessibleName() == "Remove computer 2"
    takes.row(5).remove.setFocus()
    page.click("removeTake6")
    assert takes.row(4).remove.hasFocus(), "of the last one it is the one before"
    settle(page)
    assert bar.value() > 0


def test_the_newest_take_comes_into_view(page):
    page.window.resize(1366, 560)
    page.teach("computer", TAKES[:5])
    area, takes = page.window.words.area, page.window.words.takes

    def in_view(row):
        top = row.title.mapTo(area.viewport(), row.title.rect().topLeft()).y()
        return top >= 0 and top + row.title.height() <= area.viewport().height()

    assert wait_until(lambda: in_view(takes.row(4)) and not in_view(takes.row(0)), 10)


def settle(page):
    """Let what follows from a change of layout happen."""
    seen = []
    page.bench.jobs.prepare("Nothing", lambda *_: None).ended.connect(lambda: seen.append(1))
    job = page.bench.jobs.running[-1]
    job.start()
    assert wait_until(lambda: bool(seen), 10)


# Keys -----------------------------------------------------------------------------------------------------------------


def test_only_keys_that_people_have_are_listed(page):
    undo, find = page.window.menus.actions["actionUndo"], page.window.menus.actions["actionFind"]
    undo.setShortcuts([QKeySequence("F14"), QKeySequence("Ctrl+Z"), QKeySequence("Undo")])
    find.setShortcuts([QKeySequence("Find"), QKeySequence("Search"), QKeySequence("Ctrl+F")])
    assert (keys_text(undo), keys_text(find)) == ("Ctrl+Z", "Ctrl+F")
    text = shortcuts_text(page.window)
    for odd in ("F14", "Media", "| Find, ", "Search |"):
        assert odd not in text
    listed = [page.window.menus.actions[name] for name in ("actionSettings", "actionQuit")]
    assert [keys_text(action) for action in listed] == ["Ctrl+,", "Ctrl+Q"], "on every system"


@pytest.mark.parametrize(
    ("keys", "common"),
    [
        *(
            (keys, True)
            for keys in ("Ctrl+Z", "F12", "Shift+F3", "Ctrl++", "Ctrl+,", "Esc", "PgUp", "Ctrl+Return", "Space")
        ),
        *((keys, False) for keys in ("F13", "F35", "Media Play", "Cut", "Undo", "Home Page", "Help", "Ctrl+Z, F14")),
    ],
)
def test_common_keys(keys, common):
    assert is_common(QKeySequence(keys)) is common


# Words that a student does not know -----------------------------------------------------------------------------------


def test_figures_are_explained_where_they_stand(page):
    for name, word in (("selectionFigures", "dBFS"), ("expectation", "False accepts"), ("thresholdValue", "stricter")):
        assert word in page.find(QLabel, name).toolTip(), name
    figures = page.window.selection.figures
    figures.setText("RMS " * 300)
    assert figures.toolTip().startswith("RMS RMS") and "on average" in figures.toolTip(), "and what was cut is there"
