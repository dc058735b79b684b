"""The takes of a word in their own window: left out, named, ordered, cut, replaced; all of it can be undone."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost
from labbench.session.words_file import load_words
from labbench.ui.dialogs.takes_dialog import LENGTH, SPEAKER, TAKE, VERDICT, TakesDialog
from labbench.wakeword.takes import ADVICE, Verdict

CLIPS = assets() / "clips"
TAKES = sorted((CLIPS / "takes").glob("computer_*.flac"))


@pytest.fixture
def page(open_bench, moonshine):
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.teach("computer", [*TAKES[:3], CLIPS / "silence.flac"])
    return opened


@pytest.fixture
def dialog(page):
    page.click("editTakes")
    found = page.window.findChild(TakesDialog)
    yield found
    found.close()


def takes(page, word="computer"):
    return page.bench.teaching.word(word).takes


def texts(dialog, column):
    return [dialog.table.topLevelItem(row).text(column) for row in range(dialog.table.topLevelItemCount())]


def test_every_take_is_listed_with_what_is_thought_of_it(page, dialog):
    assert texts(dialog, TAKE) == ["computer 1", "computer 2", "computer 3", "silence"]
    assert texts(dialog, VERDICT) == [ADVICE[take.verdict] for take in takes(page)]
    assert texts(dialog, LENGTH) == [f"{take.seconds:.2f} s" for take in takes(page)]
    assert dialog.heading.text() == "Takes of “computer”" and dialog.summary.text().startswith("3 of 4 takes count.")
    silence = dialog.table.topLevelItem(3)
    assert not silence.flags() & Qt.ItemFlag.ItemIsUserCheckable


def test_a_take_left_out_does_not_count_until_it_is_counted_again(page, dialog):
    before = page.bench.teaching.models[0]
    dialog.table.topLevelItem(1).setCheckState(TAKE, Qt.CheckState.Unchecked)
    assert [take.used for take in takes(page)] == [True, False, True, False]
    assert len(page.bench.teaching.models[0].references) == len(before.references) * 2 // 3
    assert texts(dialog, VERDICT)[1] == "Left out by hand."
    page.bench.undo.undo()
    assert [take.used for take in takes(page)] == [True, True, True, False]
    assert dialog.table.topLevelItem(1).checkState(TAKE) is Qt.CheckState.Checked


def test_names_and_speakers_are_kept_in_the_file(page, dialog):
    dialog.table.topLevelItem(0).setText(TAKE, "  by the window ")
    dialog.table.topLevelItem(0).setText(SPEAKER, "Ada")
    dialog.table.topLevelItem(1).setText(SPEAKER, "Bert")
    dialog.table.topLevelItem(2).setCheckState(TAKE, Qt.CheckState.Unchecked)
    dialog.table.topLevelItem(1).setText(TAKE, "   ")
    assert texts(dialog, TAKE)[:2] == ["by the window", "computer 2"]
    page.bench.teaching.save()
    kept = load_words(page.bench.desk.session.words_path).words[0].takes
    assert [(take.label, take.speaker, take.excluded) for take in kept[:3]] == [
        ("by the window", "Ada", False),
        ("computer 2", "Bert", False),
        ("computer 3", "", True),
    ]
    assert "by 2 speakers" in dialog.summary.text()


def test_takes_are_moved_and_removed(page, dialog):
    dialog.table.choose(2)
    QTest.mouseClick(dialog.earlier, Qt.MouseButton.LeftButton)
    assert texts(dialog, TAKE) == ["computer 1", "computer 3", "computer 2", "silence"]
    assert dialog.table.row == 1
    dialog.table.choose(0)
    assert not dialog.earlier.isEnabled()
    QTest.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    assert texts(dialog, TAKE) == ["computer 3", "computer 2", "silence"]
    page.bench.undo.undo()
    page.bench.undo.undo()
    assert [take.label for take in takes(page)] == ["computer 1", "computer 2", "computer 3", "silence"]


def test_a_take_is_cut_by_hand_and_embedded_anew(page, dialog):
    dialog.table.choose(0)
    before = takes(page)[0]
    assert not dialog.cut.isEnabled()
    cutter = dialog.cutter
    middle = cutter.height() // 2
    edge = round(cutter.place_of(before.start))
    QTest.mousePress(cutter, Qt.MouseButton.LeftButton, pos=QPoint(edge, middle))
    QTest.mouseMove(cutter, QPoint(edge + 40, middle))
    QTest.mouseRelease(cutter, Qt.MouseButton.LeftButton, pos=QPoint(edge + 40, middle))
    QTest.keyClick(cutter, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert cutter.span[0] > before.start and cutter.span[1] == before.stop - 160
    wanted = cutter.span
    QTest.mouseClick(dialog.cut, Qt.MouseButton.LeftButton)
    assert wait_until(lambda: takes(page)[0] is not before, 20)
    after = takes(page)[0]
    assert (after.start, after.stop) == wanted and after.label == before.label
    assert len(after.templates[0].frames) < len(before.templates[0].frames)
    assert after.used and not dialog.cut.isEnabled()
    page.bench.undo.undo()
    assert takes(page)[0] is before


def test_a_selection_takes_the_place_of_a_take(page, dialog):
    told = []
    page.bench.notices.error.connect(lambda error: told.append(error.message))
    dialog.table.choose(1)
    QTest.mouseClick(dialog.instead, Qt.MouseButton.LeftButton)
    assert told == ["There is no selection to replace the take by."]
    page.show_file(TAKES[4])
    before = takes(page)[1]
    page.bench.axis.select((0.1, page.bench.shown.recording.seconds - 0.05))
    QTest.mouseClick(dialog.instead, Qt.MouseButton.LeftButton)
    assert wait_until(lambda: takes(page)[1] is not before, 20)
    assert takes(page)[1].label == "computer 2" and takes(page)[1].used
    assert takes(page)[1].seconds != before.seconds


def test_a_word_is_renamed_duplicated_and_reset(page, dialog):
    page.bench.teaching.set_threshold("computer", 0.5)
    dialog.table.topLevelItem(0).setCheckState(TAKE, Qt.CheckState.Unchecked)
    dialog._renamed("machine")
    assert [word.name for word in page.bench.teaching.words] == ["machine"]
    assert dialog.heading.text() == "Takes of “machine”"
    page.click("wordDuplicate")
    assert [word.name for word in page.bench.teaching.words] == ["machine", "machine 2"]
    assert dialog.word == "machine 2"
    assert takes(page, "machine 2")[1].verdict in (Verdict.COLLIDES, Verdict.GOOD)
    page.click("wordReset")
    reset = page.bench.teaching.word("machine 2")
    assert reset.threshold_set is None and [take.used for take in reset.takes] == [True, True, True, False]
    assert page.bench.teaching.word("machine").threshold_set == 0.5
    told = []
    page.bench.notices.error.connect(lambda error: told.append(error.message))
    dialog._renamed("machine")
    assert told == ["There is a word “machine” already."] and dialog.word == "machine 2"


def test_a_word_that_goes_leaves_an_empty_window(page, dialog):
    page.bench.teaching.remove_word("computer")
    assert dialog.heading.text() == "“computer” is gone" and dialog.table.topLevelItemCount() == 0
    assert not dialog.play.isEnabled() and not dialog.cutter.isEnabled()


def test_what_is_not_the_word_is_kept_apart(page, dialog):
    told, said = [], []
    page.bench.notices.error.connect(lambda error: told.append(error.message))
    page.bench.notices.info.connect(said.append)
    page.act("actionCounterExample")
    assert told == ["A counter-example needs a selection."]
    jarvis = CLIPS / "takes" / "jarvis_1.flac"
    page.show_file(jarvis)
    page.bench.reading.search()
    assert wait_until(lambda: len(page.window.strip.held("computer")[1]) > 0, 20)
    before = min(page.window.strip.held("computer")[1])
    model = page.bench.teaching.models[0]
    seconds = page.bench.shown.recording.seconds
    page.bench.axis.select((0.05, seconds - 0.05))
    page.act("actionCounterExample")
    assert wait_until(lambda: len(page.bench.teaching.word("computer").against) == 1, 20)
    assert said[-1].startswith("“computer” knows 1 counter-example. At the threshold")
    assert wait_until(lambda: min(page.window.strip.held("computer")[1], default=0.0) > before + 0.2, 20)
    assert len(page.bench.teaching.models[0].references) == len(model.references)
    assert texts(dialog, VERDICT)[-1].startswith("✕  Not this") and "1 counter-example." in dialog.summary.text()
    page.bench.teaching.save()
    (kept,) = load_words(page.bench.desk.session.words_path).words
    assert len(kept.against) == 1 and kept.against[0].used
    dialog.table.choose(4)
    assert dialog.play.isEnabled() and not dialog.instead.isEnabled() and not dialog.later.isEnabled()
    QTest.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    assert page.bench.teaching.word("computer").against == ()
    page.bench.undo.undo()
    assert len(page.bench.teaching.word("computer").against) == 1
