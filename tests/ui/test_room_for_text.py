"""The transcripts have the room: lines that can be read are counted, and everything else is still in its place."""

import base64
import json

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget

from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.transcriber import LiveUpdate
from labbench.models.engines import official
from labbench.models.live_pace import AFTERWARDS
from labbench.models.scripted_host import ScriptedHost
from labbench.transcript.types import LiveText, Segment, Transcript, Word
from labbench.ui.theme import THEMES
from labbench.ui.transcripts.transcript_looks import LINE
from labbench.ui.window_layout import layout_text, restore_layout

CLIPS = assets() / "clips"
TAKES = sorted((CLIPS / "takes").glob("computer_*.flac"))
LANGUAGES = (("en", 0.94), ("la", 0.02), ("de", 0.01))


def long_text(engine, count=400, languages=()):
    words = tuple(Word(f"word{number}", number * 0.2, number * 0.2 + 0.15, 0.9) for number in range(count))
    segment = Segment(" " + " ".join(word.text for word in words), 0.0, count * 0.2, words)
    return Transcript(engine, "en", (segment,), count * 0.2, 4.0, languages)


def whole_lines(text):
    """Lines of a text that can be seen from their upper to their lower edge, and those of which only a part can."""
    top, height = text.verticalScrollBar().value(), text.viewport().height()
    whole = parts = 0
    block = text.document().begin()
    while block.isValid():
        layout = block.layout()
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            upper = layout.position().y() + line.y() - top
            lower = upper + line.ascent() + line.descent()  # its height has what is between lines as well
            whole += upper >= -0.5 and lower <= height + 0.5
            parts += upper < -0.5 < lower - 1 or upper + 1 < height + 0.5 < lower
        block = block.next()
    return whole, parts


@pytest.fixture
def page(open_bench, moonshine, tmp_path):
    """A taught word, and long texts in both engines."""
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.bench.engines.a.choose(official("base", tmp_path / "base.pt"))
    opened.teach("computer", TAKES[:3])
    opened.show_file(CLIPS / "speech_short.flac")
    opened.bench.engines.a.show(long_text("Whisper base", languages=LANGUAGES))
    opened.bench.engines.b.show(long_text("Moonshine tiny-en"))
    return opened


def sized(page, width, height):
    page.window.resize(width, height)
    seen = []

    def still():
        columns = (page.window.transcripts.a.text, page.window.transcripts.b.text)
        seen.append((page.window.size().toTuple(), page.window.down.sizes(), [text.height() for text in columns]))
        return len(seen) > 10 and seen[-1] == seen[-10] and seen[-1][0] == (width, height)

    assert wait_until(still, 10), seen[-10:]


@pytest.mark.parametrize(
    ("theme", "size", "least"),
    [
        ("dark", (1366, 768), 7),
        ("light", (1366, 768), 7),
        ("dark", (1280, 732), 7),
        ("dark", (1920, 1080), 14),
        ("projector", (1920, 1080), 10),
    ],
)
def test_lines_that_can_be_read(page, theme, size, least):
    window = page.window
    window.set_theme(theme)
    sized(page, *size)
    for column in (window.transcripts.a, window.transcripts.b):
        whole, parts = whole_lines(column.text)
        assert whole >= least, f"{whole} lines"
        assert not parts, "a line is cut"
        assert column.text.line_height == window.theme.size(LINE)
    least_heights = [
        (window.signal.plot, 36),
        (window.signal.spectrogram, 36),
        (window.signal.lanes, 3 * 22),
        (window.words, 200),
        (window.words.area, 64),
        (window.strip, 80),
        (window.transcripts.a.languages, 16),
    ]
    for part, height in least_heights:
        place = QRect(part.mapTo(window, QPoint(0, 0)), part.size())
        assert part.isVisible() and window.rect().contains(place), part.objectName()
        assert part.height() >= height * window.theme.scale, (part.objectName(), part.height())
    assert window.findChild(QScrollArea, "everything").verticalScrollBar().maximum() == 0


@pytest.mark.parametrize("theme", THEMES)
def test_no_label_beside_the_texts_is_cut(page, theme):
    window = page.window
    window.set_theme(theme)
    sized(page, 1366, 768)
    page.bench.engines.a.show(long_text("Whisper base", 40, LANGUAGES))
    for name in ("engineAState", "engineBState", "expectation", "verdict1", "verdict2", "verdict3", "status"):
        shown = page.find(QLabel, name)
        assert "…" not in QLabel.text(shown), QLabel.text(shown)


def test_what_is_beside_the_text_takes_a_line_at_most(page):
    """Language bars, what an engine knows, and the buttons that get weights."""
    window = page.window
    sized(page, 1366, 768)
    column = window.transcripts.a
    around = column.height() - column.text.height()
    assert around <= 28 + 3 * 4 + 4 + 28, "head, progress, and one row below"
    assert not page.find(QLabel, "engineAKnows").isVisible() and not page.find(QLabel, "engineBKnows").isVisible()
    assert "about a hundred languages" in column.choice.toolTip(), "it is there for whoever asks"
    assert page.find(QPushButton, "getModels").isVisible() and not page.find(QWidget, "noWhisper").isVisible()


