"""What Whisper is measured with: read speech from the `moonshine-voice` wheel, and what is said in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from labbench.audio.files import read_clip
from labbench.core.timebase import MODEL_RATE
from labbench.models.moonshine_files import moonshine_assets

LONG_SECONDS, SHORT_SECONDS, PAUSE_SECONDS = 61.0, 11.0, 0.5
TEXTS = {
    "two_cities": (
        "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, "
        "it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of "
        "Darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had "
        "nothing before us, we were all going direct to Heaven, we were all going direct the other way--in short, the "
        "period was so far like the present period, that some of its noisiest authorities insisted on its being "
        "received, for good or for evil, in the superlative degree of comparison only."
    ),
    "beckett": "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better.",
}
"""By the name of the recording: the beginning of Dickens's A Tale of Two Cities, and a line of Beckett's."""


@dataclass(frozen=True, eq=False)
class Clip:
    """16 kHz sound, shape [n], the same as a file of 16 bits, and what is said in it, "" where that is not known."""

    path: Path
    samples: NDArray[np.float32]
    text: str = ""


@dataclass(frozen=True)
class Material:
    """`long` and `short` are for measuring time, `spoken` for counting errors; `live` is all of `spoken` in one."""

    long: Clip
    short: Clip
    live: Clip
    spoken: tuple[Clip, ...]


def make_material(folder: Path) -> Material:
    """Written into `folder`. Raises LabBenchError where the wheel is missing or a recording can't be read."""
    recordings = {name: read_clip(moonshine_assets() / f"{name}.wav").for_models() for name in TEXTS}
    first, second = recordings.values()
    pause = np.zeros(round(PAUSE_SECONDS * MODEL_RATE), np.float32)
    both = np.concatenate([first, pause, second])
    long = np.concatenate([both, pause, first])[: round(LONG_SECONDS * MODEL_RATE)]
    return Material(
        write_clip(folder / "long.wav", long),
        write_clip(folder / "short.wav", first[: round(SHORT_SECONDS * MODEL_RATE)]),
        write_clip(folder / "live.wav", both, " ".join(TEXTS.values())),
        tuple(write_clip(folder / f"{name}.wav", samples, TEXTS[name]) for name, samples in recordings.items()),
    )


def write_clip(path: Path, samples: NDArray[np.float32], text: str = "") -> Clip:
    """A clip whose samples are those of its file, so that whoever reads either hears the same."""
    soundfile.write(path, samples, MODEL_RATE, subtype="PCM_16")
    return Clip(path, soundfile.read(path, dtype="float32")[0], text)
