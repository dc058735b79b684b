"""Sound files of any common kind as mono samples: libsndfile first, FFmpeg's libraries (PyAV) for the rest."""

from __future__ import annotations

import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labbench.audio.decoders import (
    HIGHEST_RATE,
    LONGEST_SECONDS,
    LOWEST_RATE,
    AvDecoder,
    DecodeError,
    Decoder,
    SndfileDecoder,
    SoundInfo,
    name_of,
    printable,
)
from labbench.core.errors import FormatError, LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.signal.resampling import StreamResampler, resample

MOST_CHANNELS = 64
LOUDEST = 1e6
"""A sample beyond this is damage and not sound: it would drown whatever is computed from it."""

Put = Callable[[NDArray[np.float32]], None]
"""Takes the mono samples of one block."""
Begin = Callable[[Decoder], Put]
"""Called before the first block; again, to start anew, if another decoder has to be tried."""
Opener = Callable[[Path], Decoder]


@dataclass(frozen=True)
class Clip:
    """Mono sound: samples of shape [n] in -1 to 1 at `rate`. `note` says what was odd about the file."""

    samples: NDArray[np.float32]
    rate: int
    note: str = ""

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def for_models(self) -> NDArray[np.float32]:
        """The samples at 16 kHz."""
        return resample(self.samples, self.rate, MODEL_RATE)


@dataclass(frozen=True)
class Decoded:
    """What `decode` gave: mono `frames` in all."""

    info: SoundInfo
    frames: int
    note: str


def read_clip(
    path: Path,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
    channel: int | None = None,
) -> Clip:
    """Decode a whole file: one channel (counted from 0), or all of them mixed to one.

    Raises LabBenchError (missing, unreadable), FormatError (no audio, empty), Cancelled.
    """
    blocks: list[NDArray[np.float32]] = []

    def begin(_: Decoder) -> Put:
        blocks.clear()
        return blocks.append

    done = decode(path, channel, begin, on_progress, cancel)
    return Clip(np.concatenate(blocks), done.info.rate, done.note)


def check_source(path: Path) -> None:
    """Raise LabBenchError, FormatError unless `path` is a file that can be opened and isn't empty."""
    name = name_of(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise LabBenchError(f"{name} is a folder.", "Choose a sound file in it.")
        if not stat.S_ISREG(status.st_mode):  # a pipe or a device might never end
            raise LabBenchError(f"{name} is not a file.", "Choose a sound file.")
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise LabBenchError(f"There is no file {printable(str(path))}.", "Check the name and the folder.") from None
    except OSError as error:
        raise LabBenchError(f"{name} can't be read: {error.strerror}.", "Check its permissions.") from error
    except ValueError as error:  # a name that no system has
        raise LabBenchError(f"There is no file {name}.", "Check the name.") from error
    if status.st_size == 0:
        raise FormatError(f"{name} is empty.", "Record or copy it again.")


def openers(path: Path) -> tuple[Opener, ...]:
    """The decoders to try, in this order. Raises LabBenchError."""
    try:
        with path.open("rb") as file:
            head = file.read(3)
    except OSError as error:
        raise LabBenchError(f"{name_of(path)} can't be read: {error.strerror}.", "Check its permissions.") from error
    if head == b"ID3" or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        # MPEG audio: soundfile seeks after each block, which libmpg123 answers with slightly different samples.
        return AvDecoder, partial(SndfileDecoder, lenient=True)
    return SndfileDecoder, AvDecoder, partial(SndfileDecoder, lenient=True)


def decode(
    path: Path,
    channel: int | None,
    begin: Begin,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Decoded:
    """Decode a file block by block to mono: the mix of all channels, or channel number `channel` (from 0).

    Memory stays bounded. Raises LabBenchError (missing, unreadable, no such channel), FormatError (no audio, absurd
    claims), Cancelled, and whatever `begin` and its result raise.
    """
    check_source(path)
    trouble: DecodeError | None = None
    broke_off = False
    for opener in openers(path):
        run = _Run(path, channel, on_progress, cancel)
        try:
            with closing(opener(path)) as sound:
                return run.all_of(sound, begin, broke_off)
        except DecodeError as error:
            trouble = error
            broke_off = broke_off or run.unfinished
    assert trouble is not None
    raise trouble


def check_info(path: Path, info: SoundInfo) -> None:
    """Raise FormatError where the figures are no sound's."""
    name = name_of(path)
    if not LOWEST_RATE <= info.rate <= HIGHEST_RATE:
        raise FormatError(
            f"{name} claims {info.rate} samples per second.", "It is damaged, or no sound: export or record it again."
        )
    if not 1 <= info.channels <= MOST_CHANNELS:
        raise FormatError(
            f"{name} has {info.channels} channels; {MOST_CHANNELS} are possible.",
            "Export fewer of them from its program.",
        )


class _Run:
    """One decoder's way through the file."""

    def __init__(self, path: Path, channel: int | None, on_progress: OnProgress, cancel: CancelToken | None) -> None:
        self._path, self._channel = path, channel
        self._on_progress, self._cancel = on_progress, cancel
        self._muted = False
        self.frames = 0
        self.unfinished = False

    def all_of(self, sound: Decoder, begin: Begin, broke_off: bool) -> Decoded:
        info, name = sound.info, name_of(self._path)
        check_info(self._path, info)
        if self._channel is not None and not 0 <= self._channel < info.channels:
            raise LabBenchError(
                f"{name} has no channel {self._channel + 1}.", f"Choose one from 1 to {info.channels}, or the mix."
            )
        if self._cancel is not None:
            self._cancel.check()
        self.unfinished = True
        put = begin(sound)
        resampler, fed_rate = StreamResampler(info.rate, info.rate), info.rate
        for block in sound.blocks():
            if block.rate != fed_rate:  # files joined end to end
                self._put(resampler.flush(), put)
                resampler, fed_rate = StreamResampler(block.rate, info.rate), block.rate
            self._put(resampler.push(self._mono(block.samples)), put)
            self._on_progress(Progress(self.frames / info.rate, info.seconds, "s"))
            if self._cancel is not None:
                self._cancel.check()
            if self.frames > LONGEST_SECONDS * info.rate:
                hours = round(LONGEST_SECONDS / 3600)
                raise FormatError(f"{name} holds more than {hours} hours of sound.", "Cut it into shorter files.")
        self._put(resampler.flush(), put)
        if not self.frames:
            self.unfinished = False
            raise DecodeError(f"{name} holds no sound.", "Record or copy it again.")
        note = sound.note
        if broke_off and not note:
            note = f"{name} is damaged: {self.frames / info.rate:.1f} s of it could be read."
        muted = "Damaged samples were muted." if self._muted else ""
        return Decoded(info, self.frames, f"{note} {muted}".strip())

    def _put(self, mono: NDArray[np.float32], put: Put) -> None:
        if len(mono):
            put(mono)
            self.frames += len(mono)

    def _mono(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        channels = samples.shape[1]
        if self._channel is not None and self._channel < channels:
            return self._clean(samples[:, self._channel])
        samples = self._clean(samples)
        if channels == 1:
            return samples[:, 0]
        return samples @ np.full(channels, 1.0 / channels, np.float32)

    def _clean(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Silence for what is no number, full scale for what is beyond all limits."""
        if samples.max() <= LOUDEST and samples.min() >= -LOUDEST:
            return samples
        self._muted = True
        limited = np.where(np.abs(samples) > LOUDEST, np.sign(samples), samples)
        return np.nan_to_num(limited, nan=0.0).astype(np.float32, copy=False)
