"""A beside B in the window: the switch, what is shown, mouse and keyboard, live text, corrections, long texts."""

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu, QPushButton
from small_whisper import SPOKEN

from labbench.jobs.waiting import wait_until
from labbench.live.transcriber import LiveUpdate
from labbench.models.scripted_host import ScriptedHost
from labbench.transcript.types import LiveText, Segment, Transcript, Word
from labbench.ui.sounds.sources import demo_source
from labbench.ui.theme import LIGHT, THEMES
from labbench.ui.transcripts.aligned_layout import align
from labbench.ui.transcripts.aligned_view import AlignedView
from labbench.ui.transcripts.comparing import Comparing
from labbench.ui.transcripts.transcribing import EngineState

CLIP = SPOKEN / "digits_short.flac"
A = (Word("red", 0.5, 0.9, 0.9), Word("grin", 1.0, 1.4, 0.9), Word("blue", 1.5, 1.9, 0.9))
B = (Word("Red,", 0.5, 0.9), Word("green", 1.0, 1.4), Word("uh", 1.4, 1.5), Word("blue", 1.5, 1.9))

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # menus, offscreen


def host(spec):
    return ScriptedHost(spec, read=lambda samples: A if spec.is_whisper else B)


@pytest.fixture
def page(open_bench):
    page = open_bench(twin=True, make_host=host)
    page.window.resize(1366, 900)
    page.show_file(CLIP)
    page.act("actionCompare")
    assert wait_until(lambda: len(columns(page)) == 4, 5)
    return page


def view_of(page):
    return page.window.transcripts.aligned.view


def columns(page):
    return view_of(page).aligned.columns


def click(page, column, row, kind=QTest.mouseClick):
    view = view_of(page)
    kind(view.viewport(), Qt.MouseButton.LeftButton, pos=view.place_of(column, row).center().toPoint())


def test_the_switch_shows_both_texts_under_each_other_and_back(page):
    panel = page.window.transcripts
    assert [(c.a.look, c.b.look) for c in columns(page)] == [
        ("same", "same"),
        ("changed", "changed"),
        ("missing", "extra"),
        ("same", "same"),
    ]
    assert panel.aligned.isVisible() and not panel.a.text.isVisible() and panel.a.figures.isVisible()
    assert page.find(QPushButton, "compareSwitch").isChecked()
    assert page.text("alignedSum").startswith("2 of 4 agree with each other.")
    page.click("compareSwitch")
    assert panel.a.text.isVisible() and not panel.aligned.isVisible()
    assert not page.window.menus.actions["actionCompare"].isChecked()


def test_nothing_is_compared_for_a_window_that_is_gone(page):
    slot, compared = page.bench.engines.b, []
    page.bench.findChild(Comparing).changed.connect(compared.append)
    slot.transcribed.emit(slot.transcript)
    page.window.leave()
    assert [timer for timer in page.bench.findChildren(QTimer) if timer.isActive()] == [] == compared


def test_words_are_chosen_and_asked_with_the_mouse(page):
    click(page, 1, 1)
    assert page.bench.axis.selection == (1.0, 1.4) and view_of(page)._moment == 1
    click(page, 2, 0)
    assert page.bench.axis.selection == (1.4, 1.5), "a gap stands for what is beside it"
    view_of(page).word_menu.emit(B[1], "B", QPoint(5, 5))
    menu = page.window.findChildren(QMenu, "wordMenu")[-1]
    assert menu.accessibleName() == "“green”"
    menu.close()


def test_words_are_reached_with_the_keyboard(page):
    view = view_of(page)
    view.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        QTest.keyClick(view, key)
    assert view._at == (1, 1) and view.accessibleDescription().startswith("B: “green”, 1.00 to 1.40 s. A has “grin”.")
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert page.bench.axis.selection == (1.0, 1.4)
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view._at == (3, 1)
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "A  red  grin  –    blue\nB  Red, green [uh] blue\n"


