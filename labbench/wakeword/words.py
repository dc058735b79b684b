"""A taught word: its takes, the templates made of them, and the threshold that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.calibration import Calibration, calibrate
from labbench.wakeword.counter_examples import held_back
from labbench.wakeword.embedder import Embedder, Frames
from labbench.wakeword.fusion import Fusion, nearest_one
from labbench.wakeword.learned import Learned
from labbench.wakeword.references import Bank, Reference
from labbench.wakeword.room import EmbeddedRoom
from labbench.wakeword.scoring import DEFAULT, scoring_of, usable
from labbench.wakeword.takes import REJECTED, Verdict, cut_by_hand, cut_take, outliers
from labbench.wakeword.templates import Template, against_cohort, embed_take
from labbench.wakeword.whitening import Whitener


@dataclass(frozen=True)
class Take:
    """One recording of a word (16 kHz, shape [n]; speech at samples `start` to `stop`), its verdict and templates.

    A rejected take has no templates: it stays in the list so that its reason can be read. An `excluded` one was left
    out by hand; a `learnt` one came from a near miss, and nobody recorded it on purpose.
    """

    label: str
    samples: NDArray[np.float32]
    start: int
    stop: int
    verdict: Verdict
    templates: tuple[Template, ...] = ()
    speaker: str = ""
    excluded: bool = False
    learnt: bool = False

    @property
    def used(self) -> bool:
        return bool(self.templates) and not self.excluded

    @property
    def seconds(self) -> float:
        """Length of the speech in it."""
        return (self.stop - self.start) / 16_000


@dataclass(frozen=True)
class TaughtWord:
    """A word and its takes. `threshold_set` is the user's own threshold, None for the calibrated one.

    `against` are counter-examples: takes of what is not the word. `scoring` is the way it is to be detected by: the
    functions below have to be given it, with what it needs.
    """

    name: str
    takes: tuple[Take, ...] = ()
    threshold_set: float | None = None
    against: tuple[Take, ...] = ()
    scoring: str = DEFAULT

    @property
    def templates(self) -> tuple[Template, ...]:
        """Of the takes that are used."""
        return tuple(template for take in self.takes if take.used for template in take.templates)


@dataclass(frozen=True)
class WordModel:
    """What the detector needs of one word: immutable, made anew whenever its takes change.

    Windows are compared with its `references`; `fusion` makes one distance of theirs. `against` are those of its
    counter-examples, with a fusion of their own.
    """

    name: str
    references: tuple[Reference, ...]
    fusion: Fusion
    threshold: float
    seconds: float
    """How long the word usually takes to say."""
    scoring: str = DEFAULT
    against: tuple[Reference, ...] = ()
    against_fusion: Fusion | None = None

    def distance(self, raw: NDArray[np.float32]) -> float:
        """Raw distances of this word's references as one: 0 is identical, 1 as far as ordinary speech."""
        return self.fusion.distance(raw)

    def weighed(self, distance: float, raw_against: NDArray[np.float32]) -> float:
        """`distance` with the raw distances to the counter-examples taken into account."""
        if self.against_fusion is None:
            return distance
        return float(held_back(distance, self.against_fusion.distance(raw_against)))


def make_take(
    label: str,
    samples: NDArray[np.float32],
    embedder: Embedder,
    cohort: Sequence[Frames],
    babble: NDArray[np.float32],
    span: tuple[int, int] | None = None,
    room: EmbeddedRoom | None = None,
    whitener: Whitener | None = None,
) -> Take:
    """Judge a clip by its sound and, unless it is rejected, make templates of it, for the `room` where that is known.

    Without a `whitener` (the cohort's) they are warped templates only.

    The word is found by voice activity, or is where `span` says (samples), as somebody cut it by hand.
    """
    cut = cut_take(samples) if span is None else cut_by_hand(samples, *span)
    if cut.verdict in REJECTED:
        return Take(label, samples, cut.start, cut.stop, cut.verdict)
    noise, windows = (room.room.noise, room.windows) if room is not None else (None, ())
    versions = embed_take(embedder, samples, cut.start, cut.stop, babble, noise)
    templates = tuple(against_cohort(versions, cohort, windows, whitener))
    return Take(label, samples, cut.start, cut.stop, cut.verdict, templates)


