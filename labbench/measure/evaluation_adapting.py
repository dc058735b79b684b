"""Words that learn from near misses, measured: a stream in which a miss is said again, then other utterances.

Half of a cell's test clips make the stream, in the noisiest condition asked for: what is missed is said once more, in
quiet, as somebody would who was not heard. What the window would learn from such a pair is learnt. The same utterances
in other babble, the other half, and the whole background tell what came of it. With wrong labels, moments that are not
the word at all (another word, or speech of the babble's speakers) are forced on it instead, without asking whether they
are near: only the roll-back stands against them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from labbench.core.timebase import MODEL_RATE
from labbench.live.listener import WordKit
from labbench.measure.evaluation_cells import Adapted, Cell, Meter, Plan
from labbench.measure.evaluation_material import (
    TAIL,
    Babble,
    Sound,
    Utterance,
    WordFolder,
    generator,
    in_babble,
    read_sound,
    read_take,
    surrounded,
    utterance,
)
from labbench.ui.words.moment_sound import likely_cut, span_of, usual_seconds
from labbench.wakeword.embedder import Frames
from labbench.wakeword.learning import Learnt, learn
from labbench.wakeword.near_misses import near_misses
from labbench.wakeword.retries import came_near, repeated
from labbench.wakeword.spotter import FIRST, Spotter, spot_clip, spot_hops, window_before
from labbench.wakeword.templates import WINDOW
from labbench.wakeword.words import Take, TaughtWord, model_of

AFTER = MODEL_RATE // 2
PAD = MODEL_RATE // 4
"""Silence around what a take is made of, as in the window."""
STREAM_COST, CLIP_COST = 78, 36
"""Windows' worth of time, roughly: for the progress alone."""


def adapting_cost(plan: Plan, background: float) -> float:
    """Windows of work, where the background is so many."""
    half = plan.draws * len(plan.words) * min(plan.most_tests, 1000) / 2
    return background + half * (STREAM_COST + 2 * CLIP_COST)


def adapt(plan: Plan, kit: WordKit, cells: Sequence[Sequence[Cell]], meter: Meter) -> tuple[tuple[Adapted, ...], ...]:
    """What becomes of every cell, with the same random numbers whichever way it adapts. Raises Cancelled."""
    known = [ratio for ratio in plan.ratios if ratio is not None]
    ratio = min(known) if known else None
    babble = Babble(plan.babble or plan.background, generator(plan.seed, "voices"))
    meter.note = "Learning"
    found: list[list[Adapted]] = []
    after: list[TaughtWord] = []
    for word, row in zip(plan.words, cells, strict=True):
        others = [other for other in plan.words if other is not word]
        found.append([])
        for cell in row:
            result = Adapted()
            stream = _Stream(plan, kit, word, others, ratio, babble, meter)
            after.append(stream.run(cell, result))
            found[-1].append(result)
    flat = [cell for row in cells for cell in row]
    models = [
        (cell.model, replace(model_of(word, plan.scoring, kit.cohort.windows), name=f"{cell.model.name} adapted"))
        for cell, word in zip(flat, after, strict=True)
    ]
    results = [one for own in found for one in own]
    place = 0
    for word, row in zip(plan.words, cells, strict=True):
        for cell in row:
            same, strangers = _halves(cell)
            for numbers, tried in ((same, results[place].missed), (strangers, results[place].others)):
                for number in numbers:
                    heard = _heard(plan, word, number, ratio, babble, "later")
                    fired = _fired(Spotter(kit.embedder, models[place]), heard.samples, meter)
                    missed = [not any(heard.start <= at <= heard.end + AFTER for at in own) for own in fired]
                    tried.append((missed[0], missed[1]))
            place += 1
    spotter = Spotter(kit.embedder, [model for pair in models for model in pair])
    counts = np.zeros(len(spotter.words), int)
    for number, path in enumerate(plan.background):
        sound = surrounded(read_sound(path), FIRST, TAIL, generator(plan.seed, "background", number))
        counts += [len(own) for own in _fired(spotter, sound, meter)]
    for result, (before, later) in zip(results, counts.reshape(-1, 2).tolist(), strict=True):
        result.accepts = (before, later)
    return tuple(tuple(own) for own in found)


