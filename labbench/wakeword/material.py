"""What a threshold of one word is judged by: how far its own takes, other sounds and ordinary speech lie from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.wakeword.calibration import WINDOWS_PER_HOUR
from labbench.wakeword.counter_examples import held_back
from labbench.wakeword.embedder import Frames
from labbench.wakeword.fusion import nearest_one
from labbench.wakeword.references import Bank
from labbench.wakeword.scoring import scoring_of, usable
from labbench.wakeword.words import Take, TaughtWord, WordModel, left_out_versions, model_of

Distances = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Material:
    """Normalised distances to `word`, each of shape [n]; crosses processes.

    `takes` are its own, those that were recorded on purpose, each measured against the others alone, and `noisy` the
    same with babble mixed in; both are empty with fewer than two takes. `others` are its counter-examples, each
    measured without itself, and takes of other words. `speech` are windows of ordinary speech.
    """

    word: str
    takes: Distances
    noisy: Distances
    others: Distances
    speech: Distances

    def missed(self, threshold: float) -> int:
        """How many of its own takes would not be heard."""
        return int(np.count_nonzero(self.takes >= threshold))

    def taken(self, threshold: float) -> int:
        """How many of the other sounds would be taken for the word."""
        return int(np.count_nonzero(self.others < threshold))

    def counted(self) -> tuple[Distances, Distances]:
        """False accepts an hour of speech and the share of missed takes, at every threshold that makes a difference.

        From the strictest to the loosest; both of shape [steps]. Empty without takes or without speech.
        """
        if not len(self.takes) or not len(self.speech):
            return np.zeros(0), np.zeros(0)
        steps = np.concatenate([np.unique(np.concatenate([self.takes, self.speech])), [np.inf]])
        takes, speech = np.sort(self.takes), np.sort(self.speech)
        misses = 1.0 - np.searchsorted(takes, steps, "left") / len(takes)
        accepts = np.searchsorted(speech, steps, "left") / len(speech) * WINDOWS_PER_HOUR
        return accepts, misses


def material_of(
    word: TaughtWord,
    others: Sequence[TaughtWord],
    cohort: Sequence[Frames] = (),
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Material:
    """Of a word with at least one used take. Some scorings need the `cohort`'s windows. Raises Cancelled.

    Some milliseconds for each take; with dozens of them each costs as much as learning from all.
    """
    scoring = usable(word.scoring, cohort)
    used = [take for take in word.takes if take.used]
    taught = [take for take in used if not take.learnt]
    against = [take for take in word.against if take.used]
    total, done = len(taught) + len(against) + 1, 0

    def step() -> None:
        nonlocal done
        if cancel is not None:
            cancel.check()
        on_progress(Progress(done, total, "takes"))
        done += 1

    left_out: list[tuple[float, ...]] = []
    for take in taught:
        step()
        left_out += left_out_versions([take], used, scoring, cohort)
    known = [versions for versions in left_out if not np.isnan(versions[0])]
    found = [_of_counter_example(word, take, scoring, cohort, step) for take in against]
    step()
    model = _model(word, against, scoring, cohort)
    measure = _measure(model)
    found += [measure(take) for other in others if other.name != word.name for take in other.takes if take.used]
    return Material(
        word.name,
        np.array([versions[0] for versions in known]),
        np.array([one for versions in known for one in versions[1:]]),
        np.array(found),
        _speech(word, used, against, scoring, cohort),
    )


def _model(word: TaughtWord, against: Sequence[Take], scoring: str, cohort: Sequence[Frames]) -> WordModel:
    bare = TaughtWord(word.name, word.takes, threshold_set=1.0, against=tuple(against), scoring=scoring)
    return model_of(bare, scoring, cohort)


def _measure(model: WordModel) -> Callable[[Take], float]:
    bank, against = Bank(model.references), Bank(model.against)

    def of(take: Take) -> float:
        frames = take.templates[0].frames
        return model.weighed(model.distance(bank.distances(frames)), against.distances(frames))

    return of


def _of_counter_example(
    word: TaughtWord, take: Take, scoring: str, cohort: Sequence[Frames], step: Callable[[], None]
) -> float:
    """As if nobody had said yet that it is not the word: else it would only be compared with itself."""
    step()
    rest = [other for other in word.against if other.used and other is not take]
    return _measure(_model(word, rest, scoring, cohort))(take)


def _speech(
    word: TaughtWord, used: Sequence[Take], against: Sequence[Take], scoring: str, cohort: Sequence[Frames]
) -> Distances:
    way = scoring_of(scoring)
    learned = way.learn([take.templates for take in used], cohort, (), [take.learnt for take in used])
    distances = way.fuse(learned).distances(learned.cohort).astype(np.float64)
    if not against or not len(distances):
        return distances
    rows = np.stack([take.templates[0].cohort for take in against])[:, way.unseen]
    nearest = nearest_one(rows, way.stretch).distances(rows).astype(np.float64)
    return held_back(distances, nearest)
