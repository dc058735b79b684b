"""What an official Whisper will need on this computer: memory and time, estimated before anything is downloaded.

The time of a window of 30 s is counted from the model's dimensions (the operations of each layer, as in "Attention is
all you need", 2017) and two rates of this computer: of multiplying matrices, which bounds the encoder, and of reading
memory, which bounds the decoder, since it goes through all its weights for each token. An estimate, within a factor
of two or so.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

WINDOW_SECONDS = 30.0
FRAMES = 1500
"""What the encoder makes of a window."""
VOCABULARY = 51_865
TOKENS = 100
"""In a window of running speech: about three a second."""
OPERATIONS_PER_STEP = 0.18e9
"""One token in one layer, with five beams, takes as long as so many operations of the encoder: many small steps
(measured with `base`, 2 cores)."""
PROGRAM_BYTES = 300_000_000
"""The host process without a model: Python and torch, and what a window of sound needs."""
FLOAT_BYTES, INT8_BYTES, EMBEDDING_BYTES = 4, 1, 2
"""Of a number: in the encoder and in what is made of its output; in the decoder; in the table of tokens, which is there
for looking up and, in int8, for multiplying."""


@dataclass(frozen=True)
class Dimensions:
    """Of an official checkpoint: width of encoder and decoder, layers of each, bands of the spectrogram."""

    width: int
    encoder_layers: int
    decoder_layers: int
    bands: int = 80


_SIZES = {
    "tiny": Dimensions(384, 4, 4),
    "base": Dimensions(512, 6, 6),
    "small": Dimensions(768, 12, 12),
    "medium": Dimensions(1024, 24, 24),
    "large-v1": Dimensions(1280, 32, 32),
    "large-v2": Dimensions(1280, 32, 32),
    "large-v3": Dimensions(1280, 32, 32, 128),
    "large-v3-turbo": Dimensions(1280, 32, 4, 128),
}
DIMENSIONS: Mapping[str, Dimensions] = MappingProxyType(
    _SIZES | {f"{name}.en": _SIZES[name] for name in ("tiny", "base", "small", "medium")}
)


@dataclass(frozen=True)
class Speed:
    """Of this computer: operations per second where matrices are multiplied, and bytes per second read from memory."""

    operations: float
    reading: float


@dataclass(frozen=True)
class Expectation:
    """Estimates. `memory_bytes` of the host process; `real_time_factor` is computing time over the sound's."""

    memory_bytes: int
    real_time_factor: float | None = None

    @property
    def speed_text(self) -> str:
        """For people: `about 5 × as fast as speech (estimate)`, "" where nothing was measured."""
        if self.real_time_factor is None:
            return ""
        if self.real_time_factor <= 1.0:
            return f"about {_rough(1.0 / self.real_time_factor)} × as fast as speech (estimate)"
        return f"about {_rough(self.real_time_factor)} × as long as the sound (estimate)"

    @property
    def speed_figure(self) -> str:
        """The same for a table that says what it is: `5 × as fast`, `2 × as long`."""
        words = self.speed_text.removeprefix("about ").split()
        return " ".join(words[: words.index("as") + 2]) if words else ""


def expect(name: str, speed: Speed | None = None) -> Expectation:
    """What the official checkpoint of this name needs on the processor; the time with a measured `speed` only."""
    its = DIMENSIONS[name]
    memory = PROGRAM_BYTES + _weight_bytes(its) + _sound_bytes(its)
    return Expectation(memory, None if speed is None else window_seconds(its, speed) / WINDOW_SECONDS)


def window_seconds(its: Dimensions, speed: Speed) -> float:
    """Computing time for 30 s of speech with openai-whisper's own options."""
    once = encoder_operations(its) + its.decoder_layers * 2 * 2 * FRAMES * its.width**2  # keys and values of its output
    read = INT8_BYTES * _decoder_weights(its) + _sound_bytes(its)
    steps = TOKENS * its.decoder_layers * OPERATIONS_PER_STEP
    return (once + steps) / speed.operations + TOKENS * read / speed.reading


def encoder_operations(its: Dimensions) -> float:
    """Multiplications and additions of one pass over 30 s: two convolutions, then in each layer projections and MLP
    (24 a weight's square) and attention (4 for each pair of frames)."""
    convolutions = 2 * 3 * (2 * FRAMES * its.bands * its.width + FRAMES * its.width**2)
    layer = 24 * FRAMES * its.width**2 + 4 * FRAMES**2 * its.width
    return float(convolutions + its.encoder_layers * layer)


def _decoder_weights(its: Dimensions) -> int:
    return its.decoder_layers * 14 * its.width**2 + VOCABULARY * its.width


def _weight_bytes(its: Dimensions) -> int:
    exact = FLOAT_BYTES * (its.encoder_layers * 12 + its.decoder_layers * 2) * its.width**2
    return exact + INT8_BYTES * _decoder_weights(its) + EMBEDDING_BYTES * VOCABULARY * its.width


def _sound_bytes(its: Dimensions) -> int:
    """Keys and values of a window of sound, which all beams share."""
    return FLOAT_BYTES * 2 * FRAMES * its.width * its.decoder_layers


def measure_speed(clock: Callable[[], float] = time.perf_counter) -> Speed:
    """Measure this computer, in 0.3 s or so and 60 MB. Occupies all its cores: not for the window's thread."""
    one, other = np.ones((FRAMES, 512), np.float32), np.ones((512, 1024), np.float32)
    table, token = np.ones((16_384, 768), np.float32), np.ones(768, np.float32)
    one @ other, table @ token  # the first time is not typical
    multiply = _fastest(lambda: one @ other, clock)
    read = _fastest(lambda: table @ token, clock)
    return Speed(2.0 * FRAMES * 512 * 1024 / multiply, table.nbytes / read)


def _fastest(work: Callable[[], object], clock: Callable[[], float], seconds: float = 0.1) -> float:
    """The shortest of the times that fit into `seconds`: what else runs only makes it longer."""
    best, ends = math.inf, clock() + seconds
    while True:
        began = clock()
        work()
        now = clock()
        best = min(best, max(now - began, 1e-9))
        if now >= ends:
            return best


def _rough(value: float) -> str:
    return f"{value:.1f}" if value < 3 else f"{value:.0f}"
