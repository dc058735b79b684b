"""Templates: a take's embedding frames, alone and with noise mixed in, its distances to speech and the room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.signal.mixing import evenly, mix, tile
from labbench.wakeword.embedder import Embedder, Frames, unit_rows
from labbench.wakeword.references import Bank, Reference
from labbench.wakeword.whitening import Whitener

WINDOW = 2 * MODEL_RATE
"""Samples that are embedded together, live and when teaching: what a frame looks like depends on its neighbours."""
BABBLE_RATIOS_DB = (15.0, 8.0)
BABBLE_SEED = 20_250


def _none() -> NDArray[np.float32]:
    return np.zeros(0, np.float32)


@dataclass(frozen=True, eq=False)
class Average:
    """A version of a take as the direction of its averaged frames, with raw distances as a template has them."""

    reference: Reference
    cohort: NDArray[np.float32]
    room: NDArray[np.float32] = field(default_factory=_none)


@dataclass(frozen=True)
class Template:
    """Frames of one version of one take, and its distance to each window of the background cohort.

    `room` are its distances to the windows of the room, none where that was not heard. `average` is the same version
    without the order of its frames; None where nothing is known of ordinary speech to tell it from.
    """

    frames: Frames
    cohort: NDArray[np.float32]
    room: NDArray[np.float32] = field(default_factory=_none)
    average: Average | None = None

    @property
    def ordinary(self) -> float:
        """Its mean distance to ordinary speech: what one unit of normalised distance is."""
        return float(self.cohort.mean())


def encode_frames(frames: Frames) -> NDArray[np.int8]:
    """Frames as they are stored: one byte a value, each row scaled so that its largest one is 127 or -127."""
    scale = 127.0 / np.maximum(np.abs(frames).max(axis=1, keepdims=True), 1e-9)
    codes: NDArray[np.int8] = np.rint(frames * scale).astype(np.int8)
    return codes


def encoded(windows: Sequence[Frames]) -> NDArray[np.int8]:
    """Windows of one length as they are stored or sent: int8 [windows, frames, dimensions]; empty without any."""
    return np.stack([encode_frames(window) for window in windows]) if windows else np.zeros((0, 0, 0), np.int8)


def decode_frames(codes: NDArray[np.int8]) -> Frames:
    """The frames, of unit length again, that codes stand for. Encoding these gives the same codes."""
    return unit_rows(codes.astype(np.float32))


def in_context(samples: NDArray[np.float32], start: int, stop: int) -> tuple[NDArray[np.float32], int]:
    """`WINDOW` samples around samples[start:stop], the word in the middle where the clip allows it.

    Returns the window and the word's first sample in it. Where the clip is shorter than the window, it is padded with
    zeros.
    """
    length = min(stop - start, WINDOW)
    begin = start - (WINDOW - length) // 2
    window = np.zeros(WINDOW, np.float32)
    first, last = max(0, begin), min(len(samples), begin + WINDOW)
    window[first - begin : last - begin] = samples[first:last]
    return window, start - begin


def embed_take(
    embedder: Embedder,
    samples: NDArray[np.float32],
    start: int,
    stop: int,
    babble: NDArray[np.float32],
    room: NDArray[np.float32] | None = None,
) -> list[Frames]:
    """The frames of samples[start:stop] in quiet and with babble mixed in at each of `BABBLE_RATIOS_DB`.

    With the sound of a `room` the noise is half babble, half room, so that there are no more versions to compare with.
    The same clip always gives the same frames: the stretches of noise follow from fixed seeds. They are as coarse as
    they are stored, so that a word that is opened again has the very distances that it had when it was taught.
    """
    window, first = in_context(samples, start, stop)
    random, elsewhere = np.random.default_rng(BABBLE_SEED), np.random.default_rng(BABBLE_SEED + 1)
    versions = [window]
    for ratio in BABBLE_RATIOS_DB:
        noise = tile(babble, WINDOW, int(random.integers(len(babble))))
        if room is not None:
            noise = evenly(noise, tile(room, WINDOW, int(elsewhere.integers(len(room)))))
        versions.append(mix(window, noise, ratio, MODEL_RATE))
    a = first // embedder.frame
    b = -(-(first + min(stop - start, WINDOW)) // embedder.frame)
    return [decode_frames(encode_frames(embedder.embed(version)[a:b])) for version in versions]


def against_cohort(
    versions: Sequence[Frames],
    cohort: Sequence[Frames],
    room: Sequence[Frames] = (),
    whitener: Whitener | None = None,
) -> list[Template]:
    """Templates of a take's `versions`, with distances to every window of background in `cohort`, and of the `room`.

    With a `whitener` of the same embedder each has its averaged frames as well.
    """
    warped = [Reference(frames, len(frames), version=number) for number, frames in enumerate(versions)]
    averaged = []
    if whitener is not None:
        averaged = [replace(whitener.reference(frames), version=number) for number, frames in enumerate(versions)]
    bank = Bank([*warped, *averaged])
    distances, there = (_table(bank, windows) for windows in (cohort, room))
    count = len(versions)
    averages: list[Average | None] = [None] * count
    if averaged:
        averages = [Average(*one) for one in zip(averaged, distances[count:], there[count:], strict=True)]
    rows = zip(versions, distances[:count], there[:count], averages, strict=True)
    return [Template(*row) for row in rows]


def _table(bank: Bank, windows: Sequence[Frames]) -> NDArray[np.float32]:
    """Distances of every reference to every window: shape [references, windows]."""
    if not windows:
        return np.zeros((len(bank), 0), np.float32)
    return np.stack([bank.distances(window) for window in windows], axis=1)
