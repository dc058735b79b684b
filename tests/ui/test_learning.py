"""A word that was nearly heard and then said again: offered, learnt once, marked, refused where it would do harm."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from labbench.audio.files import read_clip
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost
from labbench.wakeword import learning
from labbench.wakeword.learning import Refusal, learn

TAKES = assets() / "clips" / "takes"
RATE = 16_000


@pytest.fixture
def page(open_bench, moonshine):
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.teach("computer", [TAKES / f"computer_{number}.flac" for number in (2, 3, 4)])
    return opened


@pytest.fixture
def retry(page, tmp_path):
    """A sound with the word by a voice that just fails, and by one that does not; searched."""
    pause = np.random.default_rng(3).normal(0, 1e-4, 2 * RATE).astype(np.float32)
    said = [read_clip(TAKES / f"computer_{number}.flac").for_models() for number in (1, 3)]
    path = tmp_path / "twice.wav"
    soundfile.write(path, np.concatenate([pause, said[0], pause, said[1], pause]), RATE)
    page.show_file(path)
    scores = page.bench.scores
    assert wait_until(lambda: not scores.running and len(scores.frames) > 50, 30)
    distances = scores.hops.distances[:, 0]
    page.bench.teaching.set_threshold("computer", float(np.sort(distances[: len(distances) // 2])[2]) - 0.02)
    return page


def offers_of(page):
    offers = []
    page.bench.offered.connect(lambda sentence, offer, act: offers.append((sentence, offer, act)))
    page.bench.reading.search()
    assert wait_until(lambda: not page.bench.scores.running, 30)
    return offers


def takes(page):
    return page.bench.teaching.word("computer").takes


def test_it_is_offered_learnt_and_not_offered_again(retry):
    page, said = retry, []
    page.bench.said.connect(said.append)
    offers = offers_of(page)
    assert len(offers) == 1 and offers[0][1] == "Learn from it"
    assert offers[0][0].startswith("“computer” was nearly heard at ")
    assert len(takes(page)) == 3, "nothing is learnt unasked"
    page.click("noticeAction")
    assert wait_until(lambda: len(takes(page)) == 4, 20)
    assert [take.learnt for take in takes(page)] == [False, False, False, True]
    assert takes(page)[-1].seconds == pytest.approx(0.68, abs=0.1)  # the word, not what was still in the window
    assert "has learnt from" in said[-1]
    assert offers_of(page) == []
    page.bench.words.takes.reset("computer")
    assert [take.learnt for take in takes(page)] == [False, False, False]
    page.bench.undo.undo()
    page.bench.undo.undo()
    assert len(takes(page)) == 3


def test_what_is_unlike_or_harmful_or_too_much_is_refused(page, monkeypatch):
    word = page.bench.teaching.word("computer")
    page.teach("jarvis", [TAKES / "jarvis_1.flac"])
    page.teach("again", [TAKES / "computer_1.flac"])
    like, other = (page.bench.teaching.word(name).takes[0] for name in ("again", "jarvis"))
    good = learn(word, like)
    assert good.refusal is None and good.word.takes[-1].learnt and len(good.word.takes) == 4
    assert learn(word, other).refusal is Refusal.UNLIKE
    assert learn(word, replace(like, templates=())).refusal is Refusal.UNUSABLE
    full = replace(word, takes=word.takes + tuple(replace(like, learnt=True) for _ in range(learning.MOST_LEARNT)))
    assert learn(full, like).refusal is Refusal.FULL
    monkeypatch.setattr(learning, "MOST_RISE", 0.0)
    monkeypatch.setattr(learning, "SLACK", -1.0)
    rolled_back = learn(word, like)
    assert rolled_back.refusal is Refusal.ALARMS and rolled_back.word is word


def test_a_refusal_is_told(retry, monkeypatch):
    said = []
    retry.bench.said.connect(said.append)
    monkeypatch.setattr(learning, "MOST_LEARNT", 0)
    (offer,) = offers_of(retry)
    offer[2]()
    assert wait_until(lambda: any("did not learn" in one for one in said), 20)
    assert len(takes(retry)) == 3
