"""Words with many takes: what is done to them is worked out beside the window, in order, and nothing of it is lost."""

from dataclasses import replace
from threading import current_thread, main_thread

import numpy as np
import pytest

from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.models.embedders import EmbedderSpec
from labbench.models.scripted_host import ScriptedHost
from labbench.session.learning_file import Event
from labbench.session.words_file import load_words
from labbench.ui.dialogs.takes_dialog import DISTANCE, TakesDialog
from labbench.ui.words import heard_by, word_edits
from labbench.wakeword import words
from labbench.wakeword.takes import Verdict

CLIPS = assets() / "clips"
TAKES = [CLIPS / "takes" / f"computer_{number}.flac" for number in (1, 2, 3, 4)]
LEARNT = 12


@pytest.fixture
def page(open_bench, moonshine):
    """A word with four takes that were taught, and more that it has learnt."""
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.teach("computer", TAKES)
    word = opened.bench.teaching.word("computer")
    more = [
        replace(take, label=f"learnt {number}", samples=take.samples.copy(), learnt=True, templates=take.templates[:])
        for number, take in enumerate(word.takes * 3)
    ]
    opened.bench.teaching.edit("computer", replace(word, takes=(*word.takes, *more)), "Learn", judged=True)
    idle(opened)
    assert len(word_of(opened).takes) == 4 + LEARNT
    return opened


def word_of(page):
    return page.bench.teaching.word("computer")


def idle(page):
    assert wait_until(lambda: not page.bench.teaching.waiting, 30)


def watched(real, threads):
    return lambda *given: threads.append(current_thread()) or real(*given)


@pytest.fixture
def threads(page, monkeypatch):
    """Where takes are compared with each other and words are calibrated."""
    found = []
    for room, name in ((words, "left_out_versions"), (heard_by, "calibration_of"), (heard_by, "model_of")):
        monkeypatch.setattr(room, name, watched(getattr(room, name), found))
    return found


def test_nothing_is_worked_out_in_the_thread_that_draws(page, threads):
    desk = page.bench.words.takes
    steps = [
        lambda: page.act("actionEditTakes"),
        lambda: desk.exclude("computer", 5, excluded=True),
        lambda: page.bench.undo.undo(),
        lambda: page.bench.teaching.remove_take("computer", 0),
        lambda: page.teach("computer", TAKES[:1]),
    ]
    for step in steps:
        step()
        idle(page)
        assert wait_until(lambda: np.isfinite(desk.distances("computer")).any(), 30) and page.bench.teaching.models
    assert threads and main_thread() not in threads
    assert len(word_of(page).takes) == 4 + LEARNT  # one was removed, one was taught


def test_the_control_says_that_it_works(page):
    page.act("actionEditTakes")
    dialog = page.window.findChild(TakesDialog)
    dialog.desk.exclude("computer", 5, excluded=True)
    assert page.bench.teaching.waiting and "being judged" in dialog.summary.text()
    assert page.window.words.take.text() == "Judging…" and not page.window.words.take.isEnabled()
    idle(page)
    assert "15 of 16 takes count" in dialog.summary.text() and "Double-click" in dialog.summary.text()
    assert page.window.words.take.text() == "Record a take" and page.window.words.take.isEnabled()


def test_what_follows_quickly_builds_on_what_was_before(page):
    desk, before = page.bench.words.takes, page.bench.undo.count()
    desk.exclude("computer", 4, excluded=True)
    desk.exclude("computer", 5, excluded=True)
    desk.speaker("computer", 0, "Ada")
    page.bench.teaching.remove_take("computer", 15)
    page.bench.teaching.set_threshold("computer", 0.5)
    desk.rename("computer", "machine")
    desk.label("computer", 1, "second")
    idle(page)
    word = page.bench.teaching.word("machine")
    assert [take.excluded for take in word.takes[4:6]] == [True, True] and len(word.takes) == 15
    assert word.takes[0].speaker == "Ada" and word.takes[1].label == "second" and word.threshold_set == 0.5
    assert page.bench.undo.count() == before + 7
    for _ in range(7):
        page.bench.undo.undo()
    idle(page)
    assert len(word_of(page).takes) == 16 and all(take.used for take in word_of(page).takes)
    assert page.bench.teaching.word("machine") is None and word_of(page).threshold_set is None


