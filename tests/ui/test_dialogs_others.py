"""Settings, microphone check, queue, pages of text."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTextBrowser,
)
from small_whisper import SPOKEN

from labbench.audio.devices import Device, DeviceList
from labbench.audio.source import DeviceSpec, FileSpec
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.messages import DevicesListed
from labbench.session.settings import Settings
from labbench.signal.microphone_check import MicrophoneVerdict
from labbench.ui.dialogs.export_dialog import ExportDialog
from labbench.ui.dialogs.learning_dialog import LearningDialog
from labbench.ui.dialogs.library_dialog import LibraryDialog
from labbench.ui.dialogs.microphone_dialog import MicrophoneDialog
from labbench.ui.dialogs.options_dialog import OptionsDialog
from labbench.ui.dialogs.queue_dialog import QueueDialog
from labbench.ui.dialogs.settings_dialog import SettingsDialog
from labbench.ui.dialogs.text_page import TextPage, shortcuts_page
from labbench.ui.file_queue import FileState
from labbench.ui.help_pages import TITLES
from labbench.ui.theme import THEMES

CLIPS = assets() / "clips"
CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QProgressBar, QTextBrowser, QAbstractItemView)
DIALOGS = {
    "library": lambda window: LibraryDialog(window, lambda folder: None),
    "export": ExportDialog,
    "options": OptionsDialog,
    "settings": SettingsDialog,
    "microphone": MicrophoneDialog,
    "queue": QueueDialog,
    "learning": lambda window: LearningDialog(window, "computer"),
    "shortcuts": shortcuts_page,
}
HEADSET = Device(0, "Headset", "ALSA", 1, 16_000, True)
SPEAKER = Device(1, "Speaker", "ALSA", 2, 48_000, True)


def opened(dialog):
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


def plug_in(page, devices: DeviceList) -> None:
    """As if the system listed these; its own empty list has come before."""
    listed = []
    page.bench.sound.devices_listed.connect(listed.append)
    page.bench.sources.look()
    assert wait_until(lambda: bool(listed), 10)
    page.bench.sound.tick()
    page.bench.sound.devices_listed.emit(DevicesListed(devices))


def pick(box: QComboBox, text: str) -> None:
    """As a user does."""
    box.setCurrentIndex(box.findText(text))
    assert box.currentText() == text
    box.activated.emit(box.currentIndex())


# All of them --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
def test_names_sizes_and_escape(open_bench, theme):
    page = open_bench(twin=True)
    page.window.set_theme(theme)
    for make in DIALOGS.values():
        it_has_names_fits_and_is_closed(page, opened(make(page.window)))


def it_has_names_fits_and_is_closed(page, dialog) -> None:
    """Every control has names, nothing is cut, it fits a small screen, Esc closes it and it is gone."""
    assert wait_until(lambda: not page.bench.jobs.running, 10)
    nameless = [
        widget
        for kind in CONTROLS
        for widget in dialog.findChildren(kind)
        if not widget.objectName().startswith("qt_")
        and not isinstance(widget.parent(), QComboBox | QLineEdit)
        and widget.metaObject().className() not in ("QComboBoxListView", "QHeaderView")
        and not (widget.objectName() and widget.accessibleName())
    ]
    assert not nameless, dialog.windowTitle()
    cut = [
        widget.objectName() or widget.text()
        for widget in dialog.findChildren(QLabel) + dialog.findChildren(QPushButton)
        if widget.isVisible() and widget.width() < widget.minimumSizeHint().width()
    ]
    assert not cut, dialog.windowTitle()
    assert dialog.minimumSizeHint().width() < 1300 and dialog.minimumSizeHint().height() < 720, dialog.windowTitle()
    assert dialog.accessibleName() and dialog.windowTitle()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    own = dialog.objectName()
    assert wait_until(lambda: page.window.findChild(type(dialog), own) is None, 10)


# Settings -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(open_bench):
    """A window with devices, its settings dialog, and what was saved."""
    saved: list[Settings] = []
    page = open_bench(twin=True, save_settings=saved.append)
    plug_in(page, DeviceList((HEADSET,), (SPEAKER,)))
    return page, opened(SettingsDialog(page.window)), saved


def test_devices_speed_and_language_apply_at_once_and_are_kept(settings):
    page, dialog, saved = settings
    bench = page.bench
    assert [dialog.input.itemText(row) for row in range(2)] == ["System default", HEADSET.title]
    pick(dialog.input, HEADSET.title)
    assert bench.sources.choice == DeviceSpec(HEADSET.label) and saved[-1].input_device == HEADSET.label
    pick(dialog.output, SPEAKER.title)
    assert bench.playback.device == SPEAKER.label and saved[-1].output_device == SPEAKER.label
    pick(dialog.output, "System default")
    assert bench.playback.device is None and saved[-1].output_device == ""
    pick(dialog.speed, "1.5×")
    assert bench.playback.speed == 1.5 and saved[-1].speed == 1.5
    assert page.find(QComboBox, "speed").currentText() == "1.5×"
    pick(dialog.language, "German")
    assert [slot.language for slot in bench.engines.slots] == ["de", "de"] and saved[-1].language == "de"
    pick(dialog.language, "Let the model decide")
    assert bench.engines.a.language is None and saved[-1].language is None


def test_theme_and_spectrogram(settings):
    page, dialog, saved = settings
    for title, name in (("Light", "light"), ("Projector", "projector")):
        pick(dialog.theme, title)
        assert page.window.theme.name == name and saved[-1].theme == name
        assert page.window.menus.actions[f"theme-{name}"].isChecked()
    pick(dialog.kind, "What Whisper sees")
    pick(dialog.length, "50 ms")
    pick(dialog.range, dialog.range.itemText(0))
    now = page.window.signal.spectrogram.settings
    assert (now.kind, now.window_ms) == ("whisper", 50.0)
    assert f"{now.ceiling_db - now.floor_db:g} dB" == dialog.range.itemText(0)


def test_a_microphone_that_is_not_there_and_one_that_comes(settings):
    page, dialog, _ = settings
    page.bench.sources.wanted = "Old one (ALSA)"
    plug_in(page, DeviceList((replace(HEADSET, name="New"),), ()))
    texts = [dialog.input.itemText(row) for row in range(dialog.input.count())]
    assert any(text.startswith("New") for text in texts) and "Old one (ALSA), not plugged in" in texts


def test_changes_made_elsewhere_are_followed(settings):
    page, dialog, _ = settings
    page.window.menus.actions["theme-light"].trigger()
    assert dialog.theme.currentText() == "Light"
    assert str(page.bench.home) == dialog.home.text()


# Microphone ---------------------------------------------------------------------------------------------------------


def test_a_good_microphone(open_bench):
    page = open_bench(twin=True)
    dialog = opened(MicrophoneDialog(page.window, source=FileSpec(CLIPS / "sentences_with.flac", "Test microphone")))
    assert "Test microphone" in dialog.device.text()
    QTest.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    assert wait_until(lambda: dialog.progress.value() > 0, 20)
    assert not dialog.start_button.isEnabled() and dialog.verdict.text() == "Speak now …"
    assert wait_until(lambda: dialog.report is not None, 20)
    assert dialog.report.verdict is MicrophoneVerdict.FINE
    assert dialog.verdict.text() == dialog.report.message and "dBFS" in dialog.figures.text()
    assert wait_until(lambda: not page.bench.busy, 10), "it is closed again"
    assert dialog.start_button.text() == "Check again" and dialog.start_button.isEnabled()
    assert not page.bench.desk.session.folder.exists() or not page.bench.desk.session.recordings()


def test_a_silent_microphone_says_what_to_do(open_bench, tmp_path):
    import numpy as np
    import soundfile

    soundfile.write(tmp_path / "zeros.wav", np.zeros(64_000, np.float32), 16_000)
    page = open_bench(twin=True)
    dialog = opened(MicrophoneDialog(page.window, source=FileSpec(tmp_path / "zeros.wav", "Muted")))
    dialog.start_button.click()
    assert wait_until(lambda: dialog.report is not None, 20)
    assert dialog.report.verdict is MicrophoneVerdict.NOTHING
    assert "zeros" in dialog.verdict.text() and "privacy settings" in dialog.hint.text()
    assert dialog.verdict.property("role") == "title-bad"
    assert wait_until(lambda: not page.bench.busy, 10)


def test_what_was_shown_is_shown_again(open_bench):
    page = open_bench(twin=True)
    page.bench.open_file(SPOKEN / "digits_short.flac")
    assert wait_until(lambda: page.bench.shown.recording is not None, 20)
    before, view, choice = page.bench.shown.recording, page.bench.view, page.bench.sources.choice
    for escape in (True, False):
        dialog = opened(MicrophoneDialog(page.window, source=FileSpec(CLIPS / "noise.flac", "Noise")))
        reports = []
        page.bench.sound.hearing.heard.connect(reports.append)
        dialog.start_button.click()
        assert wait_until(lambda shown=dialog: shown.progress.value() > 0, 20)
        assert "plays as microphone" in page.text("openState"), "that it is open is always visible"
        if escape:
            QTest.keyClick(dialog, Qt.Key.Key_Escape)  # in the middle of it
        assert wait_until(lambda: not page.bench.busy, 20)
        assert bool(reports) is not escape
        assert page.bench.shown.recording == before and page.bench.view is view
        assert page.bench.sources.choice == choice and "closed" in page.text("openState")
    assert page.bench.sound.view.frames == 0, "the two seconds are not in the view"


def test_a_check_with_nothing_shown_leaves_nothing(open_bench):
    page = open_bench(twin=True)
    choice, view = page.bench.sources.choice, page.bench.view
    dialog = opened(MicrophoneDialog(page.window, source=FileSpec(CLIPS / "noise.flac", "Noise")))
    dialog.start_button.click()
    assert wait_until(lambda: dialog.report is not None and not page.bench.busy, 20)
    assert page.bench.view is view and page.bench.view.frames == 0 and page.bench.sources.choice == choice


def test_no_microphone_and_one_that_is_plugged_in(open_bench):
    page = open_bench(twin=True)
    dialog = opened(MicrophoneDialog(page.window))
    assert "No microphone was found" in dialog.device.text() and dialog.start_button.text() == "Look again"
    plug_in(page, DeviceList((HEADSET,), ()))
    assert dialog.start_button.text() == "Start" and "default microphone" in dialog.device.text()


def test_a_microphone_that_can_not_be_opened(open_bench, tmp_path):
    page = open_bench(twin=True)
    dialog = opened(MicrophoneDialog(page.window, source=FileSpec(tmp_path / "none.wav", "Missing")))
    dialog.start_button.click()
    assert wait_until(lambda: "none.wav" in dialog.verdict.text(), 20)
    assert dialog.start_button.isEnabled() and dialog.hint.text()


def test_a_recording_makes_the_check_wait(open_bench):
    page = open_bench(twin=True, real_time=True)
    page.click("useDemo")
    assert wait_until(lambda: page.bench.sound.recording_to is not None, 20)
    dialog = opened(MicrophoneDialog(page.window, source=FileSpec(CLIPS / "noise.flac", "Noise")))
    assert "must wait" in dialog.verdict.text() and not dialog.start_button.isEnabled()
    page.bench.stop()
    assert wait_until(lambda: dialog.start_button.isEnabled(), 20)
    assert dialog.verdict.text() == ""


# Queue --------------------------------------------------------------------------------------------------------------


def test_files_are_read_one_after_the_other_and_opened(open_bench, monkeypatch, tmp_path):
    page = open_bench(twin=True)
    dialog = opened(QueueDialog(page.window))
    assert "No files are waiting" in dialog.summary.text() and not dialog.cancel.isEnabled()
    files = [SPOKEN / "digits_short.flac", tmp_path / "missing.wav", CLIPS / "silence.flac"]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path) for path in files], ""))
    QTest.mouseClick(dialog.add, Qt.MouseButton.LeftButton)
    assert dialog.list.topLevelItemCount() == 3 and dialog.cancel.isEnabled()
    assert wait_until(lambda: page.bench.queue.left == 0, 90)
    states = [dialog.list.topLevelItem(row).text(1) for row in range(3)]
    assert states == [FileState.DONE.value, FileState.FAILED.value, FileState.DONE.value]
    assert "missing.wav" in dialog.list.topLevelItem(1).text(2)
    assert dialog.progress.value() == 3 and "1 of them failed" in dialog.summary.text()
    dialog.list.itemActivated.emit(dialog.list.topLevelItem(0), 0)
    assert wait_until(lambda: page.bench.shown.recording == page.bench.queue.files[0].recording, 20)
    assert page.bench.shown.recording.title == "digits_short"


def test_cancel_all(open_bench):
    page = open_bench(twin=True)
    page.bench.queue.add([CLIPS / "demo.flac", CLIPS / "noise.flac"])
    dialog = opened(QueueDialog(page.window))
    assert wait_until(lambda: page.bench.queue.current is not None, 20)
    QTest.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    assert page.bench.queue.left == 0 and dialog.list.topLevelItemCount() == 1
    assert dialog.list.topLevelItem(0).text(2) == "cancelled" and not dialog.cancel.isEnabled()
    assert wait_until(lambda: not page.bench.jobs.running, 20)


# Pages --------------------------------------------------------------------------------------------------------------


def test_all_shortcuts_are_on_the_page(open_bench):
    page = open_bench(twin=True)
    dialog = opened(shortcuts_page(page.window))
    text = dialog.text.toPlainText()
    for action in page.window.menus.actions.values():
        if action.shortcuts() and not action.shortcut().isEmpty():
            assert action.shortcut().toString(action.shortcut().SequenceFormat.NativeText) in text, action.objectName()
    for part in ("File", "Record", "Ctrl+R", "Save session", "Shift+drag", "Page Up, Page Down", "Click on a word"):
        assert part in text or part == "Save session"
    assert "&" not in text and "…" not in text


def test_a_page_is_copied_as_it_is(open_bench):
    page = open_bench(twin=True)
    dialog = opened(TextPage(page.window, "aPage", "A page", "# Title\n\nSome `code` and **bold**.\n"))
    assert dialog.text.toPlainText().split() == ["Title", "Some", "code", "and", "bold."]
    page.find(QPushButton, "aPageCopy").click()
    assert QGuiApplication.clipboard().text() == "# Title\n\nSome `code` and **bold**.\n"


def test_help_is_read_and_leads_from_page_to_page(open_bench, monkeypatch):
    page, outside = open_bench(twin=True), []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: outside.append(url.toString()))
    for name, title in TITLES.items():
        page.act(f"help-{name}")
        dialog = page.window.findChild(TextPage, f"{name}Page")
        assert dialog.isVisible() and dialog.windowTitle() == title and len(dialog.text.toPlainText()) > 1000
        dialog.close()
    page.act("help-using")
    text = next(one for one in page.window.findChildren(TextPage, "usingPage") if one.isVisible()).text
    text.anchorClicked.emit(QUrl("https://example.org/"))
    text.anchorClicked.emit(QUrl("session-format.md"))
    assert any(one.isVisible() for one in page.window.findChildren(TextPage, "session-formatPage"))
    assert outside == ["https://example.org/"]
