"""Two ways to decode a sound file from outside: libsndfile, and FFmpeg's libraries (PyAV).

A decoder is opened on a path, says what it found (`info`) and gives the sound once, in blocks of bounded size. What a
header claims is used for progress alone; how long a sound is shows when it has been read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import FormatError

BLOCK_SAMPLES = 1 << 17
"""A block holds about so many samples, all channels together."""
LONGEST_SECONDS = 100 * 3600.0
LOWEST_RATE, HIGHEST_RATE = 1_000, 768_000
_DEMUXERS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,eac3,flac,flv,m4a,matroska,mov,mp3,mp4,mpeg,mpegts,ogg,tta,w64,"
    "wav,webm,wv"
)
"""FFmpeg may open these and nothing else: a playlist would have it open other files."""
_SIXTEEN_BITS = {
    *("PCM_S8", "PCM_U8", "PCM_16", "ALAC_16", "DPCM_8", "DPCM_16", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM"),
    *("GSM610", "G721_32", "G723_24", "G723_40", "VOX_ADPCM", "NMS_ADPCM_16", "NMS_ADPCM_24", "NMS_ADPCM_32"),
}
"""libsndfile's subtypes that 16-bit samples hold without loss."""


@dataclass(frozen=True)
class SoundInfo:
    """What a file says of itself; `seconds` is None where that is unknown or not to be believed."""

    seconds: float | None
    rate: int
    channels: int
    format: str


@dataclass(frozen=True)
class Block:
    """A piece of sound: samples of shape [n, channels] at `rate`."""

    samples: NDArray[np.float32]
    rate: int


class Decoder(Protocol):
    """A file that is open for reading, once, from its beginning. For one thread."""

    info: SoundInfo
    sixteen_bits: bool
    """Whether 16-bit samples hold all that the file has."""
    note: str
    """What was odd, once the last block has been given."""

    def blocks(self) -> Iterator[Block]:
        """The sound. Raises DecodeError."""
        ...

    def close(self) -> None: ...


class DecodeError(FormatError):
    """This decoder can't read the file, or not to its end; another one may."""


def not_a_sound(path: Path) -> DecodeError:
    """Neither opens it."""
    return DecodeError(
        f"{name_of(path)} is not a sound file, or is damaged.",
        "WAV, AIFF, FLAC, MP3, OGG, Opus, M4A, MP4, MOV and WebM can be opened.",
    )


def name_of(path: Path) -> str:
    """A file's name on one line, whatever characters it has."""
    return printable(path.name)


def printable(text: str) -> str:
    """A text on one line that every terminal takes."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def sndfile_name(path: Path) -> str | bytes:
    """A path as soundfile takes it also where its name isn't valid text."""
    return str(path) if sys.platform == "win32" else os.fsencode(path)


