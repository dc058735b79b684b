"""The embedders there are, by name, and what belongs to each: nothing is imported before one is made.

Adding one is a module with a class of the protocol `labbench.wakeword.embedder.Embedder` and a line in `EMBEDDERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.wakeword.cohort import Cohort, cohort_of, load_cohort
from labbench.wakeword.embedder import Embedder

DEFAULT = "moonshine"
SPEECH_CLIPS = ("sentences_without.flac", "sentences_with.flac", "demo.flac", "speech_short.flac", "babble.flac")
"""Synthetic speech that comes with the program: the background of an embedder for which none was computed."""


@dataclass(frozen=True)
class Kind:
    """`title` is for people. `cohort` is the background cohort's file among the assets, None where it is computed.

    `make` loads the embedder; one that reads a checkpoint gets its path (None: the one that comes with the program).
    """

    title: str
    cohort: str | None
    make: Callable[[Path | None], Embedder]


def _moonshine(_: Path | None) -> Embedder:
    from labbench.models.moonshine_embedder import MoonshineEmbedder

    return MoonshineEmbedder()


def _whisper(checkpoint: Path | None) -> Embedder:
    from labbench.models.whisper_embedder import WhisperEmbedder

    return WhisperEmbedder(checkpoint or paths.assets() / "models" / "whisper-digits.pt")


def _google(_: Path | None) -> Embedder:
    from labbench.models.google_embedder import GoogleEmbedder

    return GoogleEmbedder()


def _mfcc(_: Path | None) -> Embedder:
    from labbench.models.mfcc_embedder import MfccEmbedder

    return MfccEmbedder()


EMBEDDERS: Mapping[str, Kind] = MappingProxyType(
    {
        DEFAULT: Kind("Moonshine's encoder", "cohort.npz", _moonshine),
        "whisper": Kind("Whisper's encoder", None, _whisper),
        "google": Kind("Google's speech embedding", "cohort-google.npz", _google),
        "mfcc": Kind("MFCC (no model)", "cohort-mfcc.npz", _mfcc),
    }
)
"""By name, the default first."""


def make(name: str, checkpoint: Path | None = None) -> Embedder:
    """The embedder of that name, loaded; `checkpoint` is for Whisper's. Raises LabBenchError, FormatError."""
    return _kind(name).make(checkpoint)


def make_with_cohort(name: str, checkpoint: Path | None = None) -> tuple[Embedder, Cohort]:
    """The embedder and the background cohort that its distances are normalised with. Raises LabBenchError.

    Whisper's checkpoints are too many to ship one for each: theirs is computed here, in about a second, from the
    program's own synthetic speech. It knows fewer voices than the others' (recordings of many speakers). Measured with
    the small checkpoint, words are told from speech as well as with a cohort of recordings (equal error rates within a
    point), but thresholds come out too strict: 20 % misses instead of 13 % (nearest take), 91 % instead of 70 % (DTW).
    """
    kind = _kind(name)
    embedder = kind.make(checkpoint)
    if kind.cohort is None:
        clips = [read_clip(paths.assets() / "clips" / file).for_models() for file in SPEECH_CLIPS]
        return embedder, cohort_of(embedder, clips)
    cohort = load_cohort(paths.assets() / kind.cohort)
    if cohort.checksum != embedder.checksum:
        raise LabBenchError("The background cohort belongs to another model.", "Install the program again.")
    return embedder, cohort


def _kind(name: str) -> Kind:
    if name not in EMBEDDERS:
        raise LabBenchError(f"There is no embedder {name!r}.", f"Choose one of: {', '.join(EMBEDDERS)}.")
    return EMBEDDERS[name]
