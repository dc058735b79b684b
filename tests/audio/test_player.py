"""Playback: what reaches the device, where it is, how it ends; and sound at another speed keeps its pitch."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from labbench.audio.player import Player, PlaySpec, Samples
from labbench.audio.tempo import TempoStretcher
from labbench.core.errors import LabBenchError

RATE = 16_000


class FakeOutput:
    """An output device that takes blocks as fast as they come, until its `gate` is closed."""

    def __init__(self, rate: int = RATE, latency: float = 0.0, fails_at: int | None = None) -> None:
        self.rate, self.latency = rate, latency
        self.blocks: list[np.ndarray] = []
        self.closed = 0
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self._fails_at = fails_at

    def write(self, block: np.ndarray) -> None:
        if len(self.blocks) == self._fails_at:
            raise LabBenchError("The loudspeaker is no longer there.", "Plug it in again.")
        self.blocks.append(block.copy())
        self.waiting.set()
        assert self.gate.wait(10)

    def close(self) -> None:
        self.closed += 1

    @property
    def heard(self) -> np.ndarray:
        return np.concatenate([np.zeros(0, np.float32), *self.blocks])


class ClosingSound(Samples):
    closed = 0

    def close(self) -> None:
        self.closed += 1


def tone(seconds: float, hertz: float = 440.0, rate: int = RATE) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def pitch(samples: np.ndarray, rate: int = RATE) -> float:
    """The strongest frequency, in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


def play(sound: Samples, output: FakeOutput, **spec: object) -> Player:
    return Player(sound, PlaySpec(None, **spec), lambda _: output)  # type: ignore[arg-type]


def finish(player: Player) -> None:
    player._thread.join(20)
    assert player.ended


def test_all_of_it_is_heard_and_nothing_else() -> None:
    samples, output = tone(1.0), FakeOutput(latency=0.1)
    sound = ClosingSound(samples, RATE)
    player = play(sound, output)
    finish(player)
    assert np.array_equal(output.heard[: len(samples)], samples)
    padding = output.heard[len(samples) :]
    assert not padding.any() and len(padding) >= 0.1 * RATE, "so much silence that the end has left the device's buffer"
    assert player.position == RATE and player.failure is None
    assert (output.closed, sound.closed) == (0, 0)
    player.close()
    assert (output.closed, sound.closed) == (1, 1)


def test_a_stretch_of_it_at_another_rate() -> None:
    output = FakeOutput(rate=48_000)
    player = play(
        Samples(np.concatenate([tone(1.0, 300), tone(1.0, 1000), tone(1.0, 300)]), RATE),
        output,
        start=RATE,
        stop=2 * RATE,
    )
    finish(player)
    heard = output.heard[:48_000]
    assert pitch(heard, 48_000) == pytest.approx(1000, abs=2)
    assert np.allclose(heard[480:-480], tone(1.0, 1000, 48_000)[480:-480], atol=0.01)
    assert player.position == 2 * RATE


@pytest.mark.parametrize(
    ("start", "stop", "expected"), [(-5, 99_999_999, RATE), (RATE * 2, None, 0), (900, 100, 0), (0, 0, 0)]
)
def test_bounds_outside_the_sound_are_moved_into_it(start: int, stop: int | None, expected: int) -> None:
    output = FakeOutput()
    player = play(Samples(tone(1.0), RATE), output, start=start, stop=stop)
    finish(player)
    assert int(np.count_nonzero(np.abs(output.heard) > 0.01)) == pytest.approx(expected, rel=0.03)
    assert player.failure is None


def test_the_position_is_what_is_heard_not_what_is_written() -> None:
    output = FakeOutput(latency=0.2)
    output.gate.clear()
    player = play(Samples(tone(2.0), RATE), output)
    try:
        assert output.waiting.wait(10)
        assert player.position == 0 and not player.ended
        output.gate.set()
        finish(player)
        assert player.position == 2 * RATE
    finally:
        output.gate.set()
        player.stop(10)


def test_stop_is_silence_at_once() -> None:
    output = FakeOutput()
    output.gate.clear()
    player = play(Samples(tone(60.0), RATE), output)
    assert output.waiting.wait(10)
    assert not player.stop(0.01), "the device holds its thread up, and nobody waits for it longer than that"
    output.gate.set()
    finish(player)
    assert len(output.blocks) == 1, "nothing was written after it"
    assert player.failure is None


@pytest.mark.parametrize("fails_at", [0, 3])
def test_a_device_that_goes_away_ends_it_with_its_reason(fails_at: int) -> None:
    output = FakeOutput(fails_at=fails_at)
    player = play(Samples(tone(1.0), RATE), output)
    finish(player)
    assert player.failure is not None and "no longer there" in player.failure.message and player.failure.hint
    assert player.position == round(fails_at * 0.05 * RATE)


def test_whatever_a_driver_does_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    output = FakeOutput()

    def fail(block: np.ndarray) -> None:
        raise RuntimeError("driver")

    monkeypatch.setattr(output, "write", fail)
    player = play(Samples(tone(1.0), RATE), output)
    finish(player)
    assert player.failure is not None and "driver" in player.failure.message


def stretched(samples: np.ndarray, rate: int, speed: float, block: int) -> np.ndarray:
    stretcher = TempoStretcher(rate, speed)
    parts = [stretcher.push(samples[at : at + block]) for at in range(0, len(samples), block)]
    return np.concatenate([*parts, stretcher.flush()])


@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("speed", [0.5, 0.8, 1.0, 1.5, 2.0])
def test_another_speed_changes_the_length_and_keeps_the_pitch(rate: int, speed: float) -> None:
    out = stretched(tone(2.0, 440.0, rate), rate, speed, rate // 20)
    assert len(out) / rate == pytest.approx(2.0 / speed, abs=0.06)
    assert pitch(out, rate) == pytest.approx(440.0, abs=4.0)
    assert float(np.sqrt(np.mean(out**2))) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_nothing_gets_out_of_place_at_another_speed() -> None:
    """Three short bursts at known moments are found again at those moments, scaled."""
    samples = np.zeros(3 * RATE, np.float32)
    for second in (0.5, 1.5, 2.5):
        samples[round(second * RATE) : round(second * RATE) + 800] = tone(0.05, 1000)
    for speed in (0.5, 2.0):
        out = stretched(samples, RATE, speed, 800)
        loud = np.flatnonzero(np.abs(out) > 0.2) / RATE
        for second in (0.5, 1.5, 2.5):
            assert float(np.min(np.abs(loud - second / speed))) < 0.05


@pytest.mark.parametrize("make", [lambda: tone(0.0), lambda: tone(0.001), lambda: tone(0.03)])
def test_very_short_sounds_at_another_speed(make: Callable[[], np.ndarray]) -> None:
    samples = make()
    assert len(stretched(samples, RATE, 0.5, 800)) <= 2 * len(samples) + RATE // 10


def test_the_player_reckons_its_position_with_the_speed() -> None:
    output = FakeOutput()
    player = play(Samples(tone(2.0), RATE), output, speed=2.0)
    finish(player)
    assert player.position == 2 * RATE
    loud = np.flatnonzero(np.abs(output.heard) > 0.05)
    assert (loud[-1] - loud[0]) / RATE == pytest.approx(1.0, abs=0.06)