def with_take(
    word: TaughtWord, take: Take, others: Sequence[TaughtWord | WordModel] = (), cohort: Sequence[Frames] = ()
) -> TaughtWord:
    """`word` with one take more, judged against its other takes and against other words.

    Verdicts on the sound stay; "unlike" and "collides" are found anew for all takes.
    """
    return judge(replace(word, takes=(*word.takes, take)), others, cohort)


def judge(
    word: TaughtWord,
    others: Sequence[TaughtWord | WordModel] = (),
    cohort: Sequence[Frames] = (),
    apart: Sequence[float] | None = None,
) -> TaughtWord:
    """Verdicts that depend on company: unlike the other takes, or closer to another word than that word allows.

    Each word has its own scoring; one that needs the `cohort`'s windows has the default one without them. `apart` is
    what `leave_one_out` says, where that is known. A take whose verdict stays is the same object.
    """
    used = [take for take in word.takes if take.used]
    if apart is None:
        apart = leave_one_out(word, usable(word.scoring, cohort), cohort)
    unlike = dict(zip(map(id, used), outliers(apart), strict=True))
    rivals = [rival for other in others if other.name != word.name and (rival := _rival(other, cohort)) is not None]
    takes = []
    for take in word.takes:
        verdict = take.verdict
        if verdict in (Verdict.UNLIKE, Verdict.COLLIDES):
            verdict = Verdict.GOOD
        if take.used and verdict is Verdict.GOOD:
            if any(_distance_to(take, rival) < rival.threshold for rival in rivals):
                verdict = Verdict.COLLIDES
            elif unlike[id(take)]:
                verdict = Verdict.UNLIKE
        takes.append(take if take.verdict is verdict else replace(take, verdict=verdict))
    return replace(word, takes=tuple(takes))


def _rival(other: TaughtWord | WordModel, cohort: Sequence[Frames]) -> WordModel | None:
    if isinstance(other, WordModel):
        return other
    return model_of(other, usable(other.scoring, cohort), cohort) if other.templates else None


def _distance_to(take: Take, rival: WordModel) -> float:
    return rival.distance(Bank(rival.references).distances(take.templates[0].frames))


def leave_one_out(word: TaughtWord, scoring: str = DEFAULT, cohort: Sequence[Frames] = ()) -> list[float]:
    """Normalised distance of each used take's quiet version to what the other takes teach; empty without takes.

    NaN for a take that is alone. Some scorings need the `cohort`'s windows.
    """
    used = [take for take in word.takes if take.used]
    return [distances[0] for distances in left_out_versions(used, used, scoring, cohort, 1)]


def left_out_versions(
    wanted: Sequence[Take],
    used: Sequence[Take],
    scoring: str = DEFAULT,
    cohort: Sequence[Frames] = (),
    versions: int | None = None,
) -> list[tuple[float, ...]]:
    """The same for the first so many `versions` of each of the `wanted` ones: quiet, then with ever more babble.

    Leaving one of many takes out costs as much as learning from all of them: ask for those only that matter.
    """
    if len(used) < 2:
        return [(float("nan"),) * len(take.templates[:versions]) for take in wanted]
    way = scoring_of(scoring)
    result = []
    for left_out in wanted:
        learned = _learn([take for take in used if take is not left_out], scoring, cohort)
        bank, fusion = Bank(learned.references), way.fuse(learned)
        some = left_out.templates[:versions]
        result.append(tuple(fusion.distance(bank.distances(version.frames)) for version in some))
    return result


def _learn(takes: Sequence[Take], scoring: str, cohort: Sequence[Frames], room: Sequence[Frames] = ()) -> Learned:
    alone = [take.learnt for take in takes]
    return scoring_of(scoring).learn([take.templates for take in takes], cohort, room, alone)


