"""The detector of the wheel `silero-vad` on the program's own clips, and on what is no speech."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from small_whisper import SPOKEN

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.timebase import MODEL_RATE
from labbench.models.gated import SETTINGS
from labbench.models.voice_gate import FRAME, VoiceGate, voice_model
from labbench.signal.speech_stretches import Stretch, speech_stretches

pytestmark = pytest.mark.skipif(voice_model() is None, reason="silero-vad has no use on this computer")
CLIPS = paths.assets() / "clips"
SECONDS = 20
TIME = np.arange(SECONDS * MODEL_RATE) / MODEL_RATE


def found(samples: NDArray[np.float32]) -> tuple[Stretch, ...]:
    return speech_stretches(VoiceGate().probabilities(samples, last=True), FRAME, len(samples), MODEL_RATE, SETTINGS)


@cache
def noises() -> dict[str, NDArray[np.float64]]:
    """Of some 20 s: what is heard where nobody speaks."""
    random = np.random.default_rng(0)
    white = random.normal(size=len(TIME))
    spectrum = np.fft.rfft(white)
    count = np.arange(len(spectrum))
    hertz = np.fft.rfftfreq(len(TIME), 1 / MODEL_RATE)
    breath = np.fft.irfft(spectrum * np.exp(-(((hertz - 900) / 900) ** 2)), len(TIME))
    clicks = np.zeros(len(TIME))
    clicks[random.integers(0, len(TIME), 40)] = 0.9
    chords = np.zeros(len(TIME))
    for at in np.arange(0, SECONDS, 0.5):
        root = 220 * 2 ** ([0, 5, 7, 3][int(at / 2) % 4] / 12)
        since = np.maximum(TIME - at, 0.0)
        for step in (0, 4, 7):
            chords += (at <= TIME) * np.exp(-3 * since) * np.sin(2 * np.pi * root * 2 ** (step / 12) * since) * 0.1
    return {
        "silence": 0 * white,
        "white": 0.1 * white,
        "faint": 0.002 * white,
        "pink": np.fft.irfft(spectrum / np.sqrt(np.maximum(count, 1)), len(TIME)) * 2.0,
        "hum": 0.2 * np.sin(2 * np.pi * 50 * TIME) + 0.1 * np.sin(2 * np.pi * 150 * TIME),
        "tone": 0.01 * np.sin(2 * np.pi * 440 * TIME),
        "ringing": 0.3 * np.sin(2 * np.pi * 440 * TIME) * (TIME % 6 < 2),
        "clicks": clicks,
        "music": chords,
        "breath": breath / np.abs(breath).max() * 0.3 * np.clip(np.sin(2 * np.pi * TIME / 3.5), 0, 1),
    }


@pytest.mark.parametrize("kind", noises())
def test_there_is_no_speech_in(kind: str) -> None:
    assert found(noises()[kind].astype(np.float32)) == ()


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01])
@pytest.mark.parametrize("name", ["demo", "sentences_with", "sentences_without"])
def test_all_that_stands_out_of_a_spoken_clip_is_speech(name: str, gain: float) -> None:
    samples = read_clip(CLIPS / f"{name}.flac").for_models() * np.float32(gain)
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    levels = np.sqrt(np.mean(frames * frames, axis=1))
    loud = np.flatnonzero(levels > 0.1 * levels.max()) * FRAME + FRAME // 2
    spans = found(samples)
    inside = [any(start <= at < stop for start, stop in spans) for at in loud]
    assert np.mean(inside) > 0.995


def test_in_pieces_as_in_one() -> None:
    samples = read_clip(SPOKEN / "digits.flac").for_models()
    gate = VoiceGate()
    parts = [gate.probabilities(samples[at : at + 7001]) for at in range(0, len(samples), 7001)]
    parts.append(gate.probabilities(samples[:0], last=True))
    whole = VoiceGate().probabilities(samples, last=True)
    assert np.concatenate(parts) == pytest.approx(whole, abs=1e-3)
    assert len(whole) == -(-len(samples) // FRAME)


def test_values_that_are_no_numbers_are_silence() -> None:
    samples = np.full(8 * FRAME, np.nan, np.float32)
    assert VoiceGate().probabilities(samples).max() < 0.1
