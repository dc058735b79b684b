"""A mono sound on disk, read wherever it is looked at, without ever holding all of it.

Plain WAV samples (16 bits, float) are read straight from the file. They aren't mapped into memory: a mapped file that
gets shorter, or whose disk is pulled out, takes the whole process with it.
"""

from __future__ import annotations

import math
import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from labbench.audio.decoders import HIGHEST_RATE, LOWEST_RATE, name_of, sndfile_name
from labbench.core.errors import FormatError, LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.signal.resampling import StreamResampler

_PIECE_SECONDS = 10
_MARGIN_SECONDS = 0.1
"""The resampler's filter hears much less far than that."""
_MOST_CHUNKS = 1000
_UNKNOWN = 0xFFFFFFFF
_KINDS = {(1, 16): "<i2", (3, 32): "<f4"}


class StoredSound:
    """Samples of a mono WAV, RF64, FLAC (or whatever else libsndfile reads) by index.

    Any thread may read; reads take turns. While it is open Windows doesn't let the file be deleted: close it first.
    """

    def __init__(self, path: Path) -> None:
        """Raises LabBenchError (missing, unreadable), FormatError (no sound, not mono)."""
        self.path = path
        self._turn = threading.Lock()
        try:
            layout = _find_samples(path)
            self._samples: _Samples | None = _PlainSamples(path, layout) if layout else _DecodedSamples(path)
        except OSError as error:
            raise _gone(path, error) from error
        self.rate = self._samples.rate
        self.frames = self._samples.frames
        if not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            self.close()
            raise FormatError(f"{name_of(path)} claims {self.rate} samples per second.", "It is damaged: open another.")

    @property
    def seconds(self) -> float:
        return self.frames / self.rate

    @property
    def model_frames(self) -> int:
        """The number of samples at 16 kHz."""
        return (2 * self.frames * MODEL_RATE + self.rate) // (2 * self.rate)

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Samples `start` to `stop`, shape [n]: less than was asked for where the file ends, or begins, in between.

        Raises LabBenchError when the file can't be read any more.
        """
        start, stop = max(0, start), min(stop, self.frames)
        if start >= stop:
            return np.zeros(0, np.float32)
        with self._turn:
            if self._samples is None:
                raise LabBenchError(f"{name_of(self.path)} has been closed.", "Open it again.")
            try:
                return self._samples.read(start, stop)
            except OSError as error:
                raise _gone(self.path, error) from error

    def at_16k(self, start: int, stop: int) -> NDArray[np.float32]:
        """Samples `start` to `stop` of the sound at 16 kHz, shape [n]; clamped like `read`.

        The same samples that resampling the whole sound would give, so that neighbouring pieces fit together.
        """
        start, stop = max(0, start), min(stop, self.model_frames)
        if start >= stop:
            return np.zeros(0, np.float32)
        if self.rate == MODEL_RATE:
            return self.read(start, stop)
        # Samples of both rates coincide every `step_in` here and `step_out` at 16 kHz: begin at such a place.
        common = math.gcd(self.rate, MODEL_RATE)
        step_in, step_out = self.rate // common, MODEL_RATE // common
        first = max(0, start // step_out - math.ceil(_MARGIN_SECONDS * common))
        at, end = first * step_in, min(self.frames, math.ceil((stop / MODEL_RATE + _MARGIN_SECONDS) * self.rate))
        skipped = start - first * step_out
        resampler = StreamResampler(self.rate, MODEL_RATE)
        pieces: list[NDArray[np.float32]] = []
        while at < end:
            block = self.read(at, min(end, at + _PIECE_SECONDS * self.rate))
            if not len(block):
                break
            pieces.append(resampler.push(block))
            at += len(block)
        pieces.append(resampler.flush())
        return np.concatenate(pieces)[skipped : skipped + stop - start]

    def close(self) -> None:
        """Let go of the file; harmless when repeated."""
        with self._turn:
            if self._samples is not None:
                self._samples.close()
            self._samples = None

    def __enter__(self) -> StoredSound:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True)
class _Layout:
    """Where the samples of a WAV file lie: from byte `offset` on, as `kind` (a numpy type)."""

    offset: int
    size: int
    rate: int
    kind: str


class _Samples(Protocol):
    rate: int
    frames: int

    def read(self, start: int, stop: int) -> NDArray[np.float32]: ...

    def close(self) -> None: ...


class _PlainSamples:
    """Samples that lie in the file as they are."""

    def __init__(self, path: Path, layout: _Layout) -> None:
        self._kind = np.dtype(layout.kind)
        self._offset = layout.offset
        self.rate, self.frames = layout.rate, layout.size // self._kind.itemsize
        self._file = path.open("rb", buffering=0)

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        raw = np.empty(stop - start, self._kind)
        view, got = memoryview(raw.view(np.uint8).data), 0
        self._file.seek(self._offset + start * self._kind.itemsize)
        while got < len(view) and (more := self._file.readinto(view[got:])):
            got += more
        raw = raw[: got // self._kind.itemsize]
        if self._kind.kind == "f":
            return raw.astype(np.float32, copy=False)
        return raw * np.float32(1 / 32768)

    def close(self) -> None:
        self._file.close()


class _DecodedSamples:
    """Samples that libsndfile decodes."""

    def __init__(self, path: Path) -> None:
        import soundfile

        self._path = path
        with path.open("rb"):
            pass  # says better than libsndfile what is wrong
        self._file = self._open()
        if self._file.channels != 1:
            self._file.close()
            raise FormatError(
                f"{name_of(path)} has {self._file.channels} channels.",
                "Open it as a sound from outside: that mixes them.",
            )
        self.rate, self.frames = int(self._file.samplerate), int(self._file.frames)
        if self.frames and not self._reads(self.frames - 1):
            self.frames = self._readable()
        self._error = soundfile.LibsndfileError

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        try:
            self._file.seek(start)
            return np.asarray(self._file.read(stop - start, dtype="float32"))
        except self._error as error:
            raise FormatError(f"{name_of(self._path)} is damaged.", "Take it from a backup.") from error

    def close(self) -> None:
        self._file.close()

    def _open(self) -> Any:
        import soundfile

        try:
            return soundfile.SoundFile(sndfile_name(self._path))
        except (soundfile.LibsndfileError, TypeError) as error:
            raise FormatError(f"{name_of(self._path)} is not a sound file, or is damaged.", "Open another.") from error

    def _reads(self, index: int) -> bool:
        """Whether the file really has this sample. On its own handle: one that failed stays confused."""
        import soundfile

        with self._open() as file:
            try:
                file.seek(index)
                return len(file.read(1, dtype="float32")) == 1
            except soundfile.LibsndfileError:
                return False

    def _readable(self) -> int:
        """How many samples there are where the header promises more: by halving."""
        good, bad = 0, self.frames - 1
        while good < bad:
            middle = (good + bad) // 2
            if self._reads(middle):
                good = middle + 1
            else:
                bad = middle
        return good


def _find_samples(path: Path) -> _Layout | None:
    """Where a mono WAV or RF64 file of 16-bit or float samples has them; None for anything else. Raises OSError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
            return None
        kind, rate, large = None, 0, 0
        for _ in range(_MOST_CHUNKS):
            chunk = file.read(8)
            if len(chunk) < 8:
                return None
            name, length = struct.unpack("<4sI", chunk)
            if name == b"data":
                offset = file.tell()
                promised = large if length == _UNKNOWN and large else length
                rest = max(0, size - offset)
                whole = rest if promised == _UNKNOWN else min(promised, rest)
                return _Layout(offset, whole, rate, kind) if kind and rate else None
            if name == b"fmt " and length >= 16:
                kind, rate = _format(file, length)
            elif name == b"ds64" and length >= 16:
                large = struct.unpack("<8xQ", file.read(16))[0]
                file.seek(length - 16 + length % 2, 1)
            else:
                file.seek(length + length % 2, 1)
    return None


def _format(file: BinaryIO, length: int) -> tuple[str | None, int]:
    """The samples' type, if it is one of ours and mono, and their rate; reads over the chunk."""
    content = file.read(min(length, 64))
    file.seek(length - len(content) + length % 2, 1)
    if len(content) < 16:
        return None, 0
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", content)
    if tag == 0xFFFE and len(content) >= 26:  # WAVE_FORMAT_EXTENSIBLE: the kind is at the start of its GUID
        tag = struct.unpack_from("<H", content, 24)[0]
    return (_KINDS.get((tag, bits)) if channels == 1 else None), rate


def _gone(path: Path, error: OSError) -> LabBenchError:
    if isinstance(error, FileNotFoundError):
        return LabBenchError(f"{name_of(path)} is no longer there.", "Look whether it was moved or deleted.")
    return LabBenchError(
        f"{name_of(path)} can't be read: {error.strerror or error}.", "Check the disk, then open it again."
    )
