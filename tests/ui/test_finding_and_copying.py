"""Find in both texts and in what was said, also while there is only live text; copy; export of corrections."""

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from small_whisper import SPOKEN

from labbench.core.progress import CancelToken
from labbench.jobs.waiting import wait_until
from labbench.live.transcriber import LiveUpdate
from labbench.models.scripted_host import ScriptedHost
from labbench.session.labels import read_textgrid
from labbench.transcript.types import LiveText, Word
from labbench.ui.dialogs.export_choices import UNCORRECTED, Wanted, groups
from labbench.ui.find_bar import across
from labbench.ui.sounds.sources import demo_source
from labbench.ui.transcripts.transcribing import EngineState

CLIP = SPOKEN / "digits_short.flac"
A = (Word("red", 0.5, 0.9, 0.9), Word("grin", 1.0, 1.4, 0.9), Word("and", 1.4, 1.5, 0.9), Word("red", 1.5, 1.9, 0.9))
B = (Word("Red,", 0.6, 0.9), Word("green", 1.0, 1.4), Word("blue", 1.5, 1.9))


def host(spec):
    return ScriptedHost(spec, read=lambda samples: A if spec.is_whisper else B)


@pytest.fixture
def page(open_bench):
    page = open_bench(twin=True, make_host=host)
    page.window.resize(1366, 900)
    page.show_file(CLIP)
    return page


def look_for(page, text: str) -> str:
    page.act("actionFind")
    page.find(QLineEdit, "findText").setText(text)
    return page.text("findCount")


def choices(page):
    group = next(group for group in groups(page.window) if group.key == "transcript")
    return {choice.title: choice for choice in group.choices}


def test_find_in_a_in_b_and_in_what_was_said(page):
    bar, texts = page.window.find_bar, page.window.transcripts
    page.bench.reference.write("a red rose")
    assert look_for(page, "red") == "4 found"
    assert bar.counts == {"A": 2, "B": 1, "what was said": 1} and bar.count.toolTip() == "A 2, B 1, what was said 1"
    assert (texts.a.text.found_count, texts.b.text.found_count) == (2, 1)
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert page.text("findCount") == "1 of 4" and page.bench.axis.selection == bar.places[0] == (0.5, 0.9)
    assert page.bench.axis.cursor == 0.5 and texts.a.text.word_at(texts.a.text.textCursor().position()) == A[0]
    while bar.places[bar._at] != (1.5, 1.9):
        page.act("actionFindNext")
    assert texts.a.text.word_at(texts.a.text.textCursor().position()) == A[3]
    page.act("actionFindPrevious")
    assert page.bench.axis.selection != (1.5, 1.9)
    assert look_for(page, "green blue") == "1 found" and texts.b.text.found_count == 1
    QTest.keyClick(bar, Qt.Key.Key_Escape)
    assert texts.b.text.found_count == 0, "nothing is tinted once it is closed"


def test_find_while_there_is_only_live_text(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.bench.start(replace(demo_source(), stepped=True), record=False)
    a, b = page.bench.engines.slots
    assert wait_until(lambda: a.state is b.state is EngineState.LISTENING, 10)
    look_for(page, "two")
    assert page.text("findCount") == "nothing found"
    for slot in (a, b):
        slot._live_update(LiveUpdate(LiveText((Word("one", 0, 1), Word("Two.", 1, 2, settled=False)), 2.0), 0.0))
    assert page.text("findCount") == "1 found", "at the same moment in both"
    assert page.window.find_bar.counts == {"A": 1, "B": 1}
    assert page.window.transcripts.b.text.found_count == 1
    page.act("actionFindNext")
    assert page.bench.axis.selection == (1, 2)
    page.bench.stop()


def test_scripts_without_spaces():
    words = (Word("我喜", 0, 1), Word("欢苹", 1, 2, glued=True), Word("果", 2, 3, glued=True))
    assert across("苹果", words) == [(1, 3)] and across("喜欢", words) == [(0, 2)] and across("梨", words) == []


def test_copy_what_is_selected_or_all_of_it(page):
    text, clipboard = page.window.transcripts.a.text, QGuiApplication.clipboard()
    text.setFocus()
    QTest.keyClick(text, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == "red grin and red"
    cursor = text.textCursor()
    cursor.setPosition(4)
    cursor.setPosition(8, cursor.MoveMode.KeepAnchor)
    text.setTextCursor(cursor)
    QTest.keyClick(text, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == "grin" and not clipboard.mimeData().hasHtml()
    page.act("actionCopyB")
    assert clipboard.text() == "Red, green blue"


def test_what_was_said_is_exported_in_every_format(page, tmp_path):
    assert choices(page)["What was really said"].reason == UNCORRECTED
    page.bench.reference.write("red green blue")
    choice = choices(page)["What was really said"]
    assert [form.suffix for form in choice.formats] == [".txt", ".srt", ".vtt", ".json", ".tsv", ".TextGrid"]
    for form in choice.formats:
        choice.make(Wanted(tmp_path / f"said{form.suffix}", None))(lambda _: None, CancelToken())
        assert "green" in (tmp_path / f"said{form.suffix}").read_text("utf-8")
    labels = read_textgrid(tmp_path / "said.TextGrid")
    assert [label.text for label in labels if label.tier == "words"] == ["red", "green", "blue"]
    assert (tmp_path / "said.tsv").read_text("utf-8").startswith("start\tend\ttext\n0\t")


def test_corrections_stand_beside_the_models_text(page, tmp_path):
    page.bench.reference.correct(page.bench.engines.a, A[1], "green")
    page.bench.reference.correct(page.bench.engines.a, A[2], "")
    name = page.bench.engines.a.spec.title
    choices(page)[f"Corrections to {name}"].make(Wanted(tmp_path / "c.json", None))(lambda _: None, CancelToken())
    found = json.loads((tmp_path / "c.json").read_text("utf-8"))
    assert (found["text"], found["corrected"]) == ("red grin and red", "red green red")
    assert (found["words"], found["substitutions"], found["insertions"]) == (3, 1, 1)
    assert [(one["change"], one["text"], one["corrected"], one["start"]) for one in found["corrections"]] == [
        ("substitution", "grin", "green", 1.0),
        ("insertion", "and", "", 1.4),
    ]
    choices(page)[f"Corrections to {name}"].make(Wanted(tmp_path / "part.json", (0.95, 1.45)))(
        lambda _: None, CancelToken()
    )
    assert json.loads((tmp_path / "part.json").read_text("utf-8"))["corrected"] == "green"
