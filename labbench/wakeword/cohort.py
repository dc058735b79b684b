"""The background cohort, shipped with the program: embeddings of ordinary speech to measure distances against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import FormatError
from labbench.wakeword.embedder import Embedder, Frames, unit_rows
from labbench.wakeword.templates import WINDOW

HINT = "Install the program again."


@dataclass(frozen=True)
class Cohort:
    """Embedded 2 s windows of strangers' speech, and the checksum of the weights that made them."""

    windows: tuple[Frames, ...]
    checksum: str


def cohort_of(embedder: Embedder, sounds: Sequence[NDArray[np.float32]], step: int = WINDOW // 2) -> Cohort:
    """Made of every 2 s window of `sounds` (16 kHz), `step` samples apart; shorter sounds are left out."""
    windows = [
        embedder.embed(sound[start : start + WINDOW])
        for sound in sounds
        for start in range(0, len(sound) - WINDOW + 1, step)
    ]
    return Cohort(tuple(windows), embedder.checksum)


def load_cohort(path: Path) -> Cohort:
    """Read a cohort file: `.npz` with `frames` int8 [windows, frames, dimensions] and `checksum`.

    Raises FormatError.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            frames = file["frames"].astype(np.float32)
            checksum = str(file["checksum"])
    except (OSError, ValueError, KeyError) as error:
        raise FormatError(f"The background cohort {path.name} is missing or damaged.", HINT) from error
    return Cohort(tuple(unit_rows(window) for window in frames), checksum)


def cohort_checksum(path: Path) -> str:
    """The checksum of the weights that made the cohort, without reading its windows. Raises FormatError."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return str(file["checksum"])
    except (OSError, ValueError, KeyError) as error:
        raise FormatError(f"The background cohort {path.name} is missing or damaged.", HINT) from error


def save_cohort(path: Path, windows: list[Frames], checksum: str) -> None:
    """Write `windows` as 8-bit integers, each frame scaled to use their range: directions are all that counts."""
    stacked = np.stack(windows)
    scale = 127.0 / np.maximum(np.abs(stacked).max(axis=2, keepdims=True), 1e-9)
    np.savez_compressed(path, frames=np.rint(stacked * scale).astype(np.int8), checksum=np.array(checksum))
