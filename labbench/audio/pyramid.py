"""What views need of a long sound, kept beside it: the waveform's envelope and, of long ones, a coarse spectrogram."""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labbench.audio.stored import StoredSound
from labbench.core.errors import FormatError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.signal.envelope import Envelope
from labbench.signal.overview import Overview

DRAWING = "Drawing"
OVERVIEW_FROM_SECONDS = 40.0
"""Shorter sounds are drawn from their samples."""
_BLOCK_SECONDS = 20
_KEY_BYTES = 65_536
_ENVELOPE, _OVERVIEW, _KEY = "envelope_", "overview_", "of"
LARGEST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Pyramid:
    """Of one sound; `overview` is None where it is short."""

    envelope: Envelope
    overview: Overview | None

    @property
    def bytes(self) -> int:
        """Memory that it holds."""
        return self.envelope.bytes + (self.overview.bytes if self.overview is not None else 0)


def cache_path(sound: Path) -> Path:
    """Where the pyramid of a sound file is kept."""
    return sound.with_suffix(".views.npz")


def build(path: Path, on_progress: OnProgress = ignore_progress, cancel: CancelToken | None = None) -> Pyramid:
    """Read the whole sound. Raises LabBenchError, Cancelled."""
    with contextlib.closing(StoredSound(path)) as sound:
        rate, frames = sound.rate, sound.frames
        long = frames / rate > OVERVIEW_FROM_SECONDS
        total, share = frames / rate, 0.5 if long else 1.0  # two passes over a long sound
        envelope = Envelope()
        for at in range(0, frames, _BLOCK_SECONDS * rate):
            envelope.append(sound.read(at, min(frames, at + _BLOCK_SECONDS * rate)))
            on_progress(Progress(share * envelope.samples / rate, total, "s", DRAWING))
            if cancel is not None:
                cancel.check()
        if not long:
            return Pyramid(envelope, None)

        def further(progress: Progress) -> None:
            on_progress(Progress((total + progress.done) / 2, total, "s", DRAWING))

        return Pyramid(envelope, Overview.build(sound.read, frames, rate, further, cancel))


def build_beside(path: Path, *, on_progress: OnProgress, cancel: CancelToken) -> None:
    """For the worker: build and save beside the sound, so that only a file crosses. Raises LabBenchError, Cancelled."""
    save(build(path, on_progress, cancel), path)


def save(pyramid: Pyramid, sound: Path) -> None:
    """Keep a pyramid beside its sound. Where that can't be written it is simply built again: nothing is lost."""
    arrays = {_ENVELOPE + name: array for name, array in pyramid.envelope.to_arrays().items()}
    if pyramid.overview is not None:
        arrays |= {_OVERVIEW + name: array for name, array in pyramid.overview.to_arrays().items()}
    part = cache_path(sound).with_suffix(".part")
    with contextlib.suppress(OSError):
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, **{_KEY: _key(sound)}, **arrays)
        part.replace(cache_path(sound))


def load(sound: Path) -> Pyramid | None:
    """The pyramid beside a sound; None where there is none, or it is damaged, or of another sound."""
    path = cache_path(sound)
    try:
        with zipfile.ZipFile(path) as archive:  # what it says of itself is checked before any of it is unpacked
            if sum(part.file_size for part in archive.infolist()) > LARGEST_BYTES:
                return None
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if not np.array_equal(stored[_KEY], _key(sound)):
                return None
            parts = {name: stored[name] for name in stored.files}
        envelope = Envelope.from_arrays(_of(parts, _ENVELOPE))
        overview = _of(parts, _OVERVIEW)
        return Pyramid(envelope, Overview.from_arrays(overview) if overview else None)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error, FormatError):
        return None


def _of(parts: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in parts.items() if name.startswith(prefix)}


def _key(sound: Path) -> np.ndarray:
    """What tells a sound from another one of the same name: its size, and its first and last few bytes."""
    size = sound.stat().st_size
    with sound.open("rb") as file:
        head = file.read(_KEY_BYTES)
        file.seek(max(0, size - _KEY_BYTES))
        return np.array([size, zlib.crc32(head), zlib.crc32(file.read())], np.int64)
