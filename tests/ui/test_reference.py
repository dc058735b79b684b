"""What was really said: words corrected by hand, kept beside the engines' text, and both measured against it."""

from functools import partial

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu
from small_whisper import SPOKEN

from labbench.models.scripted_host import ScriptedHost
from labbench.session.results import load_results
from labbench.transcript.types import Segment, Transcript, Word
from labbench.ui import exporting

CLIP = SPOKEN / "digits_short.flac"
WORDS = (Word("red", 0.5, 0.9, 0.9), Word("grin", 1.0, 1.4, 0.9), Word("blue", 1.5, 1.9, 0.9))


@pytest.fixture
def page(open_bench):
    page = open_bench(twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS))
    page.window.resize(1280, 860)
    page.show_file(CLIP)
    return page


def correct(page, number, text):
    """By the menu of a word of engine A, as a user does."""
    column = page.window.transcripts.a
    column.text.word_menu.emit(page.bench.engines.a.transcript.words[number], QPoint(5, 5))
    menu = page.window.findChildren(QMenu, "wordMenu")[-1]  # the last one may still be about to be deleted
    next(action for action in menu.actions() if action.objectName() == "wordCorrect").trigger()
    menu.close()
    dialog = page.window.findChildren(QInputDialog, "correctionDialog")[-1]
    assert dialog.findChild(QLineEdit, "correctionText").text() == WORDS[number].text
    dialog.setTextValue(text)
    dialog.accept()


pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # menus, offscreen


def test_a_corrected_word_is_what_both_engines_are_measured_against(page):
    correct(page, 1, "green")
    assert page.bench.reference.transcript.text == "red green blue"
    assert [word.start for word in page.bench.reference.transcript.words] == [0.5, 1.0, 1.5]
    for slot in "AB":
        assert page.engine_text(slot) == "red grin blue", "the engine's own text stays"
        assert page.text(f"engine{slot}State") == "1 of 3 wrong (33%)"
    text = page.window.transcripts.a.text
    assert "“green” was said." in next(piece.tip for piece in text._pieces if piece.word == WORDS[1])
    assert [piece.look for piece in text._pieces if piece.word] == ["plain", "wrong", "plain"]


def test_more_words_fewer_words_and_undo(page):
    correct(page, 1, "green and")
    correct(page, 2, "")
    assert page.bench.reference.transcript.text == "red green and"
    assert page.text("engineAState") == "2 of 3 wrong (67%)"
    page.act("actionUndo")
    assert page.bench.reference.transcript.text == "red green and blue"
    page.act("actionUndo")
    assert page.bench.reference.transcript is None and "wrong" not in page.text("engineAState")
    page.act("actionRedo")
    assert page.window.transcripts.a.text.toPlainText() == "red grin ‸and blue"


def test_a_sentence_in_which_a_word_is_corrected_stays_one(page, tmp_path):
    before = page.bench.engines.a.transcript.segments
    correct(page, 1, "green and")
    (segment,) = page.bench.reference.transcript.segments
    assert len(before) == 1 and segment.text == " red green and blue"
    assert (segment.start, segment.end) == (before[0].start, before[0].end)
    exporting.export_transcript(page.bench.reference.transcript, None, tmp_path / "said.txt")
    assert (tmp_path / "said.txt").read_text("utf-8") == "red green and blue\n"


def test_a_character_of_a_text_without_spaces_is_corrected(page):
    words = tuple(Word(one, at / 2, at / 2 + 0.5, 0.9, glued=True) for at, one in enumerate("今天天气"))
    said = Segment("今天天气", 0.0, 2.0, words)
    page.bench.engines.a.show(Transcript("Whisper", "zh", (said,), 3.0, 0.1))
    page.bench.reference.correct(page.bench.engines.a, words[2], "大")
    assert page.bench.reference.transcript.text == "今天大气"
    assert [segment.text for segment in page.bench.reference.transcript.segments] == [" 今天大气"]


def test_it_is_kept_and_comes_back(page, open_bench):
    correct(page, 0, "bread")
    page.bench.desk.save()
    session, recording = page.bench.desk.session, page.bench.shown.recording
    kept = load_results(session, recording)[0].reference
    assert kept.transcript.text == "bread grin blue" and kept.model.name == "corrected by hand"
    page.bench.open_recording(recording)
    page.show_file(CLIP)
    assert page.bench.reference.transcript is None
    page.bench.sessions.open(session.folder, recording.name)
    from labbench.jobs.waiting import wait_until

    assert wait_until(lambda: page.bench.reference.transcript is not None, 10)
    assert page.text("engineAState") == "1 of 3 wrong (33%)"
    page.act("actionForgetReference")
    page.bench.desk.save()
    assert load_results(session, recording)[0].reference is None


def test_from_a_text_file_or_taken_as_right(page, tmp_path):
    page.act("actionConfirm")
    assert page.text("engineBState") == "0 of 3 wrong (0%)"
    path = tmp_path / "said.txt"
    path.write_text("Red, green. Blue!", "utf-8")
    page.bench.reference.read(path)
    assert page.text("engineAState") == "1 of 3 wrong (33%)"
    assert page.bench.reference.transcript.words[-1].end <= page.bench.view.seconds
    page.bench.reference.read(tmp_path / "none.txt")
    assert "none.txt can't be read" in page.notice
