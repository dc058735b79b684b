"""A take recorded anew in the window of the takes: the old one stays until the new one is there and good."""

import numpy as np
import pytest
import soundfile
from shiboken6 import isValid

from labbench.audio.files import read_clip
from labbench.audio.source import FileSpec
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.messages import Advance, Trouble
from labbench.models.scripted_host import ScriptedHost
from labbench.session.words_file import load_words
from labbench.ui.dialogs.takes_dialog import TakesDialog
from labbench.wakeword.takes import ADVICE, Verdict

RATE = 16_000
CLIPS = assets() / "clips"
TAKES = sorted((CLIPS / "takes").glob("computer_*.flac"))


def said(path, samples, before=1.0, after=3.0):
    """A clip in which somebody says something after a pause."""
    random = np.random.default_rng(1)
    whole = random.normal(0, 2e-4, len(samples) + round((before + after) * RATE)).astype(np.float32)
    whole[round(before * RATE) : round(before * RATE) + len(samples)] += samples
    soundfile.write(path, whole, RATE, subtype="PCM_16")
    return FileSpec(path, "Somebody", stepped=True)


@pytest.fixture
def page(open_bench, moonshine):
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.teach("computer", TAKES[:3])
    return opened


@pytest.fixture
def dialog(page):
    page.click("editTakes")
    found = page.window.findChild(TakesDialog)
    found.table.choose(1)
    yield found
    if isValid(found):
        found.close()


@pytest.fixture
def told(page):
    sentences = []
    page.bench.notices.error.connect(lambda error: sentences.append((error.message, error.hint)))
    return sentences


def run(page, source):
    page.bench.start(source, record=False)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)


def hear(page, seconds=6.0):
    for _ in range(round(seconds / 0.25)):
        page.bench.sound.send(Advance(0.25))
        page.bench.sound.tick()


def takes(page):
    return page.bench.teaching.word("computer").takes


def test_the_next_spoken_word_takes_its_place(page, dialog, tmp_path):
    before = takes(page)
    page.bench.words.takes.speaker("computer", 1, "Ada")
    run(page, said(tmp_path / "a.wav", read_clip(TAKES[4]).for_models()))
    page.click("takeAnew")
    assert dialog.anew.text() == "Say it now… (cancel)" and len(takes(page)) == 3
    page.bench.words.takes.label("computer", 1, "mine")  # also while it is waited for
    hear(page)
    assert wait_until(lambda: not page.bench.words.takes.again.waiting, 20)
    after = takes(page)
    assert [take.label for take in after] == ["computer 1", "mine", "computer 3"] and after[1].speaker == "Ada"
    assert after[1].samples is not before[1].samples and after[0].samples is before[0].samples
    assert after[1].used and after[1].verdict is Verdict.GOOD and dialog.anew.text() == "Record it anew"
    assert page.bench.undo.undoText() == "Record mine anew"
    page.bench.undo.undo()
    assert takes(page)[1].samples is before[1].samples


def test_a_bad_take_leaves_the_old_one(page, dialog, told, tmp_path):
    before = takes(page)
    clipped = np.clip(30 * read_clip(TAKES[4]).for_models(), -1, 1)
    run(page, said(tmp_path / "loud.wav", clipped))
    page.click("takeAnew")
    hear(page)
    assert wait_until(lambda: not page.bench.words.takes.again.waiting, 20)
    assert takes(page) is before
    page.teach("computer", [CLIPS / "silence.flac"])
    dialog.table.choose(3)
    hear(page, 0.5)
    page.bench.stop()
    assert wait_until(lambda: page.bench.sound.running is None, 10)
    run(page, said(tmp_path / "loud again.wav", clipped))
    page.click("takeAnew")
    hear(page)
    assert wait_until(lambda: not page.bench.words.takes.again.waiting, 20)
    assert takes(page)[3].verdict is Verdict.NOTHING
    assert told == 2 * [("The new take is no better. The old take stays.", ADVICE[Verdict.CLIPPED])]


