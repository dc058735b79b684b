"""The coach: counts down, listens, judges, and goes on; what went wrong is said once more."""

import numpy as np
import pytest
import soundfile

from labbench.audio.files import read_clip
from labbench.audio.source import FileSpec
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.messages import Advance
from labbench.models.scripted_host import ScriptedHost
from labbench.ui.dialogs.coach_dialog import CoachDialog
from labbench.ui.words.coach import Coach, Stage
from labbench.wakeword.takes import ADVICE, Verdict

RATE = 16_000
TAKES = [read_clip(path).for_models() for path in sorted((assets() / "clips" / "takes").glob("computer_*.flac"))]
SAY = 3.0
"""Seconds in which each word of `spoken` is said, with the pause after it."""


def spoken(path, *words):
    """A clip with a word every `SAY` seconds, each half a second after the time began."""
    noise = np.random.default_rng(1)
    parts = []
    for word in (*words, np.zeros(1, np.float32), np.zeros(1, np.float32)):  # it goes on after the last one
        part = noise.normal(0, 2e-4, round(SAY * RATE)).astype(np.float32)
        part[RATE // 2 : RATE // 2 + len(word)] += word
        parts.append(part)
    soundfile.write(path, np.concatenate(parts), RATE, subtype="PCM_16")
    return FileSpec(path, "Somebody speaks", stepped=True)


@pytest.fixture
def page(open_bench, moonshine):
    return open_bench(twin=True, make_host=ScriptedHost)


def coached(page, source, wanted):
    """The dialog, with sound that runs: the coach needs to open nothing."""
    page.bench.start(source, record=False)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    dialog = CoachDialog(page.window, Coach(page.bench, "computer", wanted, count_ms=1))
    dialog.open()
    return dialog


def until(coach, stage):
    assert wait_until(lambda: coach.stage is stage, 20), coach.stage


def hear(page, seconds=SAY):
    for _ in range(round(seconds / 0.25)):
        page.bench.sound.send(Advance(0.25))
        page.bench.sound.tick()


def test_it_leads_through_takes_until_there_are_enough(page, tmp_path):
    dialog = coached(page, spoken(tmp_path / "a.wav", *TAKES[:3]), 3)
    coach = dialog.coach
    assert dialog.says.text() == "Say “computer” 3 times when it is your turn. Different people make it better."
    page.click("coachGo")
    for number in (1, 2, 3):
        until(coach, Stage.LISTENING)
        assert dialog.cue.sign == "now" and not dialog.go.isEnabled()
        hear(page)
        assert wait_until(lambda number=number: coach.good == number, 20)
    until(coach, Stage.DONE)
    assert [take.verdict for take in page.bench.teaching.word("computer").takes] == [Verdict.GOOD] * 3
    assert "3 of 3 takes" in dialog.cue.accessibleDescription()
    assert page.bench.sound.running is not None  # it did not open it, so it leaves it
    assert dialog.go.text() == "One more take"
    dialog.close()


def test_a_bad_take_is_explained_and_said_once_more(page, tmp_path):
    clipped = np.clip(TAKES[0] * 30.0, -1.0, 1.0)
    dialog = coached(page, spoken(tmp_path / "b.wav", clipped, TAKES[1]), 1)
    coach = dialog.coach
    page.click("coachGo")
    until(coach, Stage.LISTENING)
    hear(page)
    until(coach, Stage.JUDGED)
    assert coach.take.verdict is Verdict.CLIPPED and dialog.says.text() == ADVICE[Verdict.CLIPPED]
    assert dialog.cue.sign == "✕" and dialog.go.text() == "Say it again" and not dialog.again.isEnabled()
    page.click("coachGo")
    assert page.bench.teaching.word("computer") is None or not page.bench.teaching.word("computer").takes
    until(coach, Stage.LISTENING)
    hear(page)
    until(coach, Stage.DONE)
    assert [take.verdict for take in page.bench.teaching.word("computer").takes] == [Verdict.GOOD]
    dialog.close()


def test_silence_is_told_and_a_click_tries_again(page, tmp_path):
    nothing = np.zeros(1, np.float32)
    dialog = coached(page, spoken(tmp_path / "c.wav", *[nothing] * 3, TAKES[0]), 1)
    coach = dialog.coach
    page.click("coachGo")
    until(coach, Stage.LISTENING)
    hear(page, 9.0)
    until(coach, Stage.SILENT)
    assert dialog.go.text() == "Try again" and "Nothing was heard" in dialog.says.text()
    page.click("coachGo")
    until(coach, Stage.LISTENING)
    hear(page)
    until(coach, Stage.DONE)
    dialog.close()


def test_it_opens_the_microphone_and_closes_it_again(page, tmp_path, monkeypatch):
    source = spoken(tmp_path / "d.wav", *TAKES[:2])
    monkeypatch.setattr(page.bench.words, "source_for_take", lambda: source)
    page.type("wordName", "computer")
    page.click("coach")
    dialog = page.window.findChild(CoachDialog)
    page.click("coachGo")
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    assert page.bench.sound.recording_to is None
    assert dialog.coach.stage is Stage.COUNTING and dialog.cue.sign in "321"
    dialog.close()
    assert wait_until(lambda: page.bench.sound.running is None, 10)
    assert page.bench.teaching.word("computer") is None


def test_sound_that_ends_ends_the_coach(page, tmp_path):
    dialog = coached(page, spoken(tmp_path / "e.wav", TAKES[0]), 5)
    page.click("coachGo")
    page.bench.stop()
    until(dialog.coach, Stage.READY)
    assert dialog.go.text() == "Start" and dialog.go.isEnabled()
    dialog.close()
