"""The embedders there are, by name, and what belongs to each: nothing is imported before one is made.

An `EmbedderSpec` names one to be loaded, here or in a process of its own.

Adding one is a module with a class of the protocol `labbench.wakeword.embedder.Embedder` and a line in `EMBEDDERS`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.models import weights
from labbench.models.engines import whispers
from labbench.wakeword.cohort import Cohort, cohort_checksum, cohort_of, load_cohort
from labbench.wakeword.embedder import Embedder, Frames

DEFAULT = "moonshine"
SPEECH_CLIPS = ("sentences_without.flac", "sentences_with.flac", "demo.flac", "speech_short.flac", "babble.flac")
"""Synthetic speech that comes with the program: the background of an embedder for which none was computed."""


@dataclass(frozen=True)
class Kind:
    """`title` and `about` are for people. `cohort` is the background cohort's file among the assets, None where it is
    computed.

    `make` loads the embedder; one that reads a checkpoint gets its path (None: the best that is on this computer).
    It needs the modules `needs`; `how` says what to do where one is missing (PYTHON stands for this program's).
    """

    title: str
    cohort: str | None
    make: Callable[[Path | None], Embedder]
    about: str = ""
    needs: tuple[str, ...] = ()
    how: str = ""

    @property
    def missing(self) -> str:
        """Why it can't be used on this computer and what to do; empty where it can. Imports nothing."""
        if all(find_spec(module) is not None for module in self.needs):
            return ""
        return self.how.replace("PYTHON", sys.executable)


@dataclass(frozen=True)
class EmbedderSpec:
    """Names an embedder to be loaded: a name in `EMBEDDERS` and, for Whisper's, the checkpoint (None: the
    best that is on this computer). Crosses processes."""

    name: str = DEFAULT
    checkpoint: Path | None = None

    @property
    def title(self) -> str:
        """For people."""
        kind = _kind(self.name)
        return kind.title if self.checkpoint is None else f"{kind.title} ({self.checkpoint.stem})"

    @property
    def is_default(self) -> bool:
        """Whether it is the one that listens unless somebody chooses another."""
        return self.name == DEFAULT


def _moonshine(_: Path | None) -> Embedder:
    from labbench.models.moonshine_embedder import MoonshineEmbedder

    return MoonshineEmbedder()


def _whisper(checkpoint: Path | None) -> Embedder:
    from labbench.models.whisper_embedder import WhisperEmbedder

    return WhisperEmbedder(checkpoint or _best_checkpoint())


def _best_checkpoint() -> Path:
    """That of the Whisper which is used where nobody chose. Raises LabBenchError where there is none."""
    path = next((spec.path for spec in whispers() if spec.path is not None), None)
    if path is None:
        raise LabBenchError(
            "Whisper is not on this computer yet.", "Get it (`labbench models get base`, or in the window)."
        )
    return path


def _google(_: Path | None) -> Embedder:
    from labbench.models.google_embedder import GoogleEmbedder

    return GoogleEmbedder()


def _mfcc(_: Path | None) -> Embedder:
    from labbench.models.mfcc_embedder import MfccEmbedder

    return MfccEmbedder()


EMBEDDERS: Mapping[str, Kind] = MappingProxyType(
    {
        DEFAULT: Kind(
            "Moonshine's encoder",
            "cohort.npz",
            _moonshine,
            "Best at words said by several people. Listens unless you choose another.",
            ("moonshine_voice", "onnxruntime"),
            "Moonshine has no package for this computer. Choose Whisper's encoder or MFCC.",
        ),
        "whisper": Kind(
            "Whisper's encoder",
            None,
            _whisper,
            "For a hundred languages. A larger model hears more and takes longer.",
            ("torch", "whisper"),
            "Whisper is not installed on this computer. Choose Moonshine's encoder or MFCC.",
        ),
        "google": Kind(
            "Google's speech embedding",
            "cohort-google.npz",
            _google,
            "A small network made for wake words, quick. Best with your own takes.",
            ("pyopen_wakeword",),
            "It is not installed. It exists for 64-bit Windows, macOS from 15 and Linux from glibc 2.35; there, with a "
            "network: PYTHON -m pip install pyopen-wakeword",
        ),
        "mfcc": Kind(
            "MFCC (no model)",
            "cohort-mfcc.npz",
            _mfcc,
            "The classic, without a model: only the shape of the spectrum.",
        ),
    }
)
"""By name, the default first."""


def make(name: str, checkpoint: Path | None = None) -> Embedder:
    """The embedder of that name, loaded; `checkpoint` is for Whisper's. Raises LabBenchError, FormatError."""
    return _kind(name).make(checkpoint)


def make_with_cohort(
    name: str,
    checkpoint: Path | None = None,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> tuple[Embedder, Cohort]:
    """The embedder and the background cohort that its distances are normalised with. Raises LabBenchError, Cancelled.

    Whisper's checkpoints are too many to ship one for each: theirs is computed here, in about a second, from the
    program's own synthetic speech. It knows fewer voices than the others' (recordings of many speakers). Measured with
    a small checkpoint, words are told from speech as well as with a cohort of recordings (equal error rates within a
    point), but thresholds come out too strict: 20 % misses instead of 13 % (nearest take), 91 % instead of 70 % (DTW).
    """
    kind = _kind(name)
    on_progress(Progress(0.0, None, "", "loading the model"))
    embedder = kind.make(checkpoint)
    if kind.cohort is None:
        windows: list[Frames] = []
        for number, file in enumerate(SPEECH_CLIPS):
            if cancel is not None:
                cancel.check()
            on_progress(Progress(number, len(SPEECH_CLIPS), "clips", "hearing ordinary speech"))
            windows += cohort_of(embedder, [read_clip(paths.assets() / "clips" / file).for_models()]).windows
        return embedder, Cohort(tuple(windows), embedder.checksum)
    cohort = load_cohort(paths.assets() / kind.cohort)
    if cohort.checksum != embedder.checksum:
        raise LabBenchError("The background cohort belongs to another model.", "Install the program again.")
    return embedder, cohort


def shipped_cohort(name: str) -> Cohort | None:
    """The cohort that comes with the program, without its embedder; None where there is none. Raises LabBenchError."""
    kind = _kind(name)
    return None if kind.cohort is None else load_cohort(paths.assets() / kind.cohort)


def made_by(checksum: str, checkpoints: Iterable[Path], cancel: CancelToken | None = None) -> EmbedderSpec | None:
    """The embedder of that checksum, if it is one of those at hand; `checkpoints` are those of Whisper.

    Official ones are told by their length, of others all is read: for a job's thread. Raises Cancelled.
    """
    from labbench.models.whisper_embedder import encoder_checksum

    for name, kind in EMBEDDERS.items():
        if kind.cohort is not None and cohort_checksum(paths.assets() / kind.cohort) == checksum:
            return EmbedderSpec(name)
    for path in checkpoints:
        if cancel is not None:
            cancel.check()
        sha256 = _sha256(path)
        if sha256 is not None and encoder_checksum(sha256) == checksum:
            return EmbedderSpec("whisper", path)
    return None


def _sha256(path: Path) -> str | None:
    """Of a checkpoint; None where it can't be read."""
    try:
        for official in weights.OFFICIAL.values():
            if path.name == official.file_name and path.stat().st_size == official.size_bytes:
                return official.sha256
        digest = hashlib.sha256()
        for block in weights.file_blocks(path):
            digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()


def _kind(name: str) -> Kind:
    if name not in EMBEDDERS:
        raise LabBenchError(f"There is no embedder {name!r}.", f"Choose one of: {', '.join(EMBEDDERS)}.")
    return EMBEDDERS[name]