def test_a_take_of_a_closed_microphone_only_listens(page, told, tmp_path):
    """As taking one again, the coach, the noise of the room and the check of the microphone do."""
    source = said(tmp_path / "b.wav", read_clip(TAKES[3]).for_models(), after=12.0)
    page.bench.words.record_take("computer", source)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    assert page.bench.sound.recording_to is None
    hear(page)
    assert wait_until(lambda: len(takes(page)) == 4 and page.bench.sound.running is None, 20)
    assert page.bench.shown.recording is None and page.bench.desk.session.recordings() == [] and not told
    page.bench.teaching.save()
    assert len(load_words(page.bench.desk.session.words_path).words[0].takes) == 4, "the take stays"


def test_what_was_shown_is_shown_again_after_a_take(page, tmp_path):
    page.bench.open_file(CLIPS / "speech_short.flac")
    assert wait_until(lambda: page.bench.scores.frames and page.bench.keeping.matches, 20)
    before = page.bench.shown.recording
    source = said(tmp_path / "b.wav", read_clip(TAKES[3]).for_models(), after=12.0)
    page.bench.words.record_take("computer", source)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    hear(page)
    assert wait_until(lambda: len(takes(page)) == 4 and page.bench.shown.recording == before, 20)
    assert page.bench.view is page.bench.shown.view and page.bench.sound.running is None
    assert wait_until(lambda: page.bench.keeping.matches, 20), "it is searched for the word with its new take"


def test_a_request_that_the_ear_refuses_is_not_waited_for(page, told):
    page.bench.words.takes.cut("computer", 0, 100, 9000)
    (ticket,) = page.bench.words.takes._pending
    page.bench.sound._take_in(Trouble("The embedder failed.", "Try again.", ticket))
    assert not page.bench.words.takes._pending and told == [("The embedder failed.", "Try again.")]


def test_the_source_is_opened_and_closed_for_it(page, dialog, told, tmp_path):
    before = takes(page)
    again = page.bench.words.takes.again
    again.begin("computer", before[1], said(tmp_path / "b.wav", read_clip(TAKES[3]).for_models(), after=12.0))
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    assert page.bench.sound.recording_to is None
    hear(page)
    assert wait_until(lambda: not again.waiting and page.bench.sound.running is None, 20)
    assert takes(page)[1].samples is not before[1].samples and not told


def test_it_is_cancelled_by_hand_by_closing_or_by_silence(page, dialog, told, tmp_path):
    before, again = takes(page), page.bench.words.takes.again
    run(page, said(tmp_path / "c.wav", read_clip(TAKES[4]).for_models(), before=2.0))
    page.click("takeAnew")
    page.click("takeAnew")
    assert not again.waiting and dialog.anew.text() == "Record it anew"
    hear(page)
    assert takes(page) is before
    page.bench.stop()
    assert wait_until(lambda: page.bench.sound.running is None, 10)
    run(page, said(tmp_path / "d.wav", np.zeros(RATE, np.float32), 2.0, 2.0))
    page.click("takeAnew")
    hear(page)
    assert wait_until(lambda: not again.waiting, 20)
    assert told == [("No word was heard. The old take stays.", "Say it once, not too softly.")]
    again.begin("computer", before[1], FileSpec(tmp_path / "missing.wav", "missing", stepped=True))
    assert wait_until(lambda: not again.waiting, 20)
    run(page, said(tmp_path / "e.wav", np.zeros(RATE, np.float32)))
    page.click("takeAnew")
    dialog.close()
    assert not again.waiting and takes(page) is before


def test_only_one_take_is_waited_for(page, dialog, told, tmp_path):
    run(page, said(tmp_path / "f.wav", read_clip(TAKES[4]).for_models()))
    page.bench.teaching.hear_take("computer")
    page.click("takeAnew")
    assert told == [("Another take is being made.", "Wait until it is there.")]
    assert not page.bench.words.takes.again.waiting