def room_distances(
    word: TaughtWord, scoring: str = DEFAULT, cohort: Sequence[Frames] = (), room: Sequence[Frames] = ()
) -> NDArray[np.float64] | None:
    """The word's normalised distances to the windows of the room: shape [windows]; None where it is not known.

    Takes that were made in another room, or in none, leave it unknown: made anew they do not. Some scorings need the
    windows of the `cohort` and of the `room`.
    """
    used = [take for take in word.takes if take.used]
    return _in_room(word, _learn(used, scoring, cohort, room), scoring) if used else None


def _in_room(word: TaughtWord, learned: Learned, scoring: str) -> NDArray[np.float64] | None:
    windows = learned.room.shape[1]
    if not windows:
        return None
    distances = scoring_of(scoring).fuse(learned).distances(learned.room).astype(np.float64)
    against = _against(word)
    if not against:
        return distances
    if any(len(one.room) != windows for one in against):
        return None
    rows = np.stack([one.room for one in against])
    return _kept_apart(distances, _fused_against(against, scoring).distances(rows).astype(np.float64))


def _kept_apart(background: NDArray[np.float64], nearest: NDArray[np.float64]) -> NDArray[np.float64]:
    """A background with what counter-examples do to it; its far side keeps its spread."""
    raised = held_back(background, nearest)
    kept: NDArray[np.float64] = np.minimum(raised, np.maximum(background, background.mean()))
    return kept


def calibration_of(
    word: TaughtWord, scoring: str = DEFAULT, cohort: Sequence[Frames] = (), room: Sequence[Frames] = ()
) -> Calibration:
    """The threshold that follows from the word's takes, the background cohort and the room, where that is known.

    Some scorings (names in `SCORINGS`) need the `cohort`'s windows, and the `room`'s for that to have its say. Raises
    LabBenchError.
    """
    way = scoring_of(scoring)
    used = [take for take in word.takes if take.used]
    learned = _learn(used, scoring, cohort, room)
    background = way.fuse(learned).distances(learned.cohort).astype(np.float64)
    against = _against(word)
    if against:
        rows = np.stack([one.cohort for one in against])[:, way.unseen]
        background = _kept_apart(background, _fused_against(against, scoring).distances(rows).astype(np.float64))
    # What was learnt is often noisy and far from the rest: it must not loosen the threshold.
    taught = [take for take in used if not take.learnt]
    known = [versions for versions in left_out_versions(taught, used, scoring, cohort) if not np.isnan(versions[0])]
    takes, noisy = [versions[0] for versions in known], [one for versions in known for one in versions[1:]]
    return calibrate(background, takes, _in_room(word, learned, scoring), noisy)


def model_of(
    word: TaughtWord, scoring: str = DEFAULT, cohort: Sequence[Frames] = (), room: Sequence[Frames] = ()
) -> WordModel:
    """What the detector needs. The word must have at least one used take; arguments as in `calibration_of`."""
    used = [take for take in word.takes if take.used]
    learned = _learn(used, scoring, cohort)
    threshold = word.threshold_set
    if threshold is None:
        threshold = calibration_of(word, scoring, cohort, room).threshold
    against = _against(word)
    return WordModel(
        name=word.name,
        references=learned.references,
        fusion=scoring_of(scoring).fuse(learned),
        threshold=threshold,
        seconds=float(np.mean([take.seconds for take in used])),
        scoring=scoring,
        against=tuple(Reference(one.frames, len(one.frames)) for one in against),
        against_fusion=_fused_against(against, scoring) if against else None,
    )


def _fused_against(against: Sequence[Template], scoring: str) -> Fusion:
    """The nearest of the counter-examples, in the units of the word's own distances."""
    return nearest_one(np.stack([one.cohort for one in against]), scoring_of(scoring).stretch)


def _against(word: TaughtWord) -> list[Template]:
    """The quiet version of each counter-example: noise would make it resemble everything."""
    return [take.templates[0] for take in word.against if take.used]
