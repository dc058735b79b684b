"""The same takes in one embedder as in another: taught anew, mapped, and measured against ordinary speech. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.live.embedding_link import EmbeddingHosts
from labbench.live.teaching_anew import Cost, MakeModels, heard_anew, teach_anew, windows_of
from labbench.live.worker import Worker
from labbench.models.embedders import EmbedderSpec
from labbench.wakeword.contest import Standing
from labbench.wakeword.embedder import Frames
from labbench.wakeword.landmark_map import LandmarkMap, mapped
from labbench.wakeword.material import Material, material_of
from labbench.wakeword.mds import Points
from labbench.wakeword.room import Room
from labbench.wakeword.scoring import needs_windows
from labbench.wakeword.words import TaughtWord, WordModel


@dataclass(frozen=True, eq=False)
class Heard:
    """A sound in an embedder: distances of its hops to the nearest word [m], and where they lie on the map [m, 2]."""

    distances: NDArray[np.float64]
    points: Points


@dataclass(frozen=True, eq=False)
class Contender:
    """What the words are in one embedder; `heard` is the sound that was shown, None without one."""

    spec: EmbedderSpec
    chart: LandmarkMap
    standing: Standing
    cost: Cost | None
    heard: Heard | None


def contend(
    hosts: EmbeddingHosts,
    worker: Worker,
    spec: EmbedderSpec,
    words: Sequence[TaughtWord],
    room: Room | None,
    make_models: MakeModels,
    samples: NDArray[np.float32] | None,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> Contender:
    """All takes and counter-examples of `words`, the cohort's speech and, where given, `samples` (16 kHz).

    Blocks: for a job's thread. Raises Cancelled, LabBenchError.
    """
    models: list[WordModel] = []

    def make(found: Sequence[TaughtWord], *windows: tuple[Frames, ...]) -> Sequence[WordModel]:
        models[:] = make_models(found, *windows)
        return models

    def tell(progress: Progress) -> None:
        note = f"{spec.title}: {progress.note}" if progress.note else spec.title
        on_progress(Progress(progress.done, progress.total, progress.unit, note))

    taught = teach_anew(hosts, spec, words, room, make, tell, cancel)
    known = [word for word in taught.words if word.templates]
    windows = windows_of(spec, taught.codes) if any(needs_windows(word.scoring) for word in known) else ()
    chart = worker.call(mapped, known, windows, on_progress=tell, cancel=cancel)
    materials: list[Material] = []
    for word in known:
        others = [other for other in known if other is not word]
        materials.append(worker.call(material_of, word, others, windows, on_progress=tell, cancel=cancel))
    heard = None
    if samples is not None and models:
        watched = [chart.landmarks[number] for number in chart.watched]
        frames = heard_anew(hosts, spec, models, watched, samples, tell, cancel)
        near = np.array([min(frame.distances) for frame in frames])
        rows = [frame.watched.distances for frame in frames if frame.watched is not None]
        heard = Heard(near, chart.place(np.array(rows, np.float64).reshape(len(rows), len(watched))))
    return Contender(spec, chart, Standing(tuple(materials)), taught.cost, heard)
