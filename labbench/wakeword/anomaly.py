"""What is unusual: "normal" is learnt from a stretch of sound, and what lies far from all of it stands out.

For machines and rooms. A second of sound becomes a row of log-mel statistics (`Seconds`); its score is how far it lies
from the nearest rows of a bounded bank of "normal". The threshold comes from the normal stretch itself: maxima over
blocks of time follow a Gumbel distribution (E. J. Gumbel, Statistics of Extremes, 1958; fitted by its moments, as in
S. Coles, An Introduction to Statistical Modeling of Extreme Values, 2001, chapter 3), whose tail gives the score that
is passed by chance as often as wanted. Pure; the same objects serve a file and a live sound, in any one thread.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.signal.spectra import hann, mel_filterbank

FRAME, STEP, BANDS = 640, 320, 32
"""40 ms every 20 ms at 16 kHz."""
SPAN, HOP_FRAMES = 50, 10
"""A row is of one second; a new one comes every 0.2 s."""
HOP = HOP_FRAMES * STEP
BRIEF, PAUSE = 2, 5
"""Frames averaged for the loudest and the softest moment: a knock is shorter than a pause that means anything."""
COLUMNS = 3 * BANDS
LEAST_POWER = 1e-10
NEIGHBOURS = 3
NORM = 4.0
"""Exponent of the distance (`_distances` is written for it). Above two, a squeal
in a few bands isn't drowned by the noise of all the others."""
LEAST_SPREAD = 0.1
"""Nepers. A digitally silent or constant normal would otherwise make every rustle infinitely unusual."""
MOST_BANK, MOST_ROWS = 400, 20_000
APART_SECONDS = 2.0
"""Rows of the normal stretch this close share sound or its tail, so they aren't each other's neighbours."""
BLOCK_SECONDS = 5.0
LEAST_BLOCKS = 6
FALSE_MARKS_PER_HOUR = 0.3
EULER = 0.5772156649015329
MOST_OF_ONE, MOST_ADDED = 40, 300
"""Rows of a stretch that was said to be normal afterwards, and of all such stretches: the oldest go."""
_BATCH = 512

Rows = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Normal:
    """What was learnt: `bank` [n, COLUMNS] of rows in units of `spread` [COLUMNS], and the block maxima's Gumbel.

    The last `added` rows of the bank were said to be normal afterwards (`also`).
    """

    bank: Rows
    spread: Rows
    location: float
    scale: float
    seconds: float
    """Length of the stretch that was learnt from."""
    added: int = 0

    def threshold(self, per_hour: float = FALSE_MARKS_PER_HOUR) -> float:
        """The score that sound like the normal stretch passes in `per_hour` blocks of an hour, by chance."""
        if not per_hour > 0:
            raise ValueError("a rate above zero is needed")
        # Blocks that are passed, as a share of all: exp(-rate) of them are not (a Poisson process).
        rate = per_hour * BLOCK_SECONDS / 3600.0
        return self.location - self.scale * math.log(rate)

    def false_marks_per_hour(self, threshold: float) -> float:
        """The inverse of `threshold`: false marks to expect in an hour, at most one a block."""
        exponent = min(50.0, (self.location - threshold) / self.scale)
        return min(3600.0 / BLOCK_SECONDS, math.exp(exponent) * 3600.0 / BLOCK_SECONDS)

    def scores(self, rows: Rows) -> NDArray[np.float64]:
        """Distance of each row to its nearest neighbours in the bank, averaged: shape [n].

        A row that was added counts by itself: somebody has said that just this is normal.
        """
        found = [self._scores(rows[at : at + _BATCH]) for at in range(0, len(rows), _BATCH)]
        return np.concatenate(found) if found else np.zeros(0)

    def _scores(self, rows: Rows) -> NDArray[np.float64]:
        scaled, learnt = rows / self.spread, len(self.bank) - self.added
        scores = _nearest(_distances(scaled, self.bank[:learnt]))
        return np.minimum(scores, _distances(scaled, self.bank[learnt:]).min(axis=1)) if self.added else scores

    def also(self, rows: Rows) -> Normal:
        """The same, knowing that `rows` [n, COLUMNS] of another stretch are normal as well. The threshold stays.

        Nothing scores higher by it. Of a long stretch the rows that cover it best are taken.
        """
        if not len(rows):
            return self
        scaled = (rows / self.spread).astype(np.float32)
        learnt = len(self.bank) - self.added
        added = np.concatenate((self.bank[learnt:], scaled[_spread_out(scaled, MOST_OF_ONE)]))[-MOST_ADDED:]
        return replace(self, bank=np.concatenate((self.bank[:learnt], added)), added=len(added))