class SndfileDecoder:
    """By libsndfile. A file that is damaged in its middle is refused, or, if `lenient`, read up to there."""

    def __init__(self, path: Path, *, lenient: bool = False) -> None:
        import soundfile

        self._path, self._lenient = path, lenient
        self.note = ""
        try:
            self._file = soundfile.SoundFile(sndfile_name(path))
        except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: it takes *.raw for headerless
            raise not_a_sound(path) from error
        rate, channels = int(self._file.samplerate), int(self._file.channels)
        seconds = _believed(self._file.frames / rate) if rate > 0 else None
        self.info = SoundInfo(seconds, rate, channels, f"{self._file.format}, {self._file.subtype_info}")
        self.sixteen_bits = self._file.subtype in _SIXTEEN_BITS

    def blocks(self) -> Iterator[Block]:
        import soundfile

        frames, done, rate = max(1, BLOCK_SAMPLES // self.info.channels), 0, self.info.rate
        try:
            while len(samples := self._file.read(frames, dtype="float32", always_2d=True)):
                done += len(samples)
                yield Block(samples, rate)
        except soundfile.LibsndfileError as error:
            if not self._lenient or not done:
                raise not_a_sound(self._path) from error
            self.note = _damaged(self._path, done / rate)
            return
        if _cut_short(self._path) or (done < self._file.frames and self.info.seconds is not None):
            self.note = _short(self._path, done / rate)

    def close(self) -> None:
        self._file.close()


class AvDecoder:
    """By FFmpeg's libraries. Damaged packets are left out."""

    def __init__(self, path: Path) -> None:
        import av

        self._path = path
        self._damaged = False
        self.note = ""
        try:
            # An absolute path can't be taken for one of FFmpeg's protocols.
            self._container = av.open(
                str(path.absolute()),
                metadata_errors="ignore",
                options={"format_whitelist": _DEMUXERS, "protocol_whitelist": "file"},
            )
        except (av.FFmpegError, ValueError) as error:
            raise not_a_sound(path) from error
        try:
            if not self._container.streams.audio:
                raise FormatError(f"{name_of(path)} has no sound in it.", "Choose a file with an audio track.")
            self._stream = self._container.streams.audio[0]
            # Only a decoded frame tells the rate: AAC may double the one in its header.
            self._frames = self._decoded()
            first = next(self._frames, None)
            if first is None:
                raise not_a_sound(path)
        except BaseException:
            self._container.close()
            raise
        self._first: Any = first
        named = f"{self._container.format.long_name}, {self._stream.codec_context.codec.long_name}"
        seconds = _believed(self._seconds(self._container.duration, 1 / av.time_base))
        self.info = SoundInfo(seconds, int(first.sample_rate), int(first.layout.nb_channels), named)
        self.sixteen_bits = first.format.name.rstrip("p") in ("u8", "s16")

    def blocks(self) -> Iterator[Block]:
        done = 0.0
        waiting: list[NDArray[np.float32]] = []
        held, shape = 0, (self.info.channels, self.info.rate)
        for frame in self._all_frames():
            samples = _floats(frame)
            now = (samples.shape[1], int(frame.sample_rate))
            if waiting and (now != shape or held * shape[0] >= BLOCK_SAMPLES):
                yield Block(np.concatenate(waiting), shape[1])
                waiting, held = [], 0
            shape = now
            waiting.append(samples)
            held += len(samples)
            done += len(samples) / max(1, shape[1])
        if waiting:
            yield Block(np.concatenate(waiting), shape[1])
        promised = self._promised()
        if self._damaged:
            self.note = _damaged(self._path, done)
        elif promised is not None and done < 0.99 * promised - 0.2:
            self.note = _short(self._path, done)

    def close(self) -> None:
        self._frames.close()
        self._container.close()

    def _all_frames(self) -> Iterator[Any]:
        first, self._first = self._first, None
        if first is not None:
            yield first
        yield from self._frames

    def _decoded(self) -> Generator[Any, None, None]:
        import av

        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                self._damaged = True
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except av.FFmpegError:
                self._damaged = True
                continue
            yield from (frame for frame in frames if frame.samples and frame.sample_rate)

    def _promised(self) -> float | None:
        """The seconds of sound that the file says it has, where that is a count and not an estimate."""
        import av

        kind = self._container.format.name
        if "mp4" in kind:
            return self._seconds(self._stream.duration, self._stream.time_base)
        if "webm" in kind and len(self._container.streams) == 1:
            return self._seconds(self._container.duration, 1 / av.time_base)
        return None

    @staticmethod
    def _seconds(ticks: int | None, tick: Any) -> float | None:
        return float(ticks * tick) if ticks and tick else None


def _floats(frame: Any) -> NDArray[np.float32]:
    """A frame as [n, channels], integers scaled to -1 to 1."""
    raw = frame.to_ndarray()
    raw = raw.T if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels)
    with np.errstate(over="ignore"):  # a double beyond float32 becomes inf, which is looked for later
        samples: NDArray[np.float32] = raw.astype(np.float32)
    if raw.dtype.kind == "u":
        samples = (samples - 128.0) / 128.0
    elif raw.dtype.kind == "i":
        samples *= 2.0 ** (1 - 8 * raw.dtype.itemsize)
    return samples


def _believed(seconds: float | None) -> float | None:
    return seconds if seconds is not None and 0.0 < seconds <= LONGEST_SECONDS else None


def _short(path: Path, seconds: float) -> str:
    return f"{name_of(path)} is cut short: {seconds:.1f} s of it could be read."


def _damaged(path: Path, seconds: float) -> str:
    return f"{name_of(path)} is damaged: {seconds:.1f} s of it could be read."


def _cut_short(path: Path) -> bool:
    """Whether the outermost chunk of a WAV or AIFF file promises more bytes than there are."""
    with path.open("rb") as raw:
        head = raw.read(28)
    if head[:4] == b"RIFF":
        promised = int.from_bytes(head[4:8], "little")
    elif head[:4] == b"FORM":
        promised = int.from_bytes(head[4:8], "big")
    elif head[:4] == b"RF64" and head[12:16] == b"ds64":
        promised = int.from_bytes(head[20:28], "little")
    else:
        return False
    unknown = promised in (0, 0xFFFFFFFF)  # from a program that wrote into a pipe
    return not unknown and promised + 8 - path.stat().st_size > 1
