"""A sound from outside becomes a mono WAV file at its own rate: streamed, so that its length doesn't matter."""

from __future__ import annotations

import contextlib
import errno
import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from labbench.audio import wav_header
from labbench.audio.decoders import DecodeError, Decoder, SoundInfo, name_of
from labbench.audio.files import Put, check_info, check_source, decode, openers
from labbench.audio.recorder import disk_trouble, to_pcm
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, ignore_progress

__all__ = ["Imported", "SoundInfo", "discard_part", "import_sound", "part_of", "probe"]


@dataclass(frozen=True)
class Imported:
    """A mono WAV of `frames` samples at `rate`, from a source of so many `channels`; `note` says what was odd."""

    path: Path
    rate: int
    frames: int
    channels: int
    note: str = ""


def probe(path: Path, on_progress: OnProgress = ignore_progress, cancel: CancelToken | None = None) -> SoundInfo:
    """What a file says of itself, without reading it all. Raises LabBenchError, FormatError.

    Progress and cancel are there because a worker's task has them; this is over at once.
    """
    check_source(path)
    trouble: DecodeError | None = None
    for opener in openers(path)[:2]:
        try:
            with closing(opener(path)) as sound:
                check_info(path, sound.info)
                return sound.info
        except DecodeError as error:
            trouble = error
    assert trouble is not None
    raise trouble


def import_sound(
    source: Path,
    target: Path,
    channel: int | None = None,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Imported:
    """Write `source` to `target`: the mix of all channels, or channel number `channel` (from 0).

    16-bit samples where the source has no more, else 32-bit float, which keeps what is finer or louder than full
    scale; RF64 where that takes more than 4 GB. It is written beside `target`, which appears when it is whole.
    Raises LabBenchError (missing, unreadable, no such channel, `target` is there already, no room on the disk),
    FormatError (no sound), Cancelled.
    """
    _check_free(target)
    part = part_of(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            writer = _WavWriter(file)
            done = decode(source, channel, writer.begin, on_progress, cancel)
            writer.finish()
        _check_free(target)
        part.replace(target)
    except OSError as error:
        discard_part(target)
        raise _disk_trouble(error, target) from error
    except BaseException:
        discard_part(target)
        raise
    return Imported(target, done.info.rate, done.frames, done.info.channels, done.note)


def part_of(target: Path) -> Path:
    """Where `import_sound` writes until it is through."""
    return target.with_name(target.name + ".part")


def discard_part(target: Path) -> None:
    """Remove what an import left that was ended in its middle; harmless where there is nothing."""
    with contextlib.suppress(OSError):
        part_of(target).unlink(missing_ok=True)


def _check_free(target: Path) -> None:
    if target.exists():
        raise LabBenchError(f"{name_of(target)} already exists.", "Choose another name: nothing is overwritten.")


def _disk_trouble(error: OSError, target: Path) -> LabBenchError:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return LabBenchError(
            f"No room is left on the disk for {name_of(target)}.", "Free some space, then open the file again."
        )
    return disk_trouble(error, target)


class _WavWriter:
    """Mono samples into a WAV file, whose header is written when their number is known."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rate = 0
        self._frames = 0
        self._sixteen_bits = True

    def begin(self, sound: Decoder) -> Put:
        """Start, or start anew, with a sound like this."""
        self._rate, self._sixteen_bits, self._frames = sound.info.rate, sound.sixteen_bits, 0
        self._file.seek(0)
        self._file.truncate()
        self._file.write(self._header())
        return self._put

    def finish(self) -> None:
        self._file.seek(0)
        self._file.write(self._header())
        self._file.flush()
        os.fsync(self._file.fileno())

    def _put(self, samples: NDArray[np.float32]) -> None:
        self._file.write((to_pcm(samples) if self._sixteen_bits else samples.astype("<f4", copy=False)).tobytes())
        self._frames += len(samples)

    def _header(self) -> bytes:
        return wav_header.pack(self._rate, self._frames, floats=not self._sixteen_bits)