def test_what_was_said_is_a_third_line_with_figures_and_undo(page):
    page.bench.reference.write("red green blue")
    assert wait_until(lambda: view_of(page).aligned.lines == 3, 5)
    assert [column.a.look for column in columns(page)] == ["same", "changed", "empty", "same"]
    assert page.text("engineAFigures").startswith("WER 33% CER ")
    told = page.text("engineBFigures")
    assert told.startswith("WER 0% CER ") and "RTF 0.00" in told, "Whisper's English normaliser drops “uh”"
    assert "first 0." in page.text("engineAFigures")
    page.act("actionUndo")
    assert wait_until(lambda: view_of(page).aligned.lines == 2, 5)
    page.act("actionDeleteTranscripts")
    assert wait_until(lambda: not columns(page), 5) and "Once A and B" in page.text("alignedSum")


def test_it_follows_live_text(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.act("actionCompare")
    page.bench.start(replace(demo_source(), stepped=True), record=False)
    slot = page.bench.engines.a
    assert wait_until(lambda: slot.state is EngineState.LISTENING, 10)
    slot._live_update(LiveUpdate(LiveText((Word("one", 0, 1), Word("two", 1, 2, settled=False)), 2.0), 0.0))
    assert wait_until(lambda: [c.a.word.text for c in columns(page) if c.a.word] == ["one", "two"], 5)
    page.bench.stop()


def test_shapes_as_well_as_colours(page):
    """In grey alone what differs is drawn in other places than what agrees."""
    view, painter = view_of(page), view_of(page)._painter
    for name in THEMES:
        page.window.set_theme(name)
        painter = view._painter
        image = view.viewport().grab().toImage()
        ratio = image.devicePixelRatio()

        def row_of(place, y, image=image, ratio=ratio):
            return {
                image.pixelColor(round(x * ratio), round(y * ratio)).lightness()
                for x in range(round(place.left()) + 1, round(place.right()) - 1)
            }

        same, changed, gap = view.place_of(0, 0), view.place_of(1, 0), view.place_of(2, 0)
        stroke = painter._stroke
        assert len(row_of(same, same.bottom() - stroke)) == 1, "nothing below what agrees"
        assert row_of(changed, changed.bottom() - stroke) != row_of(same, same.bottom() - stroke)
        assert row_of(gap, gap.center().y()) != row_of(same, same.bottom() - stroke)


def test_hours_of_text_are_compared_aside(page):
    words = tuple(Word(f"w{n % 700}", 0.3 * n, 0.3 * n + 0.2) for n in range(10_000))
    for slot, mine in zip(page.bench.engines.slots, (words, words[50:]), strict=True):
        slot.transcript = Transcript("x", "en", (Segment(" x", 0.0, 3000.0, mine),), 3000.0, 1.0)
    a, b = page.bench.engines.slots
    began = time.thread_time()
    comparing = page.window.transcripts.aligned
    desk = page.bench.findChild(Comparing)
    desk._whole(a, a.transcript)
    desk._whole(b, b.transcript)
    desk._compare()
    assert time.thread_time() - began < 0.1, "the window goes on"
    assert wait_until(lambda: len(columns(page)) == 10_000, 20)
    view = comparing.view
    began = time.thread_time()
    view.viewport().grab()
    assert time.thread_time() - began < 0.1
    view.reveal(9_999)
    assert view.viewport().rect().contains(view.place_of(9_999, 0).center().toPoint())
    assert page.find(QLabel, "alignedSum").text().startswith("9950 of 10000")


def test_names_for_tests_and_screen_readers(page):
    panel = page.window.transcripts
    for widget in (panel.compare, panel.aligned, view_of(page), panel.aligned.sum, panel.a.figures, panel.b.figures):
        assert widget.objectName() and widget.accessibleName()


def test_arabic_is_read_from_right_to_left(qtbot):
    view = AlignedView(LIGHT)
    qtbot.addWidget(view)
    view.resize(500, 200)
    words = [Word(text, at, at + 1.0) for at, text in enumerate(("مرحبا", "بكم", "جميعا"))]
    view.show_aligned(align(words, words[1:], None))
    view.show()
    lefts = [view.place_of(column, 0).left() for column in range(3)]
    assert lefts == sorted(lefts, reverse=True) and view.place_of(0, 0).right() == pytest.approx(
        view.viewport().width()
    )
    for column in range(3):
        assert view.cell_at(view.place_of(column, 1).center().toPoint()) == (column, 1)
    view._go((0, 0))
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view._at == (1, 0)
