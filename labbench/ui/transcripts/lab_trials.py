"""What the failure lab does in a job's thread: spoil a sound by degrees, and try both engines on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.core.timebase import MODEL_RATE
from labbench.models.hosting import EngineHost
from labbench.models.trials import try_engine
from labbench.session.trials_file import UNSPOILT, Slot, SpoiltPoint, plain_transcript
from labbench.signal.degradations import Degradation, Surroundings
from labbench.transcript.compare import error_rates
from labbench.transcript.engine import Options
from labbench.transcript.trials import Trial
from labbench.transcript.types import Transcript, join

LOUDEST_PEAK, LOUDEST_RMS = 0.5, 0.08
"""Of what is played: spoilt sound may be a good deal louder than speech."""
SLOTS: tuple[Slot, Slot] = ("a", "b")


@dataclass(frozen=True)
class PointCame(Progress):
    """Progress that brings a point."""

    point: SpoiltPoint | None = None
    reference: str = ""
    language: str = ""


@dataclass(frozen=True)
class Order:
    """What a job is to do: ways, engines in their order, and what counts as right (None: what A says)."""

    ways: tuple[Degradation, ...]
    hosts: tuple[EngineHost, EngineHost]
    options: tuple[Options, Options]
    reference: str | None
    language: str | None
    done: frozenset[tuple[str, str, float]]


def spoil(way: Degradation, samples: NDArray[np.float32], level: float) -> NDArray[np.float32]:
    """The same sound at each call. For a job's thread. Raises LabBenchError."""
    babble = np.zeros(0, np.float32)
    if way.name == "babble":
        babble = read_clip(paths.assets() / "clips" / "babble.flac").for_models()
    return way.apply(samples, MODEL_RATE, level, Surroundings(babble))


def bounded(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Quieter where its peak or its mean level is too loud to be played; never louder."""
    peak = float(np.max(np.abs(samples), initial=0.0))
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    factor = min(1.0, LOUDEST_PEAK / max(peak, 1e-9), LOUDEST_RMS / max(rms, 1e-9))
    return samples * np.float32(factor)


def run_ways(
    order: Order,
    load: Callable[[OnProgress, CancelToken], NDArray[np.float32]],
    progress: OnProgress,
    cancel: CancelToken,
) -> None:
    """In the job's thread: the sound as it is where that is not known yet, then each level for both engines."""
    samples = load(progress, cancel)
    reference, language = order.reference, order.language
    todo: list[tuple[Degradation | None, float]] = [(None, 0.0)]
    todo += [(way, level) for way in order.ways for level in way.by_severity]
    left = [
        (way, level, number)
        for way, level in todo
        for number, slot in enumerate(SLOTS)
        if (slot, way.name if way else UNSPOILT, level) not in order.done
    ]
    for count, (way, level, number) in enumerate(left):
        host, options = order.hosts[number], order.options[number]
        what = f"{way.title}, {way.level_text(level)}" if way else "the sound as it is"
        progress(Progress(count, len(left), "trials", f"{host.spec.title}: {what}"))
        spoilt = samples if way is None else spoil(way, samples, level)
        if reference is None:  # A comes first
            trial = try_engine(host, spoilt, None, options, cancel=cancel)
            reference, language = trial.transcript.text, trial.transcript.language
            if not any(map(str.isalnum, reference)):
                raise LabBenchError(
                    f"{host.spec.title} hears no words in this sound.", "Write what is said, or choose another sound."
                )
            trial = replace(trial, rates=error_rates(reference, reference, language))
        else:
            trial = try_engine(host, spoilt, reference, options, cancel=cancel, language=language)
        point = SpoiltPoint(SLOTS[number], way.name if way else UNSPOILT, level, _plain(trial))
        progress(PointCame(count + 1, len(left), "trials", what, point, reference, language or ""))


def _plain(trial: Trial) -> Trial:
    """As it is kept."""
    said = trial.transcript
    return replace(trial, transcript=plain_transcript(said.engine, said.language, said.text, said.duration, said.took))


def whole(options: Options) -> Options:
    """The same options for all of a sound: stretches that were chosen lie elsewhere in a spoilt one."""
    return replace(options, clips=())


def within(transcript: Transcript, span: tuple[float, float] | None) -> str:
    """What of it is said in a stretch: the words whose middle lies in it."""
    if span is None:
        return transcript.text
    return join(word for word in transcript.words if span[0] <= (word.start + word.end) / 2 < span[1])
