"""The gate before every engine: it is given what holds speech, and its times come back as the whole sound's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from labbench.core.errors import Cancelled, FormatError
from labbench.core.progress import CancelToken, Progress, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.models.gated import GatedEngine
from labbench.models.voice_gate import FRAME
from labbench.transcript.engine import EngineInfo, Options, Partial
from labbench.transcript.types import LiveText, Segment, Skipped, Transcript, Word

LEVEL = 0.1
"""What is louder counts as speech here."""


class ByLevel:
    """A detector that takes loud frames for speech."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)

    def probabilities(self, samples: NDArray[np.float32], *, last: bool = False) -> NDArray[np.float32]:
        sound = np.concatenate([self._rest, samples])
        count = -(-len(sound) // FRAME) if last else len(sound) // FRAME
        self._rest = sound[count * FRAME :]
        padded = np.zeros(count * FRAME, np.float32)
        padded[: len(sound)] = sound[: count * FRAME]
        return (np.abs(padded.reshape(-1, FRAME)).max(axis=1) > LEVEL).astype(np.float32)


@dataclass
class Listener:
    """An engine whose words are the stretches of one loudness: its name and where it is in the sound given."""

    info: EngineInfo = field(default_factory=lambda: EngineInfo("Listener", "", ""))
    given: list[NDArray[np.float32]] = field(default_factory=list)
    asked: list[Options] = field(default_factory=list)
    pushed: list[NDArray[np.float32]] = field(default_factory=list)
    streams: int = 0

    def transcribe(self, samples, options, on_progress, cancel, stopped=None):  # type: ignore[no-untyped-def]
        self.given.append(samples)
        self.asked.append(options)
        total = len(samples) / MODEL_RATE
        words = words_in(samples)
        begin = stopped.heard or 0.0 if stopped else 0.0
        new = [one_segment([word]) for word in words if word.end > begin]
        segments = (*(stopped.segments if stopped else ()), *new)
        found = Transcript("Listener", options.language or "en", segments, total, 0.5)
        on_progress(Partial(total, total, "s", transcript=replace(found, heard=total)))
        return found

    def open_stream(self, options, cancel, before=None):  # type: ignore[no-untyped-def]
        self.streams += 1
        return ListenerStream(self)


class ListenerStream:
    def __init__(self, engine: Listener) -> None:
        self._engine = engine
        self._sound = np.zeros(0, np.float32)

    def push(self, samples: NDArray[np.float32]) -> LiveText:
        self._engine.pushed.append(samples)
        self._sound = np.concatenate([self._sound, samples])
        words = tuple(replace(word, settled=False) for word in words_in(self._sound))
        return LiveText(words, len(self._sound) / MODEL_RATE)

    def finish(self) -> LiveText:
        return LiveText(tuple(words_in(self._sound)), len(self._sound) / MODEL_RATE)


def words_in(samples: NDArray[np.float32]) -> list[Word]:
    """Runs of one loudness, named by it in tenths."""
    tenths = np.round(np.abs(samples) * 10).astype(int)
    edges = np.flatnonzero(np.diff(tenths, prepend=0, append=0))
    found = []
    for start, stop in pairwise(edges):
        if tenths[start] > LEVEL * 10:
            found.append(Word(f"w{tenths[start]}", start / MODEL_RATE, stop / MODEL_RATE, 0.9))
    return found


def one_segment(words: Sequence[Word]) -> Segment:
    text = "".join(f" {word.text}" for word in words)
    return Segment(text, words[0].start, words[-1].end, tuple(words), tokens=(1, 2), seek=round(words[0].start * 100))


def sound(*parts: tuple[float, float]) -> NDArray[np.float32]:
    """Stretches of (seconds, level)."""
    return np.concatenate([np.full(round(seconds * MODEL_RATE), level, np.float32) for seconds, level in parts])


def run(engine: Listener, samples: NDArray[np.float32], options: Options | None = None, **more: object) -> Transcript:
    gated = GatedEngine(engine, ByLevel)
    return gated.transcribe(samples, options or Options(), ignore_progress, CancelToken(), **more)  # type: ignore[arg-type]


LONG = sound((5.0, 0.0), (1.0, 0.2), (10.0, 0.01), (1.0, 0.4), (4.0, 0.0))


def test_nothing_is_made_of_nothing() -> None:
    engine = Listener()
    found = run(engine, sound((40.0, 0.05)), Options("de"))
    assert not engine.given and found.text == "" and found.language == "de"
    assert (found.duration, found.heard, found.skipped) == (40.0, None, (Skipped(0.0, 40.0, "no speech"),))


def test_the_engine_gets_the_speech_and_its_times_come_back() -> None:
    engine = Listener()
    found = run(engine, LONG)
    assert len(engine.given[0]) < 5 * MODEL_RATE
    assert [(word.text, round(word.start, 3), round(word.end, 3)) for word in found.words] == [
        ("w2", 5.0, 6.0),
        ("w4", 16.0, 17.0),
    ]
    assert found.duration == 21.0 and [one.seek for one in found.segments] == [500, 1600]
    gaps = [(round(one.start, 1), round(one.end, 1)) for one in found.skipped]
    assert gaps == [(0.0, 4.6), (6.4, 15.6), (17.4, 21.0)]


def test_progress_and_partial_text_are_on_the_whole_axis() -> None:
    seen: list[Progress] = []
    GatedEngine(Listener(), ByLevel).transcribe(LONG, Options(), seen.append, CancelToken())
    (partial,) = seen
    assert isinstance(partial, Partial) and partial.transcript is not None
    assert partial.total == 21.0 and partial.done == pytest.approx(17.4, abs=0.1)
    assert partial.transcript.words[1].start == pytest.approx(16.0)
    assert partial.transcript.skipped and partial.transcript.heard == pytest.approx(17.4, abs=0.1)


def test_sound_that_is_all_speech_is_handed_on_as_it_is() -> None:
    engine = Listener()
    samples = sound((1.0, 0.0), (3.0, 0.3), (1.0, 0.0))
    found = run(engine, samples)
    assert engine.given[0] is samples and found.skipped == ()


def test_going_on_where_it_was_stopped() -> None:
    engine = Listener()
    whole = run(engine, LONG)
    stopped = replace(whole, segments=whole.segments[:1], heard=10.0)
    again = run(engine, LONG, stopped=stopped)
    assert [word.text for word in again.words] == ["w2", "w4"]
    assert [word.start for word in again.words] == pytest.approx([word.start for word in whole.words])


def test_clips_are_in_times_of_the_whole_sound() -> None:
    engine = Listener()
    run(engine, LONG, Options(clips=(0.0, 10.0, 15.9, 16.5)))
    clips = engine.asked[0].clips
    assert clips == tuple(sorted(clips)) and clips[2] - clips[1] == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize("seconds", [0.2, 0.4, 0.9])
def test_a_short_word_gets_silence_around_it(seconds: float) -> None:
    for options in (Options(), Options(voice_gate=False)):
        engine = Listener()
        found = run(engine, sound((seconds, 0.5)), options)
        assert len(engine.given[0]) / MODEL_RATE == pytest.approx(seconds + 1.0)
        assert [(word.start, word.end) for word in found.words] == [(0.0, pytest.approx(seconds))]
        assert found.duration == pytest.approx(seconds)


def test_switched_off_and_exact_all_is_heard() -> None:
    engine = Listener()
    assert run(engine, LONG, Options(voice_gate=False)).skipped == ()
    assert engine.given[0] is LONG

    @dataclass(frozen=True)
    class Exact(Options):
        precision: str = "exact"

    word = sound((0.4, 0.5))
    run(engine, word, Exact())
    assert engine.given[1] is word


@pytest.mark.parametrize("name", ["German", "de", "DE", "de-AT", "de_DE"])
def test_every_engine_is_told_the_code(name: str) -> None:
    engine = Listener()
    run(engine, LONG, Options(name))
    assert engine.asked[0].language == "de"


def test_a_language_that_nobody_knows() -> None:
    gated = GatedEngine(Listener(), ByLevel)
    with pytest.raises(FormatError, match="no language 'Klingon'"):
        run(Listener(), LONG, Options("Klingon"))
    with pytest.raises(FormatError, match="no language 'Klingon'"):
        gated.open_stream(Options("Klingon"), CancelToken())


def test_cancelled_while_looking_for_speech() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        GatedEngine(Listener(), ByLevel).transcribe(LONG, Options(), ignore_progress, cancel)


def test_a_sentence_over_a_long_pause_becomes_two() -> None:
    class OneSegment(Listener):
        def transcribe(self, samples, options, on_progress, cancel, stopped=None):  # type: ignore[no-untyped-def]
            words = words_in(samples)
            return Transcript("Listener", "en", (one_segment(words),), len(samples) / MODEL_RATE, 0.5)

    found = run(OneSegment(), LONG)
    assert [(one.text, round(one.start), round(one.end), one.tokens) for one in found.segments] == [
        (" w2", 5, 6, (1, 2)),
        (" w4", 16, 17, ()),
    ]


# Live ---------------------------------------------------------------------------------------------------------------


def push(engine: Listener, samples: NDArray[np.float32], piece: int = MODEL_RATE // 2) -> list[LiveText]:
    stream = GatedEngine(engine, ByLevel).open_stream(Options(), CancelToken())
    found = [stream.push(samples[at : at + piece]) for at in range(0, len(samples), piece)]
    return [*found, stream.finish()]


@pytest.mark.parametrize("piece", [700, MODEL_RATE // 2, 3 * MODEL_RATE])
def test_live_the_engine_hears_only_speech_and_nothing_of_a_word_is_cut(piece: int) -> None:
    engine = Listener()
    last = push(engine, LONG, piece)[-1]
    assert [(word.text, round(word.start, 3), round(word.end, 3)) for word in last.words] == [
        ("w2", 5.0, 6.0),
        ("w4", 16.0, 17.0),
    ]
    assert last.heard == 21.0 and all(word.settled for word in last.words)
    assert sum(map(len, engine.pushed)) < (6 if piece < MODEL_RATE else 11) * MODEL_RATE


def test_live_silence_costs_no_pass() -> None:
    engine = Listener()
    assert push(engine, sound((20.0, 0.02)))[-1] == LiveText((), 20.0)
    assert not engine.pushed


def test_live_text_before_a_pause_is_settled_in_it() -> None:
    texts = push(Listener(), LONG)
    at = {text.heard: text for text in texts}
    assert [word.settled for word in at[6.0].words] == [False]
    assert [word.settled for word in at[8.0].words] == [True]


def test_live_a_word_at_once_gets_silence_before_it() -> None:
    engine = Listener()
    (*_, last) = push(engine, sound((0.4, 0.5)), MODEL_RATE // 10)
    assert [(word.start, word.end) for word in last.words] == [(0.0, pytest.approx(0.4))]
    assert sum(map(len, engine.pushed)) == round(0.9 * MODEL_RATE)


def test_live_without_the_gate_all_is_heard() -> None:
    engine = Listener()
    stream = GatedEngine(engine, ByLevel).open_stream(Options(voice_gate=False), CancelToken())
    stream.push(LONG)
    assert sum(map(len, engine.pushed)) == len(LONG)
