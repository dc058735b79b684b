"""Playback in the ear: told from start to end, never in the recording's way, and deaf to itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from labbench.audio.files import read_clip
from labbench.audio.player import PlaySpec, Samples, Sound
from labbench.audio.source import FileSpec
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.live import messages
from labbench.live import playing as playing_module
from labbench.live.ear_process import EarInProcess
from labbench.live.equipment import Equipment, load_word_kit
from labbench.live.listener import WordKit
from labbench.live.messages import Event, Played
from labbench.live.playing import Playing
from labbench.models.moonshine_files import moonshine_assets
from labbench.wakeword.templates import WINDOW
from labbench.wakeword.words import TaughtWord, WordModel, model_of, with_take

TAKES = paths.assets() / "clips" / "takes"
RATE = 16_000


class Loudspeaker:
    """An output that takes sound only while its gate is open, as a driver that hangs would."""

    rate, latency = RATE, 0.1

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.waiting = threading.Event()
        self.closed_in: list[threading.Thread] = []
        self.fails = False

    def write(self, block: np.ndarray) -> None:
        self.waiting.set()
        assert self.gate.wait(20)
        if self.fails:
            raise LabBenchError("The loudspeaker is gone.", "Plug it in.")

    def close(self) -> None:
        self.closed_in.append(threading.current_thread())


class File(Samples):
    def __init__(self, seconds: float = 1.0) -> None:
        super().__init__(np.full(round(seconds * RATE), 0.1, np.float32), RATE)
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


class Bench:
    """What is played into a loudspeaker, and what is told of it."""

    def __init__(self) -> None:
        self.speakers: list[Loudspeaker] = []
        self.sounds: list[File] = []
        self.events: list[Event] = []
        self.now = 100.0
        self.open_sound: Callable[[Path], Sound] = self._open_sound
        self.playing = Playing(
            lambda path: self.open_sound(path), self._open_output, self.events.append, lambda: self.now
        )

    def _open_sound(self, path: Path) -> Sound:
        self.sounds.append(File())
        return self.sounds[-1]

    def _open_output(self, device: str | None) -> Loudspeaker:
        if device == "gone":
            raise LabBenchError("There is no output device named 'gone'.", "There are: none.")
        self.speakers.append(Loudspeaker())
        return self.speakers[-1]

    def play(self, ticket: int, device: str | None = None) -> None:
        self.playing.begin(messages.Play(ticket, PlaySpec(Path("a.wav"), device=device)))

    def until_told(self) -> None:
        """Step as the ear does, until the end has been told."""
        for _ in range(2000):
            self.playing.step()
            if not self.playing.in_use:
                return
            assert not threading.Event().wait(0.005)
        raise AssertionError("it never ends")

    def ends(self) -> list[int]:
        return [event.ticket for event in self.events if isinstance(event, Played) and event.ended]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(playing_module, "PATIENCE_SECONDS", 0.01)
    made = Bench()
    yield made
    for speaker in made.speakers:
        speaker.gate.set()
    made.playing.stop()
    made.until_told()


def test_the_end_comes_once_and_everything_is_closed_by_whoever_opened_it(bench: Bench) -> None:
    bench.play(1)
    assert bench.playing.active and bench.playing.silent_for == 0.0
    bench.speakers[0].gate.set()
    bench.until_told()
    bench.now += 7.0
    assert bench.playing.silent_for == 7.0 and not bench.playing.active
    bench.playing.step()
    bench.playing.stop()
    assert bench.ends() == [1] and bench.events[-1] == Played(1, RATE, True)
    assert bench.speakers[0].closed_in == [threading.current_thread()] and bench.sounds[0].closed == 1


def test_a_newer_sound_replaces_an_older_one_whose_device_hangs(bench: Bench) -> None:
    bench.play(1)
    assert bench.speakers[0].waiting.wait(10)
    bench.play(2)
    assert bench.ends() == [1] and bench.playing.active
    bench.speakers[1].gate.set()
    for _ in range(2000):
        bench.playing.step()
        if not bench.playing.active:
            break
        assert not threading.Event().wait(0.005)
    assert bench.ends() == [1, 2]
    assert bench.playing.in_use and not bench.speakers[0].closed_in, "PortAudio must not start anew yet"
    bench.speakers[0].gate.set()
    bench.until_told()
    assert bench.ends() == [1, 2]
    assert len(bench.speakers[0].closed_in) == bench.sounds[0].closed == 1


def test_a_device_that_fails_is_told_with_its_reason(bench: Bench) -> None:
    bench.play(1)
    bench.speakers[0].fails = True
    bench.speakers[0].gate.set()
    bench.until_told()
    assert bench.events[-1] == Played(1, 0, True, "The loudspeaker is gone.", "Plug it in.")
    assert bench.ends() == [1]


def test_a_device_or_a_file_that_is_not_there_is_told_and_leaves_nothing_open(bench: Bench) -> None:
    bench.play(1, "gone")
    assert bench.sounds[0].closed == 1

    def missing(path: Path) -> Sound:
        raise LabBenchError("a.wav is no longer there.", "Look for it.")

    bench.open_sound = missing
    bench.play(2)
    bench.playing.begin(messages.Play(3, PlaySpec(None)))
    assert bench.ends() == [1, 2, 3] and not bench.playing.in_use
    assert all(event.reason and event.hint for event in bench.events if isinstance(event, Played))


@pytest.fixture(scope="module")
def computer() -> tuple[WordKit, WordModel]:
    """The models, and a word that was taught."""
    try:
        moonshine_assets()
    except LabBenchError:
        pytest.skip("Moonshine has no wheel for this computer")
    kit, taught = load_word_kit(), TaughtWord("computer")
    for path in sorted(TAKES.glob("computer_*.flac"))[:4]:
        taught = with_take(taught, kit.take(path.stem, read_clip(path).for_models()))
    return kit, model_of(taught)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """The same word twice, 4.5 s apart, in quiet noise."""
    samples = np.random.default_rng(0).normal(0.0, 3e-4, 8 * MODEL_RATE).astype(np.float32)
    take = read_clip(TAKES / "computer_1.flac").for_models()
    for second in (1.2, 5.7):
        samples[round(second * MODEL_RATE) :][: len(take)] += take
    soundfile.write(tmp_path / "clip.wav", samples, MODEL_RATE, subtype="FLOAT")
    return tmp_path / "clip.wav"


@pytest.mark.parametrize("begins", ["before", "after", "recorded"])
def test_what_the_speakers_play_neither_triggers_nor_teaches(
    clip: Path, computer: tuple[WordKit, WordModel], tmp_path: Path, begins: str
) -> None:
    """The microphone hears the word twice: first from the loudspeaker, then from somebody in the room."""
    kit, word = computer
    speaker = Loudspeaker()
    ear = EarInProcess(Equipment(load_kit=lambda: kit, open_output=lambda _: speaker))
    events: list[Event] = []
    play = messages.Play(1, PlaySpec(None, samples=np.zeros(RATE, np.float32), rate=RATE))
    source = messages.Open(FileSpec(clip, "clip", stepped=True))

    def send(*commands: messages.Command) -> None:
        for command in commands:
            ear.send(command)
            events.extend(ear.poll())

    def advance(seconds: float) -> None:
        send(*[messages.Advance(0.1)] * round(10 * seconds))

    try:
        send(messages.Teach((word,)))
        send(*([play, source] if begins == "before" else [source, play]), messages.HearTake(7, "Take"))
        advance(2.1)
        speaker.gate.set()
        for _ in range(2000):
            events.extend(ear.poll())
            if any(isinstance(event, Played) and event.ended for event in events):
                break
            assert not threading.Event().wait(0.005)
        if begins == "recorded":  # the pre-roll brings what the loudspeaker said along
            send(messages.Record(tmp_path / "take.wav"))
        advance(3.1)
        before = list(events)
        advance(3.0)
        send(messages.Close())
    finally:
        speaker.gate.set()
        events.extend(ear.close())
    assert not [event for event in events if isinstance(event, messages.Trouble)]
    assert heard_words(before) == [] and not [event for event in before if isinstance(event, messages.TakeMade)]
    assert [event.frame.muted for event in before if isinstance(event, messages.Spotted)].count(True) > 10
    assert heard_words(events) == ["computer"]
    (made,) = [event for event in events if isinstance(event, messages.TakeMade)]
    assert made.take is not None and made.take.used


def heard_words(events: list[Event]) -> list[str]:
    return [found.word for event in events if isinstance(event, messages.Spotted) for found in event.detections]


def test_without_the_speakers_the_word_is_heard_at_once(clip: Path, computer: tuple[WordKit, WordModel]) -> None:
    """Nothing was played: windows that reach back before the stream count."""
    kit, word = computer
    ear = EarInProcess(Equipment(load_kit=lambda: kit))
    events: list[Event] = []
    for command in (messages.Teach((word,)), messages.Open(FileSpec(clip, "clip", stepped=True))):
        ear.send(command)
    for _ in range(30):
        ear.send(messages.Advance(0.1))
        events += ear.poll()
    ear.close()
    assert heard_words(events) == ["computer"]


def test_a_stream_that_begins_while_the_room_still_rings_is_deaf_to_that(
    clip: Path, computer: tuple[WordKit, WordModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Playing, "silent_for", 0.1)
    kit, word = computer
    ear = EarInProcess(Equipment(load_kit=lambda: kit))
    events: list[Event] = []
    for command in (messages.Teach((word,)), messages.Open(FileSpec(clip, "clip", stepped=True))):
        ear.send(command)
    for _ in range(30):
        ear.send(messages.Advance(0.1))
        events += ear.poll()
    ear.close()
    frames = [event.frame for event in events if isinstance(event, messages.Spotted)]
    assert all(frame.muted == (max(0, frame.index - WINDOW) < 0.4 * MODEL_RATE) for frame in frames)
    assert not frames[-1].muted
