"""The window of what was learnt: moments of the shown sound, what is done with them, the history, the way back."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton, QTreeWidget
from shiboken6 import isValid

from labbench.audio.files import read_clip
from labbench.audio.source import FileSpec
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.messages import Advance, Play
from labbench.models.scripted_host import ScriptedHost
from labbench.session.learning_file import Event
from labbench.ui.dialogs.learning_dialog import LearningDialog
from labbench.ui.dialogs.settings_dialog import SettingsDialog

TAKES = assets() / "clips" / "takes"
RATE = 16_000
TIME, WORD, DISTANCE, NEAR, WHAT, CAME = range(6)


@pytest.fixture
def page(open_bench, moonshine, tmp_path):
    """A sound with a word that just fails, is said again, and one hop that contradicts its neighbours."""
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.teach("computer", [TAKES / f"computer_{number}.flac" for number in (2, 3, 4)])
    pause = np.random.default_rng(3).normal(0, 1e-4, 2 * RATE).astype(np.float32)
    said = [read_clip(TAKES / name).for_models() for name in ("computer_1.flac", "computer_3.flac", "jarvis_1.flac")]
    path = tmp_path / "twice.wav"
    soundfile.write(path, np.concatenate([pause, said[0], pause, said[1], pause, pause, said[2], pause]), RATE)
    page.show_file(path)
    scores = page.bench.scores
    assert wait_until(lambda: not scores.running and len(scores.frames) > 50, 30)
    page.bench.teaching.set_threshold("computer", 0.4)
    odd = next(number for number, frame in enumerate(scores.frames) if frame.index > 10 * RATE)
    for number, distance in ((odd - 1, 0.8), (odd, 0.34), (odd + 1, 0.8)):
        scores.frames[number] = replace(scores.frames[number], distances=(distance,))
    scores.show(scores.words, scores.frames, scores.detections)
    return page


@pytest.fixture
def dialog(page):
    page.act("actionLearnt")
    return page.find(LearningDialog, "learningDialog")


def rows(page, name):
    table = page.find(QTreeWidget, name)
    return [
        [table.topLevelItem(row).text(column) for column in range(table.columnCount())]
        for row in range(table.topLevelItemCount())
    ]


def choose(page, row):
    table = page.find(QTreeWidget, "momentTable")
    table.setCurrentItem(table.topLevelItem(row))


def enabled(page, *names):
    return [page.find(QPushButton, name).isEnabled() for name in names]


def test_it_lists_near_misses_and_lone_hops(page, dialog):
    first, second = rows(page, "momentTable")
    assert first[WORD] == "computer" and first[WHAT].startswith("Said again at 0:05.")
    assert first[TIME] == "0:03.2" and 0.4 <= float(first[DISTANCE]) < 0.48 and first[NEAR].startswith("+0.")
    assert second[WHAT] == "One hop alone: probably not the word" and second[NEAR] == "−0.06"
    assert first[CAME] == second[CAME] == "" and rows(page, "historyTable") == []
    assert enabled(page, "momentPlay", "momentShow", "momentLearn", "momentNotThis") == [True] * 4
    choose(page, 1)
    assert enabled(page, "momentLearn", "momentNotThis") == [False, True], "it is offered as a counter-example"
    assert dialog.summary.text() == "Takes taught: 3. Learnt: 0 (of 40 at most). Counter-examples: 0."


def test_a_moment_is_played_and_shown(page, dialog):
    sent = []
    page.bench.sound._ear, ear = Sent(page.bench.sound._ear, sent), page.bench.sound._ear
    page.click("momentPlay")
    page.find(QTreeWidget, "momentTable").setFocus()
    QTest.keyClick(page.find(QTreeWidget, "momentTable"), Qt.Key.Key_Return)
    page.bench.sound._ear = ear
    specs = [command.spec for command in sent if isinstance(command, Play)]
    assert len(specs) == 2 and specs[0] == specs[1]
    start, stop = specs[0].start / RATE, specs[0].stop / RATE
    page.bench.axis.show(5.0, 6.0)
    page.click("momentShow")
    assert page.bench.axis.selection == pytest.approx((start, stop), abs=1e-3)
    word = (2.0, 2.0 + read_clip(TAKES / "computer_1.flac").seconds)
    assert start < word[0] + 0.3 and word[1] - 0.3 < stop < word[1] + 0.7, "the word is in it"
    assert page.bench.axis.view[0] <= start and stop <= page.bench.axis.view[1]


class Sent:
    def __init__(self, ear, sent):
        self._ear, self._sent = ear, sent

    def __getattr__(self, name):
        return getattr(self._ear, name)

    def send(self, command):
        self._sent.append(command)


def test_it_learns_and_the_way_back_is_one_click(page, dialog):
    page.click("momentLearn")
    assert wait_until(lambda: len(rows(page, "historyTable")) == 1 and not page.bench.scores.running, 30)
    assert wait_until(lambda: "Learnt: 1" in dialog.summary.text(), 5)
    (row,) = rows(page, "historyTable")
    assert row[1:4] == ["computer", "Learnt", f"recording {page.bench.shown.recording.name}, 0:03.2"] and "→" in row[4]
    page.click("learningReset")
    assert [take.learnt for take in page.bench.teaching.word("computer").takes] == [False] * 3
    assert wait_until(
        lambda: [row[2] for row in rows(page, "historyTable")] == ["Reset to what was taught", "Learnt"], 5
    )
    QTest.keyClick(dialog, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert wait_until(lambda: len(page.bench.teaching.word("computer").takes) == 4, 5)
    assert wait_until(lambda: rows(page, "historyTable")[0][2] == "Taken back: reset", 5)


def test_a_lone_hop_becomes_a_counter_example(page, dialog):
    choose(page, 1)
    page.click("momentNotThis")
    assert wait_until(lambda: len(page.bench.teaching.word("computer").against) == 1, 20), page.notice
    assert wait_until(lambda: [row[2] for row in rows(page, "historyTable")] == ["Not this: kept apart"], 5)
    (entry,) = page.bench.words.learning.history.entries
    assert entry.what is Event.NOT_THIS and entry.at_s == pytest.approx(10.0, abs=0.1)
    assert "knows 1 counter-example" in page.notice
    assert wait_until(lambda: not page.bench.scores.running, 30)


def test_the_selection_as_a_counter_example_is_in_the_history_too(page):
    page.bench.axis.select((2.0, 3.0))
    page.act("actionCounterExample")
    assert wait_until(lambda: len(page.bench.words.learning.history.entries) == 1, 20)
    (entry,) = page.bench.words.learning.history.entries
    assert (entry.what, entry.at_s) == (Event.NOT_THIS, 2.0) and entry.recording == page.bench.shown.recording.name


def test_what_becomes_of_near_misses_is_set_here_and_in_the_settings(page, dialog):
    policy = page.find(QComboBox, "learningPolicy")
    assert policy.currentText() == "Offer to learn from them"
    QTest.keyClick(policy, Qt.Key.Key_Down)
    policy.activated.emit(policy.currentIndex())
    assert page.bench.settings.near_misses == "take"
    settings = SettingsDialog(page.window)
    assert settings.near_misses.currentText() == "Learn by itself"
    settings.near_misses.setCurrentIndex(0)
    settings.near_misses.activated.emit(0)
    assert page.bench.settings.near_misses == "off"
    settings.close()


def test_words_can_be_chosen_and_come_and_go(page, dialog):
    choice = page.find(QComboBox, "learningWord")
    assert [choice.itemText(row) for row in range(choice.count())] == ["All words", "computer"]
    assert choice.currentText() == "computer"
    choice.setCurrentIndex(0)
    assert len(rows(page, "momentTable")) == 2 and enabled(page, "learningReset") == [False]
    page.bench.teaching.remove_word("computer")
    assert wait_until(lambda: choice.count() == 1, 5)
    assert enabled(page, "momentLearn", "momentNotThis", "learningReset") == [False] * 3
    page.bench.undo.undo()
    assert wait_until(lambda: choice.count() == 2, 5)


def test_empty_tables_say_what_to_do(open_bench, moonshine):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.act("actionLearnt")
    dialog = page.find(LearningDialog, "learningDialog")
    assert dialog.moments.empty.startswith("Teach a word first.")
    assert enabled(page, "momentPlay", "momentShow", "momentLearn", "momentNotThis", "learningReset") == [False] * 5
    dialog.grab()
    page.teach("computer", [TAKES / "computer_2.flac"])
    assert wait_until(lambda: dialog.moments.empty.startswith("Open or record a sound."), 5)


def test_it_follows_running_sound(page, dialog, tmp_path):
    pause = np.random.default_rng(3).normal(0, 1e-4, 2 * RATE).astype(np.float32)
    said = [read_clip(TAKES / f"computer_{number}.flac").for_models() for number in (1, 3)]
    soundfile.write(tmp_path / "live.wav", np.concatenate([pause, said[0], pause, said[1], pause, pause]), RATE)
    page.bench.start(FileSpec(tmp_path / "live.wav", "Somebody", stepped=True), record=False)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    for _ in range(30):
        page.bench.sound.send(Advance(0.25))
        page.bench.sound.tick()
    assert wait_until(lambda: "newest 45 s" in dialog.summary.text() and len(rows(page, "momentTable")) == 1, 5)
    assert enabled(page, "momentPlay", "momentLearn") == [False, True]
    page.bench.stop()
    assert wait_until(lambda: enabled(page, "momentPlay") == [True], 10)
    sent = []
    page.bench.sound._ear, ear = Sent(page.bench.sound._ear, sent), page.bench.sound._ear
    page.click("momentPlay")
    page.bench.sound._ear = ear
    (command,) = [command for command in sent if isinstance(command, Play)]
    assert len(command.spec.samples) > RATE, "from what was listened to"


def test_a_dialog_that_is_closed_is_not_told_any_more(page, monkeypatch):
    broken = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, where: broken.append(error))
    page.act("actionLearnt")
    dialog = page.window.findChild(LearningDialog)
    dialog.close()
    assert wait_until(lambda: not isValid(dialog), 10)
    page.bench.teaching.set_threshold("computer", 0.5)
    page.bench.words.learning.changed.emit()
    assert not broken