def test_a_take_that_comes_while_others_are_judged_is_not_lost(page):
    page.bench.words.takes.exclude("computer", 5, excluded=True)
    page.teach("computer", TAKES[:2])
    assert len(word_of(page).takes) == 18 and word_of(page).takes[5].excluded


def test_a_session_that_is_left_meanwhile_has_it_all(page):
    page.show_file(CLIPS / "speech_short.flac")
    idle(page)
    page.bench.words.takes.exclude("computer", 5, excluded=True)
    page.bench.words.takes.exclude("computer", 6, excluded=True)
    assert page.bench.teaching.waiting
    path = page.bench.desk.session.words_path
    page.bench.teaching.forget_all()
    assert [take.excluded for take in load_words(path).words[0].takes[5:7]] == [True, True]
    assert not page.bench.teaching.words and not page.bench.teaching.waiting
    assert wait_until(lambda: not page.bench.jobs.running, 30)
    assert not page.bench.teaching.words, "nothing of the last session comes into the next"


def test_what_changes_meanwhile_is_judged_as_it_is_by_then(page):
    page.bench.words.takes.exclude("computer", 5, excluded=True)
    for threshold in (0.4, 0.5, 0.6):
        page.bench.teaching.set_threshold("computer", threshold)
    idle(page)
    assert word_of(page).takes[5].excluded and word_of(page).threshold_set == 0.6


def test_a_word_that_is_forgotten_meanwhile_stays_forgotten(page):
    page.bench.words.takes.exclude("computer", 5, excluded=True)
    page.bench.teaching.remove_word("computer")
    idle(page)
    assert not page.bench.teaching.words


def test_what_fails_is_told_and_does_not_hold_up_the_rest(page, monkeypatch):
    told = []
    page.bench.notices.error.connect(told.append)
    real, left = word_edits.judge, [1]

    def once(*given):
        if left:
            left.pop()
            raise LabBenchError("The background is damaged.", "Install the program again.")
        return real(*given)

    monkeypatch.setattr(word_edits, "judge", once)
    page.bench.words.takes.exclude("computer", 4, excluded=True)
    page.bench.words.takes.exclude("computer", 5, excluded=True)
    idle(page)
    assert [take.excluded for take in word_of(page).takes[4:6]] == [False, True]
    assert [error.message for error in told] == ["The background is damaged."]


def test_reset_keeps_what_was_taught_and_how_it_is_scored(page):
    page.bench.words.method.apply(EmbedderSpec(), "nearest")
    assert wait_until(lambda: word_of(page).scoring == "nearest", 30)
    idle(page)
    page.bench.words.takes.reset("computer")
    idle(page)
    assert len(word_of(page).takes) == 4 and word_of(page).scoring == "nearest"
    assert page.bench.words.learning.history.entries[-1].what is Event.RESET


def test_a_few_takes_are_judged_at_once(page):
    page.bench.words.takes.reset("computer")
    idle(page)
    page.bench.words.takes.exclude("computer", 1, excluded=True)
    assert word_of(page).takes[1].excluded and not page.bench.teaching.waiting


def test_a_name_or_an_order_need_no_judgement(page, threads):
    desk = page.bench.words.takes
    assert wait_until(lambda: np.isfinite(desk.distances("computer")).all(), 30)
    threads.clear()
    desk.speaker("computer", 0, "Ada")
    desk.rename("computer", "machine")
    assert page.bench.teaching.word("machine").takes[0].speaker == "Ada" and not threads


def test_a_copy_of_such_a_word_comes_soon(page):
    page.act("actionEditTakes")
    dialog = page.window.findChild(TakesDialog)
    page.click("wordDuplicate")
    assert dialog.heading.text() == "“computer 2” comes soon"
    idle(page)
    assert dialog.heading.text() == "Takes of “computer 2”"
    verdicts = {take.verdict for take in page.bench.teaching.word("computer 2").takes}
    assert verdicts == {Verdict.COLLIDES}
    assert np.all(np.isfinite(dialog.desk.distances("computer 2")))
    assert dialog.table.topLevelItem(0).text(DISTANCE)
