"""A transcript that can be asked: clicked, pointed at, read with the keyboard, and what is doubted in it."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QTextCharFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QToolTip
from small_whisper import SPOKEN

from labbench.jobs.waiting import wait_until
from labbench.live.transcriber import LiveUpdate
from labbench.models.live_pace import AFTERWARDS, SMALLER
from labbench.models.scripted_host import ScriptedHost
from labbench.transcript.types import LiveText, Segment, Transcript, Word, share_out
from labbench.ui.dialogs.settings_dialog import SettingsDialog
from labbench.ui.theme import LIGHT
from labbench.ui.transcripts.transcript_pieces import changes
from labbench.ui.transcripts.transcript_text import TranscriptText

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # tips and menus, offscreen
CLIP = SPOKEN / "digits_short.flac"
WORDS = (Word("One", 0.5, 0.9, 0.95), Word("two", 1.0, 1.4, 0.45), Word("three", 1.5, 1.9, 0.1))
SAID = Segment(" One two three", 0.5, 1.9, WORDS, 0.02, -0.4, 1.2, 0.0, 0, (1, 2))
SILENT = Segment(" thank you", 2.0, 2.4, (), 0.9, -1.4, 0.8, 0.0, 0, (3,), "silence")
LOOP = Segment(" ha ha", 2.5, 2.9, (Word("ha", 2.5, 2.7, 0.9), Word("ha", 2.7, 2.9, 0.9)), 0.1, -0.2, 3.0, doubt="loop")
TRANSCRIPT = Transcript("Whisper", "en", (SAID, SILENT, LOOP), 3.0, 0.2, (("en", 0.9), ("de", 0.07), ("nl", 0.02)))


@pytest.fixture
def page(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.window.resize(1280, 860)
    page.show_file(CLIP)
    page.bench.engines.a.show(TRANSCRIPT)
    return page


def text_of(page):
    return page.window.transcripts.a.text


def centre_of(text, word):
    """Where a word is drawn."""
    place = text.place_of(word)
    cursor = text.textCursor()
    cursor.setPosition(place)
    left = text.cursorRect(cursor)
    cursor.setPosition(place + len(word.text))
    return QPoint((left.x() + text.cursorRect(cursor).x()) // 2, left.center().y())


def look_at(text, word):
    cursor = text.textCursor()
    cursor.setPosition(text.place_of(word) + 1)
    return cursor.charFormat()


def test_no_line_is_given_to_a_bar_for_scrolling_sideways(qapp):
    """Wrapped lines are a fraction of a pixel too wide for Qt at some widths."""
    said = "It was the age of wisdom, it was the age of foolishness. It was the epoch of belief, of incredulity. " * 10
    words = tuple(
        Word(word, at / 10, at / 10 + 0.1, 0.1 if at % 7 == 0 else 0.9) for at, word in enumerate(said.split())
    )
    text = TranscriptText(LIGHT)
    text.show_transcript(Transcript("Whisper", "en", (Segment(said, 0.0, 20.0, words),), 20.0, 0.2))
    text.show()
    sideways = []
    for width in range(200, 500):
        text.resize(width, 100)
        sideways += [width] if text.horizontalScrollBar().isVisible() else []
    text.close()
    assert sideways == []


def test_a_click_selects_the_word_everywhere(page):
    text = text_of(page)
    QTest.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=centre_of(text, WORDS[1]))
    assert page.bench.axis.selection == (1.0, 1.4) and page.bench.axis.cursor == 1.0


def test_a_double_click_plays_it(page, monkeypatch):
    played = []
    monkeypatch.setattr(page.bench, "play", lambda: played.append(page.bench.axis.selection))
    text = text_of(page)
    QTest.mouseDClick(text.viewport(), Qt.MouseButton.LeftButton, pos=centre_of(text, WORDS[2]))
    assert played == [(1.5, 1.9)]


def test_by_keyboard(page):
    text = text_of(page)
    cursor = text.textCursor()
    cursor.setPosition(text.place_of(WORDS[2]))
    text.setTextCursor(cursor)
    QTest.keyClick(text, Qt.Key.Key_Return)
    assert page.bench.axis.selection == (1.5, 1.9)


def test_the_menu_of_a_word(page):
    text = text_of(page)
    text.word_menu.emit(WORDS[0], QPoint(5, 5))
    menu = page.window.findChild(QMenu, "wordMenu")
    assert page.bench.axis.selection == (0.5, 0.9)
    assert [action.objectName() for action in menu.actions()] == [
        "wordPlay",
        "wordTranscribe",
        "wordTake",
        "wordLabel",
        "wordCorrect",
    ]
    menu.close()


def test_confidence_is_seen_without_telling_colours_apart(page):
    text, styles = text_of(page), QTextCharFormat.UnderlineStyle
    assert [look_at(text, word).underlineStyle() for word in WORDS] == [
        styles.NoUnderline,
        styles.DotLine,
        styles.WaveUnderline,
    ]
    sure, unsure = (look_at(text, word).foreground().color().name() for word in WORDS[:2])
    assert sure == page.window.theme.text and unsure == page.window.theme.warning
    point = centre_of(text, WORDS[1])
    QApplication.sendEvent(text.viewport(), QHelpEvent(QEvent.Type.ToolTip, point, text.mapToGlobal(point)))
    assert "45% sure" in QToolTip.text() and "1.00 to 1.40 s" in QToolTip.text()


def test_what_is_left_out_is_shown_with_the_reason(page):
    shown = text_of(page).toPlainText()
    assert shown == ("One two three thank you (left out: taken for silence) ha ha (doubtful: it repeats itself)")
    assert page.engine_text("A") == "One two three ha ha"
    assert [mark.text for mark in page.window.signal.lanes.marks(0)] == ["One", "two", "three", "ha", "ha"]


def test_figures_of_each_segment(page):
    page.act("actionFigures")
    lines = text_of(page).toPlainText().splitlines()
    assert lines[0] == "0:00.5 to 0:01.9   no speech 2%   repetition 1.2   likelihood −0.40"
    assert lines[1] == "One two three" and len(lines) == 6
    page.act("actionFigures")
    assert len(text_of(page).toPlainText().splitlines()) == 1


def test_languages_and_keeping_to_one(page):
    languages = page.window.transcripts.a.languages
    assert languages.isVisible() and languages.accessibleDescription() == "English 90%, German 7%, Dutch 2%"
    page.find(QPushButton, "engineAKeepLanguage").click()
    assert [slot.language for slot in page.bench.engines.slots] == ["en", "en"]
    page.bench.engines.a.show(replace(TRANSCRIPT, languages=()))
    kept = page.find(QLabel, "engineAKeepsLanguage")
    assert kept.isVisible() and kept.text() == "Kept to English" and not languages.keep.isVisible()
    assert not page.window.transcripts.b.languages.isVisible(), "it reads English alone"
    page.click("engineAAnyLanguage")
    assert [slot.language for slot in page.bench.engines.slots] == [None, None] and not languages.isVisible()
    page.bench.engines.a.show(TRANSCRIPT)
    assert languages.keep.isVisible() and not kept.isVisible()


def test_languages_stay_when_a_part_is_read_again(page):
    slot = page.bench.engines.a
    slot.host._read = lambda samples: [Word("new", 0.1, 0.3, 0.5)]
    page.bench.axis.select((0.9, 1.45))
    page.bench.selection.transcribe()
    assert wait_until(lambda: "new" in slot.transcript.text, 10)
    assert slot.transcript.languages == TRANSCRIPT.languages and page.window.transcripts.a.languages.isVisible()


def test_a_language_of_the_settings_is_told_under_the_text_too(page):
    dialog = SettingsDialog(page.window)
    dialog.language.setCurrentIndex(dialog.language.findData("de"))
    dialog.language.activated.emit(dialog.language.currentIndex())
    dialog.deleteLater()
    assert page.text("engineAKeepsLanguage") == "Kept to German"
    page.click("engineAAnyLanguage")
    assert page.bench.preferences.settings.language is None


def test_languages_without_spaces(page):
    words = (Word("你", 0.0, 0.2, 0.9, glued=True), Word("好", 0.2, 0.4, 0.9, glued=True))
    segments = (Segment("你好", 0.0, 0.4, words), Segment("世界", 0.5, 0.9))
    page.bench.engines.a.show(Transcript("Whisper", "zh", segments, 1.0, 0.1))
    assert text_of(page).toPlainText() == page.engine_text("A") == "你好世界"


def test_emoji_do_not_shift_what_is_under_the_mouse(page):
    words = (Word("😀😀", 0.0, 0.2, 0.9), Word("yes", 0.3, 0.5, 0.9))
    page.bench.engines.a.show(Transcript("Whisper", "en", (Segment(" 😀😀 yes", 0.0, 0.5, words),), 1.0, 0.1))
    text = text_of(page)
    QTest.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=centre_of(text, words[1]))
    assert page.bench.axis.selection == (0.3, 0.5)


def test_a_long_transcript_is_shown_in_a_moment(page):
    words = tuple(Word(f"word{number}", number * 0.2, number * 0.2 + 0.1, 0.9) for number in range(36_000))
    segment = Segment(" " + " ".join(word.text for word in words), 0.0, 7200.0, words)
    page.bench.engines.a.show(Transcript("Whisper", "en", (segment,), 7200.0, 60.0))
    text = text_of(page)
    assert text.word_at(text.place_of(words[-1])) == words[-1]
    assert wait_until(lambda: text.document().characterCount() > 300_000, 5)


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        (" مرحبا بكم", Qt.LayoutDirection.RightToLeft),
        (" 12 שלום world", Qt.LayoutDirection.RightToLeft),
        (" world שלום", Qt.LayoutDirection.LeftToRight),
        (" 今天", Qt.LayoutDirection.LeftToRight),
    ],
)
def test_a_text_is_read_in_its_own_direction(qtbot, text, direction):
    shown = TranscriptText(LIGHT)
    qtbot.addWidget(shown)
    words = tuple(Word(one, at, at + 1.0) for at, one in enumerate(text.split()))
    shown.show_transcript(Transcript("E", "ar", (Segment(text, 0.0, 3.0, words),), 3.0, 0.1))
    assert shown.toPlainText() == text.strip()
    assert shown.document().defaultTextOption().textDirection() == direction
    shown.show_words(text.strip(), "")
    assert shown.document().defaultTextOption().textDirection() == direction


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((Word("one", 0, 1, settled=False), Word("two", 1, 2, settled=False)), "one two"),
        ((Word("one", 0, 1), Word("two", 1, 2, settled=False)), "one two"),
        ((Word("one", 0, 1), Word("two", 1, 2)), "one two"),
        ((Word("今", 0, 1, glued=True), Word("天", 1, 2, settled=False, glued=True)), "今天"),
    ],
)
def test_live_text_stands_as_it_is_written(page, words, text):
    column = page.window.transcripts.a
    column.show_live(LiveUpdate(LiveText(words, 2.0), 0.0))
    assert column.text.toPlainText() == column.shown_text == text


def test_that_the_computer_is_slow_is_said_in_the_room_there_is(page):
    column = page.window.transcripts.a
    page.window.resize(1366, 768)
    column.clear()
    for notice in (SMALLER, AFTERWARDS):
        column.show_live(LiveUpdate(LiveText((), 2.0, notice), 3.0))
        assert wait_until(column.knows.isVisible, 5) and wait_until(lambda: column.knows.width() > 300, 5)
        written = QLabel.text(column.knows)
        assert "slow" in written.casefold() and "…" not in written
        assert notice in column.knows.toolTip()


def test_tokens_of_chinese_are_compared_by_their_characters():
    words = (Word("今天", 0.0, 0.5, glued=True), Word("大气", 0.5, 1.0, glued=True))
    reference = share_out("今天天气", 0.0, 1.0)
    assert changes(words, reference) == [((), "今天"), ((), "天气")]
