"""Subtitles from the export dialog: how their lines are made, told in the dialog and found in the file."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QLineEdit, QRadioButton
from small_whisper import SPOKEN

from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost
from labbench.transcript.subtitles import CueLines
from labbench.transcript.types import Segment, Transcript, Word
from labbench.ui.dialogs.export_dialog import ExportDialog

CLIP = SPOKEN / "digits_short.flac"
SAID = "it was the best of times it was the worst of times"


def spoken(text: str, start: float) -> Segment:
    """A word every tenth of a second."""
    words = tuple(Word(word, start + at / 10, start + at / 10 + 0.1) for at, word in enumerate(text.split()))
    return Segment(f" {text}", start, words[-1].end, words)


TRANSCRIPT = Transcript("Whisper", "en", (spoken(SAID, 0.0), spoken("it was wise", 1.2)), 1.5, 0.1)


@pytest.fixture
def page(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.show_file(CLIP)
    page.bench.engines.a.show(TRANSCRIPT)
    return page


def opened(page, form: str = ".srt") -> ExportDialog:
    """The dialog, with the transcript chosen in a format."""
    dialog = ExportDialog(page.window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    dialog.findChild(QRadioButton, "export-transcript").click()
    choose(dialog, form)
    return dialog


def choose(dialog, form: str) -> None:
    box = dialog.findChild(QComboBox, "exportFormat")
    box.setCurrentIndex([box.itemData(row).suffix for row in range(box.count())].index(form))


def fill(dialog, name: str, text: str) -> None:
    """As somebody who replaces what is there."""
    field = dialog.findChild(QLineEdit, name)
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)


def save(dialog, path: Path, monkeypatch) -> list[str]:
    """What each cue of the written file says."""
    ended = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    dialog.finished.connect(ended.append)
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert wait_until(lambda: bool(ended), 30)
    blocks = path.read_text("utf-8").strip().split("\n\n")
    return [block.partition(" --> ")[2].partition("\n")[2] for block in blocks if " --> " in block]


def fields(dialog):
    return [dialog.findChild(QLineEdit, f"exportLine{name}") for name in ("Width", "Count", "Words")]


def test_only_subtitles_have_lines(page):
    dialog = opened(page, ".txt")
    for form in (".txt", ".json", ".tsv", ".TextGrid", ".srt", ".vtt"):
        choose(dialog, form)
        shown = [field.isVisible() for field in (*fields(dialog), dialog.findChild(QCheckBox, "exportMarkWords"))]
        assert shown == 4 * [form in (".srt", ".vtt")]
    high = dialog.height()
    dialog.findChild(QRadioButton, "export-sound").click()
    assert dialog.height() < high, "the room that they took is not left empty"
    assert not any(field.isVisible() for field in fields(dialog))


def test_without_limits_they_are_as_ever(page, tmp_path, monkeypatch):
    assert save(opened(page), tmp_path / "a.srt", monkeypatch) == [SAID, "it was wise"]


@pytest.mark.parametrize("form", [".srt", ".vtt"])
def test_characters_and_lines(page, tmp_path, monkeypatch, form):
    dialog = opened(page, form)
    fill(dialog, "exportLineWidth", "20")
    fill(dialog, "exportLineCount", "2")
    cues = save(dialog, tmp_path / f"a{form}", monkeypatch)
    assert cues == ["it was the best of\ntimes it was the", "worst of times it\nwas wise"]


def test_words_of_a_subtitle(page, tmp_path, monkeypatch):
    dialog = opened(page)
    fill(dialog, "exportLineWords", "5")
    cues = save(dialog, tmp_path / "a.srt", monkeypatch)
    assert cues == ["it was the best of", "times it was the worst", "of times", "it was wise"]


def test_words_and_characters_go_together_while_lines_are_not_counted(page, tmp_path, monkeypatch):
    dialog = opened(page)
    fill(dialog, "exportLineWidth", "12")
    fill(dialog, "exportLineWords", "5")
    cues = save(dialog, tmp_path / "a.srt", monkeypatch)
    assert cues == ["it was the\nbest of", "times it was\nthe worst", "of times", "it was wise"]


def test_each_word_is_marked(page, tmp_path, monkeypatch):
    dialog = opened(page)
    fill(dialog, "exportLineWords", "3")
    box = dialog.findChild(QCheckBox, "exportMarkWords")
    box.click()
    cues = save(dialog, tmp_path / "a.srt", monkeypatch)
    assert cues[:4] == ["<u>it</u> was the", "it <u>was</u> the", "it was <u>the</u>", "<u>best</u> of times"]


def test_what_has_no_effect_is_off_and_says_why(page, tmp_path, monkeypatch):
    dialog = opened(page)
    _, count, words = fields(dialog)
    assert not count.isEnabled() and "once there is a limit" in count.toolTip()
    fill(dialog, "exportLineWords", "2")
    fill(dialog, "exportLineWidth", "40")
    assert count.isEnabled() and words.isEnabled()
    fill(dialog, "exportLineCount", "1")
    assert not words.isEnabled() and "settled" in words.accessibleDescription()
    cues = save(dialog, tmp_path / "a.srt", monkeypatch)
    assert cues == ["it was the best of times it was the", "worst of times it was wise"]


@pytest.mark.parametrize(("typed", "held"), [("abc", ""), ("-5", "5"), ("0", ""), ("007", "7"), ("1.5", "15")])
def test_only_whole_numbers_from_one_on(page, typed, held):
    dialog = opened(page)
    fill(dialog, "exportLineWidth", typed)
    assert fields(dialog)[0].text() == held
    fill(dialog, "exportLineWidth", "99999")
    assert fields(dialog)[0].text() == "999"


def test_they_are_remembered_and_only_then(page, tmp_path, monkeypatch):
    dialog = opened(page)
    fill(dialog, "exportLineWidth", "30")
    fill(dialog, "exportLineCount", "1")
    dialog.reject()
    assert page.bench.preferences.settings.cue_lines == CueLines()
    dialog = opened(page)
    assert [field.text() for field in fields(dialog)] == ["", "", ""]
    fill(dialog, "exportLineWidth", "30")
    fill(dialog, "exportLineCount", "1")
    dialog.findChild(QCheckBox, "exportMarkWords").click()
    save(dialog, tmp_path / "a.srt", monkeypatch)
    assert page.bench.preferences.settings.cue_lines == CueLines(30, 1, None, highlight_words=True)
    dialog = opened(page)
    assert [field.text() for field in fields(dialog)] == ["30", "1", ""]
    assert dialog.findChild(QCheckBox, "exportMarkWords").isChecked()


def test_tab_goes_through_them_in_order(page):
    dialog = opened(page)
    fill(dialog, "exportLineWidth", "30")
    page.window.activateWindow()
    dialog.activateWindow()
    order = ["exportRange", "exportLineWidth", "exportLineCount", "exportLineWords", "exportMarkWords", "exportSave"]
    dialog.findChild(QComboBox, "exportRange").setFocus()
    seen = [dialog.focusWidget().objectName()]
    for _ in order[1:]:
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        seen.append(dialog.focusWidget().objectName())
    assert seen == order
