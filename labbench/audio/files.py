"""Sound files of any common kind as mono samples: libsndfile first, FFmpeg's libraries (PyAV) for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import FormatError, LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.signal.resampling import resample

_BLOCK_FRAMES = 1 << 18


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


def read_clip(path: Path, on_progress: OnProgress = ignore_progress, cancel: CancelToken | None = None) -> Clip:
    """Decode a whole file, all channels mixed to one.

    Raises LabBenchError (missing, unreadable), FormatError (no audio, empty), Cancelled.
    """
    try:
        if path.is_dir():
            raise LabBenchError(f"{path} is a folder.", "Choose a sound file in it.")
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise LabBenchError(f"There is no file {path}.", "Check the name and the folder.") from None
    except OSError as error:
        raise LabBenchError(f"{path} can't be read: {error.strerror}.", "Check its permissions.") from error
    if size == 0:
        raise FormatError(f"{path.name} is empty.", "Record or copy it again.")
    clip = _read_sndfile(path, on_progress, cancel) or _read_av(path, on_progress, cancel)
    if not len(clip.samples):
        raise FormatError(f"{path.name} holds no sound.", "Record or copy it again.")
    if not np.all(np.isfinite(clip.samples)):
        return Clip(
            np.nan_to_num(clip.samples, nan=0.0, posinf=1.0, neginf=-1.0),
            clip.rate,
            "Damaged samples were muted.",
        )
    return clip


def _read_sndfile(path: Path, on_progress: OnProgress, cancel: CancelToken | None) -> Clip | None:
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            blocks = []
            done = 0
            for block in file.blocks(_BLOCK_FRAMES, dtype="float32", always_2d=True):
                blocks.append(block.mean(axis=1, dtype=np.float32))
                done += len(block)
                on_progress(Progress(done / file.samplerate, file.frames / file.samplerate, "s"))
                if cancel is not None:
                    cancel.check()
            return Clip(_joined(blocks), int(file.samplerate), _truncation(path, file, done))
    except soundfile.LibsndfileError:
        return None


def _truncation(path: Path, file: object, frames: int) -> str:
    """A WAV whose header promises more than the file holds."""
    with path.open("rb") as raw:
        head = raw.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return ""
    promised = int.from_bytes(head[4:8], "little") + 8
    actual = path.stat().st_size
    if promised in (8, 0xFFFFFFFF + 8) or promised - actual <= 1:
        return ""
    return f"{path.name} is cut short: {frames / file.samplerate:.1f} s of it could be read."  # type: ignore[attr-defined]


def _read_av(path: Path, on_progress: OnProgress, cancel: CancelToken | None) -> Clip:
    import av

    blocks: list[NDArray[np.float32]] = []
    rate, note = MODEL_RATE, ""
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise FormatError(f"{path.name} has no sound in it.", "Choose a file with an audio track.")
            stream = container.streams.audio[0]
            rate = int(stream.rate)
            total = float(container.duration / av.time_base) if container.duration else None
            try:
                done = 0
                for block in _mono_frames(container, stream, rate):
                    blocks.append(block)
                    done += len(block)
                    on_progress(Progress(done / rate, total, "s"))
                    if cancel is not None:
                        cancel.check()
            except av.FFmpegError:
                if not blocks:
                    raise
                note = f"{path.name} is damaged: {done / rate:.1f} s of it could be read."
    except av.FFmpegError as error:
        raise FormatError(
            f"{path.name} is not a sound file, or is damaged.",
            "WAV, FLAC, MP3, OGG, Opus, M4A, MP4, MOV and WebM can be opened.",
        ) from error
    return Clip(_joined(blocks), rate, note)


def _mono_frames(container: object, stream: object, rate: int) -> Iterator[NDArray[np.float32]]:
    import av

    resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
    for frame in container.decode(stream):  # type: ignore[attr-defined]
        for part in resampler.resample(frame):
            yield part.to_ndarray()[0]
    for part in resampler.resample(None):
        yield part.to_ndarray()[0]


def _joined(blocks: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