class Seconds:
    """Rows of log-mel statistics of a sound that comes in pieces: mean, loudest and softest moment of each band."""

    def __init__(self) -> None:
        self._window = hann(FRAME) / hann(FRAME).sum()
        self._filters = mel_filterbank(MODEL_RATE, FRAME, BANDS).T.astype(np.float64) * (MODEL_RATE / FRAME)
        self._samples = np.zeros(0, np.float32)
        self._power = np.zeros((0, BANDS))
        self._next = 0

    def feed(self, samples: NDArray[np.float32]) -> tuple[Rows, list[int]]:
        """Rows [n, COLUMNS] that became complete with `samples` (16 kHz, [m]), and the sample where each one ends."""
        self._samples = np.concatenate((self._samples, samples))
        count = max(0, (len(self._samples) - FRAME) // STEP + 1)
        if count:
            frames = np.lib.stride_tricks.sliding_window_view(self._samples, FRAME)[: (count - 1) * STEP + 1 : STEP]
            power = np.abs(np.fft.rfft(np.nan_to_num(frames) * self._window, axis=1)) ** 2
            self._power = np.concatenate((self._power, power @ self._filters))
            self._samples = self._samples[count * STEP :].copy()
        rows, stops = [], []
        at = 0
        while at + SPAN <= len(self._power):
            rows.append(_statistics(self._power[at : at + SPAN]))
            stops.append((self._next + SPAN - 1) * STEP + FRAME)
            at += HOP_FRAMES
            self._next += HOP_FRAMES
        self._power = self._power[at:].copy()
        return np.asarray(rows, np.float32).reshape(-1, COLUMNS), stops


def _statistics(power: NDArray[np.float64]) -> NDArray[np.float64]:
    brief, pause = (np.lib.stride_tricks.sliding_window_view(power, n, axis=0).mean(axis=2) for n in (BRIEF, PAUSE))
    found = np.concatenate((power.mean(axis=0), brief.max(axis=0), pause.min(axis=0)))
    logs: NDArray[np.float64] = np.log(np.maximum(found, LEAST_POWER))
    return logs


def learn(pieces: Iterable[NDArray[np.float32]]) -> Normal:
    """What is normal in a sound (16 kHz, in pieces of up to some seconds; any length). Deterministic, bounded memory.

    Raises LabBenchError where it is shorter than `LEAST_BLOCKS` blocks.
    """
    seconds, kept, stops, every, seen, total = Seconds(), [], [], 1, 0, 0
    for piece in pieces:
        total += len(piece)
        rows, ends = seconds.feed(piece)
        for row, end in zip(rows, ends, strict=True):
            if seen % every == 0:
                kept.append(row)
                stops.append(end)
            seen += 1
            if len(kept) > MOST_ROWS:
                # Every second one goes: hours are learnt from as evenly as minutes.
                kept, stops, every = kept[::2], stops[::2], every * 2
    if total < (LEAST_BLOCKS * BLOCK_SECONDS + 1.0) * MODEL_RATE:
        raise LabBenchError(
            f"{total / MODEL_RATE:.0f} s are too short to learn what is normal.",
            f"Take {LEAST_BLOCKS * BLOCK_SECONDS + 1.0:.0f} s or more; some minutes are better.",
        )
    return _normal(np.asarray(kept, np.float32), np.asarray(stops) / MODEL_RATE, total / MODEL_RATE)


def _normal(rows: Rows, times: NDArray[np.float64], seconds: float) -> Normal:
    spread = np.maximum(rows.std(axis=0), LEAST_SPREAD).astype(np.float32)
    scaled = (rows / spread).astype(np.float32)
    chosen = _spread_out(scaled)
    bank = scaled[chosen]
    scores = np.zeros(len(rows))
    for at in range(0, len(rows), _BATCH):
        batch = slice(at, at + _BATCH)
        distances = _distances(scaled[batch], bank)
        distances[np.abs(times[batch, None] - times[None, chosen]) < APART_SECONDS] = np.inf
        scores[batch] = _nearest(distances)
    blocks = (times / BLOCK_SECONDS).astype(np.int64)
    maxima = np.array([scores[blocks == block].max() for block in np.unique(blocks)])
    # A single knock in the normal stretch must not widen everything: the spread is taken without outliers.
    low, middle, high = np.percentile(maxima, (25, 50, 75))
    maxima = maxima[maxima <= middle + 4.0 * max(high - low, 1e-6)]
    scale = max(float(maxima.std(ddof=1)) * math.sqrt(6.0) / math.pi, 1e-3)
    # Few blocks may look calmer than they are. One standard error of a far quantile y, fitted by moments, is about
    # scale * y * sqrt(1.1 / n) (H. N. Phien, Journal of Hydrology 90, 1987): as if the scale were so much larger.
    location = float(maxima.mean()) - EULER * scale
    return Normal(bank, spread, location, scale * (1.0 + math.sqrt(1.1 / len(maxima))), seconds)


def _spread_out(rows: Rows, most: int = MOST_BANK) -> NDArray[np.int64]:
    """Indices of at most `most` rows that cover all of them: each next one is the farthest from those before.

    T. F. Gonzalez, "Clustering to minimize the maximum intercluster distance", Theoretical Computer Science 38, 1985.
    """
    chosen = [0]
    nearest = np.full(len(rows), np.inf)
    while len(chosen) < min(most, len(rows)):
        nearest = np.minimum(nearest, np.sum((rows - rows[chosen[-1]]) ** 2, axis=1))
        chosen.append(int(np.argmax(nearest)))
    return np.array(sorted(set(chosen)), np.int64)


def _distances(rows: Rows, bank: Rows) -> NDArray[np.float64]:
    """Of each row to each of the bank. The fourth power of a difference, multiplied out, is three matrix products."""
    centre = bank.mean(axis=0, dtype=np.float64)  # small numbers: little is lost when they cancel
    a, b = rows - centre, bank - centre
    a2, b2 = a * a, b * b
    fourth = 6.0 * (a2 @ b2.T) - 4.0 * ((a2 * a) @ b.T) - 4.0 * (a @ (b2 * b).T)
    fourth += np.sum(a2 * a2, axis=1)[:, None] + np.sum(b2 * b2, axis=1)[None, :]
    found: NDArray[np.float64] = (np.maximum(fourth, 0.0) / bank.shape[1]) ** (1.0 / NORM)
    return found


def _nearest(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    count = min(NEIGHBOURS, distances.shape[1])
    found: NDArray[np.float64] = np.partition(distances, count - 1, axis=1)[:, :count].mean(axis=1)
    return found
