"""Near misses of running sound: found at the detection that follows, learnt from the ring or the recording."""

import numpy as np
import pytest
import soundfile

from labbench.audio.files import read_clip
from labbench.audio.source import FileSpec
from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.messages import Advance
from labbench.models.scripted_host import ScriptedHost
from labbench.session.learning_file import Event
from labbench.ui.words.learning import LIVE_SECONDS
from labbench.ui.words.moment_sound import at_hand, load_moment
from labbench.ui.words.moments import all_moments, hops_between, newest_moments
from labbench.wakeword.near_misses import near_misses
from labbench.wakeword.spotter import SpotFrame

TAKES = assets() / "clips" / "takes"
RATE = 16_000


@pytest.fixture
def page(open_bench, moonshine):
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.teach("computer", [TAKES / f"computer_{number}.flac" for number in (2, 3, 4)])
    opened.bench.teaching.set_threshold("computer", 0.4)
    return opened


@pytest.fixture
def twice(tmp_path):
    """The word by a voice that just fails at that threshold, and by one that does not, as a microphone hears them."""
    pause = np.random.default_rng(3).normal(0, 1e-4, 2 * RATE).astype(np.float32)
    said = [read_clip(TAKES / f"computer_{number}.flac").for_models() for number in (1, 3)]
    path = tmp_path / "twice.wav"
    soundfile.write(path, np.concatenate([pause, said[0], pause, said[1], pause, pause]), RATE)
    return FileSpec(path, "Somebody", stepped=True)


def hear(page, source, seconds=7.5, *, record):
    page.bench.start(source, record=record)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    for _ in range(round(seconds / 0.25)):
        page.bench.sound.send(Advance(0.25))
        page.bench.sound.tick()


def takes(page):
    return page.bench.teaching.word("computer").takes


def offered(page):
    offers = []
    page.bench.notices.offer.connect(lambda sentence, title, act: offers.append((sentence, title, act)))
    return offers


@pytest.mark.parametrize("record", [True, False])
def test_it_is_offered_while_the_sound_runs_and_learnt_from_what_was_heard(page, twice, record):
    offers = offered(page)
    hear(page, twice, record=record)
    assert [one[1] for one in offers] == ["Learn from it"] and page.bench.sound.running is not None
    page.click("noticeAction")
    assert wait_until(lambda: len(takes(page)) == 4, 20)
    take = takes(page)[-1]
    assert take.learnt and take.seconds == pytest.approx(0.68, abs=0.1)
    said = read_clip(TAKES / "computer_1.flac").for_models()
    match = np.correlate(take.samples, said[: len(take.samples)], "same").max() / np.sum(said.astype(np.float64) ** 2)
    assert match > 0.9, "the very sound of the first time"
    entry = page.bench.words.learning.history.entries[-1]
    running = page.bench.sound.recording_to
    assert entry.recording == running.stem if record else entry.recording.startswith("listened ")
    page.bench.stop()
    assert wait_until(lambda: page.bench.sound.running is None and not page.bench.scores.running, 30)
    if record:
        assert page.bench.words.learning.place == entry.recording
        page.bench.reading.search()
        assert wait_until(lambda: not page.bench.scores.running, 30)
    assert [one[1] for one in offers if one[1] == "Learn from it"] == ["Learn from it"], "not once more"


def test_it_is_learnt_unasked_while_the_sound_runs(page, twice):
    page.bench.keep_settings(near_misses="take")
    offers = offered(page)
    hear(page, twice, record=False)
    assert wait_until(lambda: len(takes(page)) == 4, 20) and takes(page)[-1].learnt
    assert [one[1] for one in offers] == ["Undo"]
    page.click("noticeAction")
    assert len(takes(page)) == 3
    assert [one.what for one in page.bench.words.learning.history.entries] == [Event.LEARNT, Event.UNDONE]


def test_nothing_is_offered_where_it_is_to_be_left_alone(page, twice):
    page.bench.keep_settings(near_misses="off")
    offers = offered(page)
    hear(page, twice, record=False)
    assert page.bench.scores.detections and offers == []
    assert [one.heard_s is not None for one in page.bench.words.learning.found("computer")] == [True]


def test_sound_that_is_gone_is_said(page, twice, monkeypatch):
    hear(page, twice, 3.0, record=False)
    bench = page.bench
    assert len(at_hand(bench, (1.0, 2.0))) == bench.view.rate
    assert len(load_moment(bench, (1.0, 2.0))(lambda _: None, None)) == RATE + 2 * round(0.4 * RATE)
    monkeypatch.setattr(bench.view, "read", lambda start, stop: np.zeros(0, np.float32))  # the ring has gone on
    with pytest.raises(LabBenchError, match="not at hand any more") as found:
        load_moment(bench, (1.0, 2.0))
    assert "Record it" in found.value.hint
    bench.stop()
    assert wait_until(lambda: bench.sound.running is None, 10)
    hear(page, twice, 3.0, record=True)
    monkeypatch.setattr(bench.view, "read", lambda start, stop: np.zeros(0, np.float32))
    with pytest.raises(LabBenchError) as found:
        at_hand(bench, (1.0, 2.0))
    assert "It is in the recording" in found.value.hint


def test_what_is_looked_at_while_it_runs_does_not_grow_with_the_sound(page, twice, monkeypatch):
    """Of three hours only the newest hops are put together, and what is found in them is what all of them give."""
    hear(page, twice, 3.0, record=False)
    scores = page.bench.scores
    random = np.random.default_rng(5)
    count = 3 * 3600 * RATE // 1280
    walk = 0.69 + 0.2 * np.sin(np.arange(count) / 7) + random.normal(0, 0.02, count)
    scores.frames[:] = [SpotFrame(1280 * (number + 10), (float(value),)) for number, value in enumerate(walk)]
    looked = []
    monkeypatch.setattr(
        "labbench.ui.words.moments.near_misses",
        lambda name, indices, *rest: looked.append(len(indices)) or near_misses(name, indices, *rest),
    )
    misses, lone = newest_moments(scores, LIVE_SECONDS)
    end = scores.frames[-1].index / RATE
    every, every_lone = all_moments(scores)
    assert misses and misses == [one for one in every if one.at_s >= end - LIVE_SECONDS]
    assert lone == [one for one in every_lone if one.at_s >= end - LIVE_SECONDS]
    assert looked == [pytest.approx((LIVE_SECONDS + 4) / 0.08, abs=3)]
    assert hops_between(scores, 100.0, 101.0).index.tolist() == list(range(100 * RATE, 101 * RATE + 1, 1280))
