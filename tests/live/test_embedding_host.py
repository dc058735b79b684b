"""An embedder in a process of its own hears what the ear records: the same distances, watched, started anew."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from labbench.audio.files import read_clip
from labbench.audio.ring import SharedRing
from labbench.audio.source import FileSpec
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.progress import OnProgress, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.live import messages
from labbench.live.ear_process import EarInProcess
from labbench.live.embedding_host_main import EmbeddingHost, Told, load_kit
from labbench.live.embedding_link import EmbeddingHosts, EmbeddingInProcess, EmbeddingProcess, GoneError
from labbench.live.embedding_messages import (
    CohortGiven,
    EmbedderLoading,
    EmbedderLost,
    GiveCohort,
    Listen,
    Ready,
    UseEmbedder,
)
from labbench.live.hosted_listener import AGAIN, HostedListener
from labbench.live.listener import MOST_HOPS, WordKit
from labbench.live.messages import ClipSpotted, Closed, Event, Played, Spotted, TakeMade, Teach, Trouble
from labbench.live.split_ear import SplitEar
from labbench.models.embedders import EmbedderSpec
from labbench.testing.silence import silent_equipment
from labbench.wakeword.embedder import Frames
from labbench.wakeword.fusion import mean_of_all
from labbench.wakeword.references import Reference
from labbench.wakeword.spotter import HOP, Spotter, spot_clip
from labbench.wakeword.templates import decode_frames
from labbench.wakeword.warped import DTW
from labbench.wakeword.words import TaughtWord, WordModel, model_of, with_take

CLIPS = paths.assets() / "clips"
MFCC = EmbedderSpec("mfcc")
WAIT_SECONDS = 30.0


@pytest.fixture(scope="module")
def kit() -> WordKit:
    return load_kit(MFCC)


@pytest.fixture(scope="module")
def word(kit: WordKit) -> WordModel:
    taught = TaughtWord("computer")
    for path in sorted((CLIPS / "takes").glob("computer_*.flac"))[:3]:
        taught = with_take(taught, kit.take(path.stem, read_clip(path).for_models()))
    return model_of(taught, DTW)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    samples = np.random.default_rng(0).normal(0.0, 3e-4, 4 * MODEL_RATE).astype(np.float32)
    take = read_clip(CLIPS / "takes" / "computer_1.flac").for_models()
    samples[MODEL_RATE : MODEL_RATE + len(take)] += take
    path = tmp_path_factory.mktemp("clip") / "a word.wav"
    soundfile.write(path, samples, MODEL_RATE, subtype="FLOAT")
    return path


def twins(load: Callable[[EmbedderSpec, OnProgress], WordKit]) -> tuple[SplitEar, EarInProcess]:
    ear = EarInProcess(silent_equipment())
    return SplitEar(ear, EmbeddingHosts(partial(EmbeddingInProcess, load=load))), ear


def run(ear: SplitEar, clip: Path, step: float = 0.25) -> list[Event]:
    """Open the clip, and advance it until it ends and all of it was heard."""
    ear.send(messages.Open(FileSpec(clip, "clip", stepped=True)))
    events = ear.poll()
    while not any(isinstance(event, Closed) for event in events):
        assert len(events) < 1000
        ear.send(messages.Advance(step))
        events += ear.poll()
    return events


def wait_for(poll: Callable[[], list[Event]], kind: type, seconds: float = WAIT_SECONDS) -> list[Event]:
    """Everything told until something of that kind comes."""
    told: list[Event] = []
    turn = threading.Event()
    for _ in range(round(seconds / 0.02)):
        told += poll()
        if any(isinstance(event, kind) for event in told):
            return told
        turn.wait(0.02)
    raise TimeoutError(f"no {kind.__name__} among {told}")


def test_what_is_heard_beside_the_ear_is_what_the_whole_clip_gives(kit: WordKit, word: WordModel, clip: Path) -> None:
    ear, _ = twins(lambda spec, on_progress: kit)
    ear.send(UseEmbedder(MFCC))
    ear.send(Teach((word,)))
    found = [event.frame for event in run(ear, clip) if isinstance(event, Spotted)]
    expected, detections = spot_clip(Spotter(kit.embedder, (word,)), read_clip(clip).for_models())
    assert detections, "else this would show little"
    assert [frame.index for frame in found] == [frame.index for frame in expected]
    assert np.allclose([f.distances for f in found], [f.distances for f in expected], atol=1e-5)
    ear.close()


def test_two_embedders_hear_the_same_sound_side_by_side(kit: WordKit, word: WordModel) -> None:
    ring = SharedRing.create(MODEL_RATE, 10.0)
    told: list[list[object]] = [[], []]
    hosts = [EmbeddingHost(kit, some.append, skip_late=False) for some in told]
    for number, host in enumerate(hosts):
        host.handle(Teach((word, word)[: number + 1]))
        host.handle(Listen(7, ring.name, MODEL_RATE))
    ring.write(np.random.default_rng(1).normal(0, 0.1, 3 * MODEL_RATE).astype(np.float32))
    for host in hosts:
        host.step()
        host.close()
    ring.close()
    frames = [[one.event.frame for one in some if isinstance(one, Told)] for some in told]
    assert len(frames[0]) == len(frames[1]) > 10 and {one.stream for one in told[0]} == {7}
    assert {len(frame.distances) for frame in frames[0]} == {1} and {len(f.distances) for f in frames[1]} == {2}


def test_the_ear_itself_hears_no_words_meanwhile_and_hears_them_again(
    kit: WordKit, word: WordModel, clip: Path
) -> None:
    ear, inner = twins(lambda spec, on_progress: kit)
    sent: list[object] = []
    send = inner.send
    inner.send = lambda command: (sent.append(command), send(command))[1]  # type: ignore[method-assign]
    ear.send(UseEmbedder(MFCC))
    ear.send(Teach((word,)))
    ear.send(UseEmbedder(EmbedderSpec()))
    assert [one for one in sent if isinstance(one, Teach)] == [Teach(())]
    ear.send(Teach((word,)))
    assert sent[-1] == Teach((word,))
    assert [event for event in ear.poll() if isinstance(event, EmbedderLoading)][-1].progress is None
    ear.close()


def test_takes_clips_and_the_cohort_come_from_it(kit: WordKit, word: WordModel, clip: Path) -> None:
    ear, _ = twins(lambda spec, on_progress: kit)
    ear.send(UseEmbedder(MFCC))
    ear.send(Teach((word,)))
    take = read_clip(CLIPS / "takes" / "computer_4.flac").for_models()
    ear.send(messages.MakeTake(3, "four", take))
    ear.send(messages.SpotClip(4, read_clip(clip).for_models()))
    events = wait_for(ear.poll, ClipSpotted)
    (made,) = (event for event in events if isinstance(event, TakeMade))
    assert made.ticket == 3 and made.take is not None and made.take.templates[0].frames.shape[1] == 26
    ear.close()
    link = EmbeddingInProcess(MFCC, lambda spec, on_progress: kit)
    link.send(GiveCohort(9))
    (given,) = (news for news in link.poll() if isinstance(news, CohortGiven))
    assert given.ticket == 9 and len(given.codes) == len(kit.cohort.windows)
    assert np.allclose(decode_frames(given.codes[0]), kit.cohort.windows[0], atol=0.02)
    link.close()


def test_what_was_asked_of_the_last_one_is_refused(kit: WordKit) -> None:
    ear, _ = twins(lambda spec, on_progress: kit)
    ear.send(messages.HearTake(5, "five"))
    ear._asked[6] = messages.MakeTake(6, "six", np.zeros(0, np.float32))  # a take that the ear has still to make
    ear.send(UseEmbedder(MFCC))
    refused = [event.ticket for event in ear.poll() if isinstance(event, Trouble)]
    assert sorted(refused) == [5, 6]
    ear.close()


def test_what_was_cancelled_or_replaced_is_not_refused_later(kit: WordKit) -> None:
    """Nothing more comes of a clip that is not wanted: that its words are heard in another way is no trouble."""
    for last in (messages.CancelSpot(), messages.SpotClip(8, np.zeros(40_000, np.float32))):
        ear, _ = twins(lambda spec, on_progress: kit)
        ear._ear.send = lambda command: None  # it is slow today
        ear.send(messages.SpotClip(7, np.zeros(40_000, np.float32)))
        ear.send(last)
        ear.send(UseEmbedder(MFCC))
        refused = [(event.ticket, event.message) for event in ear.poll() if isinstance(event, Trouble)]
        assert refused == ([(8, "")] if isinstance(last, messages.SpotClip) else []), "it is searched again by itself"
        ear.close()


def test_what_the_speakers_play_is_not_heard(kit: WordKit, word: WordModel) -> None:
    now = [100.0]
    inner = EarInProcess(silent_equipment())
    ear = SplitEar(inner, EmbeddingHosts(partial(EmbeddingInProcess, load=lambda s, p: kit)), lambda: now[0])
    ear._hear(Played(1, 10))
    assert ear._silent_for == 0
    ear._hear(Played(1, 10, ended=True))
    now[0] += 0.25
    assert ear._silent_for == MODEL_RATE // 4
    ear.close()


class Slow:
    """An embedder that takes longer than the sound lasts."""

    name, checksum, frame, dimensions = "slow", "0" * 64, 640, 4

    def __init__(self) -> None:
        self.calls = 0

    def embed(self, samples: np.ndarray) -> Frames:
        self.calls += 1
        return np.full((len(samples) // self.frame, 4), 0.5, np.float32)


def test_a_slow_one_stays_within_reach_and_says_what_it_skipped(kit: WordKit) -> None:
    slow, told = Slow(), []
    host = EmbeddingHost(WordKit(slow, kit.cohort, kit.babble), told.append)
    frames, ordinary = np.full((8, 4), 0.5, np.float32), np.ones((1, 1), np.float32)
    word = WordModel("word", (Reference(frames, 8),), mean_of_all(ordinary), 0.1, 0.5)
    ring = SharedRing.create(MODEL_RATE, 20.0)
    host.handle(Teach((word,)))
    host.handle(Listen(1, ring.name, MODEL_RATE))
    embed = slow.embed

    def embed_while_sound_goes_on(samples: np.ndarray) -> Frames:
        ring.write(np.zeros(10 * HOP, np.float32))
        return embed(samples)

    slow.embed = embed_while_sound_goes_on  # type: ignore[method-assign]
    ring.write(np.zeros(2 * MODEL_RATE, np.float32))
    host.step()
    assert slow.calls == MOST_HOPS, "it would go on for ever, and hear no command"
    assert [one.event.frame.skipped for one in told][-1] == 9
    host.close()
    ring.close()


def test_what_can_not_be_loaded_is_told_once_with_its_reason() -> None:
    link = EmbeddingHosts(EmbeddingProcess)
    hosted = HostedListener(EmbedderSpec("whisper", Path("/nowhere/model.pt")), link)
    try:
        events = wait_for(hosted.poll, EmbedderLost)
        (lost,) = (event for event in events if isinstance(event, EmbedderLost))
        assert "model.pt" in lost.message and lost.hint and hosted.lost
        assert hosted.poll() == []
        hosted.send(Teach(()))
    finally:
        hosted.close()
        link.close()


def ready(hosted: HostedListener) -> None:
    told: list[Event] = []
    turn = threading.Event()
    for _ in range(round(WAIT_SECONDS / 0.02)):
        told += hosted.poll()
        if any(isinstance(event, EmbedderLoading) and event.progress is None for event in told):
            return
        turn.wait(0.02)
    raise TimeoutError(f"not loaded: {told}")


def test_a_killed_process_is_replaced_and_knows_all_again_but_not_for_ever(word: WordModel, clip: Path) -> None:
    hosts = EmbeddingHosts(EmbeddingProcess)
    hosted = HostedListener(MFCC, hosts)
    ring = SharedRing.create(MODEL_RATE, 20.0)
    samples = read_clip(clip).for_models()
    try:
        hosted.send(Teach((word,)))
        hosted.listen(ring.name, MODEL_RATE)
        ready(hosted)
        ring.write(samples)
        assert [e for e in wait_for(hosted.poll, Spotted) if isinstance(e, Spotted)]
        first = hosted._link.pid
        os.kill(first, signal.SIGKILL)
        hosted.send(messages.SpotClip(11, samples))
        events = wait_for(hosted.poll, ClipSpotted)  # the words and what was asked went over to the next one
        trouble = next(event for event in events if isinstance(event, Trouble))
        assert trouble.message == "MFCC (no model) ended unexpectedly." and trouble.hint == AGAIN
        answer = next(event for event in events if isinstance(event, ClipSpotted))
        assert answer.ticket == 11 and answer.detections and hosted._link.pid != first
        ring.write(samples)
        assert wait_for(hosted.poll, Spotted)  # and the stream
        os.kill(hosted._link.pid, signal.SIGKILL)
        lost = next(e for e in wait_for(hosted.poll, EmbedderLost) if isinstance(e, EmbedderLost))
        assert "for the second time" in lost.message
    finally:
        hosted.close()
        hosts.close()
        ring.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no stopping a process")
def test_one_that_gives_no_sign_is_ended_and_a_window_that_was_held_up_blames_nobody() -> None:
    now = [0.0]
    link = EmbeddingProcess(MFCC, hung_seconds=5.0, clock=lambda: now[0])
    turn = threading.Event()
    try:
        for _ in range(round(WAIT_SECONDS / 0.02)):
            if any(isinstance(news, Ready) for news in link.poll()):
                break
            turn.wait(0.02)
        os.kill(link.pid, signal.SIGSTOP)
        turn.wait(0.1)
        link.poll()
        now[0] += 3600.0  # the window itself was held up
        link.poll()
        with pytest.raises(GoneError, match="has not answered for 5 seconds"):
            for _ in range(12):
                now[0] += 0.5
                link.poll()
        assert link.pid is None
    finally:
        link.close()


def test_a_spare_one_is_used_again_and_replaced_by_a_newer_one() -> None:
    made: list[EmbeddingInProcess] = []

    def make(spec: EmbedderSpec) -> EmbeddingInProcess:
        made.append(EmbeddingInProcess(spec))
        return made[-1]

    hosts = EmbeddingHosts(make)
    first = hosts.take(MFCC)
    hosts.keep(first)
    assert hosts.take(EmbedderSpec("google")) is made[1] and hosts.take(MFCC) is first and len(made) == 2
    hosts.keep(first)
    hosts.keep(made[1])
    assert first._closed and not made[1]._closed
    hosts.close()
    assert made[1]._closed
    late = hosts.take(MFCC)
    hosts.keep(late)
    assert late._closed


def test_loading_tells_how_far_it_is(small_models: None) -> None:
    told: list[str] = []
    load_kit(EmbedderSpec("whisper"), lambda progress: told.append(progress.note))
    assert told[0] == "loading the model" and told.count("hearing ordinary speech") == 5
    with pytest.raises(LabBenchError):
        load_kit(EmbedderSpec("nobody"), ignore_progress)