class _Stream:
    """One word that is being used: said, missed, said again."""

    def __init__(
        self,
        plan: Plan,
        kit: WordKit,
        word: WordFolder,
        others: Sequence[WordFolder],
        ratio: float | None,
        babble: Babble,
        meter: Meter,
    ) -> None:
        self._plan, self._kit, self._folder, self._others = plan, kit, word, others
        self._ratio, self._babble, self._meter = ratio, babble, meter

    def run(self, cell: Cell, result: Adapted) -> TaughtWord:
        """The word after the stream; what happened goes into `result`."""
        word = cell.taught
        for turn, number in enumerate(_halves(cell)[0]):
            result.streamed += 1
            if self._plan.adapt == "wrong":
                pair: tuple[Take, Frames | None] | None = (self._wrong(word, cell.draw, turn), None)
            else:
                pair = self._missed(word, number)
            self._meter.add(STREAM_COST)
            if pair is None:
                continue
            result.retried += 1
            found = self._learn(word, *pair)
            if found.refusal is None:
                result.learnt += 1
                word = found.word
            else:
                reason = found.refusal.name.lower()
                result.refused[reason] = result.refused.get(reason, 0) + 1
        return word

    def _learn(self, word: TaughtWord, take: Take, again: Frames | None) -> Learnt:
        forced = self._plan.adapt == "wrong"
        return learn(word, take, (), self._plan.scoring, self._kit.cohort.windows, again=again, forced=forced)

    def _missed(self, word: TaughtWord, number: int) -> tuple[Take, Frames] | None:
        """What is offered to be learnt after this utterance and, where it was missed, the frames of its repetition."""
        heard = _heard(self._plan, self._folder, number, self._ratio, self._babble)
        again = _heard(self._plan, self._folder, number, None, self._babble)
        stream = np.concatenate([heard.samples, again.samples])
        model = model_of(word, self._plan.scoring, self._kit.cohort.windows)
        frames, detections = spot_clip(Spotter(self._kit.embedder, [model]), stream)
        indices = np.array([frame.index for frame in frames], np.int64)
        distances = np.array([frame.distances[0] for frame in frames], np.float64)
        misses = near_misses(word.name, indices, distances, model.threshold, detections)
        for miss, heard_again in repeated(misses, detections):
            said_s = came_near(miss, indices, distances)
            if said_s * MODEL_RATE < len(heard.samples):
                window = self._cut(word, stream, heard_again.end)
                frames_again = self._kit.embedder.embed(window_before(window, len(window)))
                return self._take(word, stream, said_s), frames_again
        return None

    def _take(self, word: TaughtWord, stream: Sound, said_s: float) -> Take:
        samples = self._cut(word, stream, said_s)
        take = self._kit.take("learnt", samples)
        return take if take.used else self._kit.take("learnt", samples, likely_cut(samples, usual_seconds(word)))

    def _cut(self, word: TaughtWord, stream: Sound, said_s: float) -> Sound:
        """What is heard around a word that ended there."""
        start, stop = (round(end * MODEL_RATE) for end in span_of(said_s, usual_seconds(word)))
        return np.pad(stream[start:stop], PAD)

    def _wrong(self, word: TaughtWord, draw: int, turn: int) -> Take:
        """Another word, or a stretch of other speech, in turn."""
        random = generator(self._plan.seed, word.name, "wrong", draw, turn)
        if self._others and turn % 2 == 0:
            other = self._others[int(random.integers(len(self._others)))]
            clip = read_take(other.files[int(random.integers(len(other.files)))])
            return self._kit.take("wrong", surrounded(clip, PAD, PAD, random))
        paths = self._plan.babble or self._plan.background  # in which false accepts are counted: it would find itself
        path = paths[int(random.integers(len(paths)))]
        sound = read_sound(path)
        length = round(usual_seconds(word) * MODEL_RATE)
        start = int(random.integers(max(1, len(sound) - WINDOW)))
        window = sound[start : start + WINDOW]
        middle = max(0, (len(window) - length) // 2)
        return self._kit.take("wrong", window, (middle, min(len(window), middle + length)))


def _halves(cell: Cell) -> tuple[list[int], list[int]]:
    """Clips of the stream, and others."""
    return cell.tested_with[::2], cell.tested_with[1::2]


def _heard(
    plan: Plan, word: WordFolder, number: int, ratio: float | None, babble: Babble, when: str = "babble"
) -> Utterance:
    clean = utterance(read_take(word.files[number]), generator(plan.seed, word.name, "test", number))
    if ratio is None:
        return clean
    noise = babble.stretch(len(clean.samples), generator(plan.seed, word.name, when, number))
    return in_babble(clean, noise, ratio)


def _fired(spotter: Spotter, samples: Sound, meter: Meter) -> list[list[int]]:
    """At which samples each word fired."""
    fired: dict[str, list[int]] = {word.name: [] for word in spotter.words}
    for _, found in spot_hops(spotter, samples):
        meter.add(1)
        for detection in found:
            fired[detection.word].append(round(detection.at * MODEL_RATE))
    return list(fired.values())