@pytest.mark.parametrize("theme", THEMES)
def test_a_long_warning_below_a_text_is_whole(page, theme):
    window = page.window
    window.set_theme(theme)
    sized(page, 1366, 768)
    column = window.transcripts.a
    column.show_live(LiveUpdate(LiveText((Word("one", 0.0, 0.1),), 1.0, notice=AFTERWARDS), 0.0))
    QApplication.sendPostedEvents()
    shown = page.find(QLabel, "engineAKnows")
    assert shown.hasHeightForWidth() or shown.sizeHint().width() <= shown.width(), "it is cut at its end"
    assert wait_until(lambda: shown.height() >= shown.heightForWidth(shown.width()), 5)
    assert shown.isVisible() and QLabel.text(shown) == AFTERWARDS
    assert column.rect().contains(shown.geometry()) and column.text.geometry().bottom() < shown.geometry().top()


def live(page, slot, settled, provisional=""):
    words = [*(Word(text, 0.0, 0.1) for text in settled), *(Word(provisional, 0.1, 0.2, settled=False),)]
    column = page.window.transcripts.a if slot == "A" else page.window.transcripts.b
    column.show_live(LiveUpdate(LiveText(tuple(words), 1.0), 0.0))


def test_running_text_follows_the_newest_word_unless_somebody_scrolled_up(page):
    sized(page, 1366, 768)
    column = page.window.transcripts.a
    column.clear()
    bar = column.text.verticalScrollBar()
    said = [f"word{number}" for number in range(200)]
    for count in (1, 100, 150):
        live(page, "A", said[:count], "perhaps")
        assert bar.value() == bar.maximum(), "the newest word is in view"
        assert not whole_lines(column.text)[1]
    bar.setValue(40)
    for count in (160, 200):
        live(page, "A", said[:count], "perhaps")
        assert bar.value() == 40, "somebody reads there"
    bar.setValue(bar.maximum())
    live(page, "A", [*said, *said], "perhaps")
    assert bar.value() == bar.maximum() > 40
    column.show_transcript(long_text("Whisper base"))
    assert bar.value() == 0, "the whole text is read from its beginning"
    bar.setValue(60)
    page.window.set_theme("light")
    assert bar.value() == 60
    column.clear()
    live(page, "A", said, "perhaps")
    assert bar.value() == bar.maximum(), "another sound"


def test_the_wheel_moves_by_whole_lines(page):
    sized(page, 1366, 768)
    text = page.window.transcripts.a.text
    place = text.viewport().rect().center()
    turn = QWheelEvent(
        place.toPointF(),
        text.viewport().mapToGlobal(place).toPointF(),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(text.viewport(), turn)
    assert text.verticalScrollBar().value() > 0
    whole, parts = whole_lines(text)
    assert whole >= 7 and not parts


def test_long_words_wrap(page):
    sized(page, 1366, 768)
    word = Word("Donaudampfschiffahrt" * 12, 0.0, 1.0, 0.9)
    page.bench.engines.a.show(Transcript("Whisper", "de", (Segment(word.text, 0.0, 1.0, (word,)),), 1.0, 0.1))
    text = page.window.transcripts.a.text
    assert text.horizontalScrollBar().maximum() == 0
    layout = text.document().begin().layout()
    assert layout.lineCount() >= 4
    assert all(layout.lineAt(n).naturalTextWidth() <= text.viewport().width() for n in range(layout.lineCount()))


def test_text_from_right_to_left(page):
    sized(page, 1366, 768)
    words = (Word("مرحبا", 0.0, 0.4, 0.9), Word("بالعالم", 0.5, 1.0, 0.9))
    page.bench.engines.a.show(Transcript("Whisper", "ar", (Segment(" مرحبا بالعالم", 0.0, 1.0, words),), 1.0, 0.1))
    text = page.window.transcripts.a.text
    line = text.document().begin().layout().lineAt(0)
    assert line.naturalTextRect().right() >= text.viewport().width() - 1, "it begins at the right"
    for word in words:
        cursor = text.textCursor()
        cursor.setPosition(text.place_of(word))
        right = text.cursorRect(cursor)
        cursor.setPosition(text.place_of(word) + len(word.text))
        left = text.cursorRect(cursor)
        assert left.x() < right.x()
        for x in (left.x() + 2, right.x() - 2):
            assert text.word_under(QPoint(x, right.center().y())) == word


def test_a_layout_of_an_older_arrangement_does_not_take_the_room_away(page):
    window = page.window
    sized(page, 1366, 768)
    before = window.down.sizes()
    window.down.setSizes([400, 150, 100])
    kept = layout_text(window, (window.down, window.across))
    window.down.setSizes(before)
    restore_layout(window, (window.down, window.across), older(kept))
    assert window.down.sizes() == before
    restore_layout(window, (window.down, window.across), kept)
    assert window.down.sizes() != before


def older(kept):
    """The same as it was written before divisions had an arrangement."""
    states = json.loads(base64.b64decode(kept))
    return base64.b64encode(json.dumps(states[1:]).encode()).decode()
