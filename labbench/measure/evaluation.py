"""Wake words measured: taught in many draws, tried on the rest of their takes and on hours of other speech.

Everything goes through the spotter, the detector and the calibration that run live. Background is embedded once, file
by file, and scored against the templates of all words and draws together; only distances are kept of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.live.listener import WordKit
from labbench.measure.evaluation_adapting import adapt, adapting_cost
from labbench.measure.evaluation_cells import RATES, WANTED, Cell, Evaluation, Meter, Plan, Tests
from labbench.measure.evaluation_material import (
    AROUND,
    TAIL,
    Babble,
    Sound,
    Utterance,
    WordFolder,
    draw_order,
    generator,
    held_out,
    in_babble,
    read_sound,
    read_take,
    surrounded,
    utterance,
)
from labbench.wakeword.detector import decide
from labbench.wakeword.rates import decided, events
from labbench.wakeword.spotter import FIRST, HOP, SpotFrame, Spotter, spot_hops, window_before
from labbench.wakeword.templates import WINDOW
from labbench.wakeword.words import Take, TaughtWord, WordModel, calibration_of, model_of, with_take

AFTER = MODEL_RATE // 2
"""A detection matches an utterance from its start until so long after its end."""
TRIAL = WINDOW
"""Background is cut into stretches of this length, each one trial for the equal error rate."""
TIMED_HOPS = 150
TAKE_COST, CLIP_COST = 6, 36
"""Windows' worth of time that a take and a test clip need, roughly: for the progress alone."""


def evaluate(
    plan: Plan, kit: WordKit, on_progress: OnProgress = ignore_progress, cancel: CancelToken | None = None
) -> Evaluation:
    """Measure. The same plan, files and weights give the same figures, but for the milliseconds.

    Raises LabBenchError (files that can't be read, takes that can't be used), Cancelled.
    """
    meter = Meter(on_progress, cancel or CancelToken())
    first = read_sound(plan.background[0])
    sizes = [max(1, path.stat().st_size) for path in plan.background]
    per_byte = (len(first) / HOP + 1) / sizes[0]
    clips = sum(min(plan.draws * plan.most_tests, len(word.files)) for word in plan.words)
    takes = sum(min(plan.draws * plan.shots, len(word.files)) for word in plan.words)
    background = per_byte * sum(sizes)
    meter.total = background + CLIP_COST * clips * len(plan.ratios) + TAKE_COST * takes + TIMED_HOPS
    meter.total += adapting_cost(plan, background) if plan.adapt else 0.0
    meter.note = "Teaching"
    cells = tuple(_teach(word, plan, kit, meter) for word in plan.words)
    costs = _time(kit, [row[0].model for row in cells], first, meter)
    meter.note = "Background"
    hours = _hear_background(plan, kit, [cell for row in cells for cell in row], meter)
    meter.note = "Test clips"
    _hear_tests(plan, kit, cells, hours, meter)
    adapted = adapt(plan, kit, cells, meter) if plan.adapt else ()
    meter.add(meter.total)
    return Evaluation(plan, cells, hours, *costs, adapted)


def _teach(word: WordFolder, plan: Plan, kit: WordKit, meter: Meter) -> tuple[Cell, ...]:
    """The word in every draw; a take that the program refuses is replaced by the next, as its user would be told."""
    made: dict[int, Take] = {}
    cells = []
    for draw in range(plan.draws):
        taught, numbers, refused = TaughtWord(word.name), [], 0
        for number in draw_order(word, plan.seed, draw)[:-1]:
            if number not in made:
                path = word.files[number]
                random = generator(plan.seed, word.name, "around", number)
                samples = surrounded(read_take(path), AROUND, AROUND, random)
                made[number] = kit.take(path.stem, samples)
                meter.add(TAKE_COST)
            if not made[number].used:
                refused += 1
                continue
            taught = with_take(taught, made[number])
            numbers.append(number)
            if len(numbers) == plan.shots:
                break
        if len(numbers) < plan.shots:
            raise LabBenchError(
                f"Only {len(numbers)} of the takes of {word.name!r} can be used.",
                "Record clearer ones, or use --shots.",
            )
        tests = held_out(word, plan.seed, draw, numbers, plan.most_tests)
        name = f"{word.name} {draw}"
        model = model_of(TaughtWord(name, taught.takes), plan.scoring, kit.cohort.windows)
        calibration = calibration_of(taught, plan.scoring, kit.cohort.windows)
        cells.append(Cell(word.name, draw, taught, model, calibration, tests, refused))
    return tuple(cells)


def _time(kit: WordKit, models: Sequence[WordModel], sound: Sound, meter: Meter) -> tuple[float, float]:
    """Medians in ms of a hop with every word once, as it costs live, and of its embedding."""
    spotter = Spotter(kit.embedder, models)
    hops, embeddings = [], []
    for number in range(TIMED_HOPS):
        index = FIRST + number * HOP % max(HOP, len(sound) - FIRST)
        frame, _ = spotter.feed(window_before(sound, index), index)
        hops.append(frame.embed_ms + frame.score_ms)
        embeddings.append(frame.embed_ms)
        meter.add(1)
    return float(np.median(hops)), float(np.median(embeddings))


def _hear_background(plan: Plan, kit: WordKit, cells: Sequence[Cell], meter: Meter) -> float:
    """Fill in what the background does to every cell; the hours of it."""
    spotter = Spotter(kit.embedder, [cell.model for cell in cells])
    dips: list[list[NDArray[np.float64]]] = [[] for _ in cells]
    trials: list[list[NDArray[np.float64]]] = [[] for _ in cells]
    heard = 0
    for number, path in enumerate(plan.background):
        sound = read_sound(path)
        heard += len(sound)
        stream = surrounded(sound, FIRST, TAIL, generator(plan.seed, "background", number))
        frames, fired = _spot(spotter, stream, meter)
        indices = np.array([frame.index for frame in frames], np.int64)
        distances = np.array([frame.distances for frame in frames], np.float64)
        starts = np.searchsorted(indices, np.arange(0, max(1, len(sound) - TRIAL // 2), TRIAL) + FIRST)
        for place, cell in enumerate(cells):
            own = distances[:, place]
            dips[place].append(events(indices, own))
            trials[place].append(np.minimum.reduceat(decided(own), starts))
            hops = list(zip(indices.tolist(), own.tolist(), strict=True))
            cell.accepts += len(fired.get(cell.model.name, []))
            for which, wanted in enumerate(WANTED):
                cell.achieved[which] += len(decide(cell.calibration.threshold_for(wanted), hops))
    for place, cell in enumerate(cells):
        cell.dips = np.sort(np.concatenate(dips[place]))
        cell.trials = np.concatenate(trials[place])
    return heard / MODEL_RATE / 3600


def _spot(spotter: Spotter, samples: Sound, meter: Meter) -> tuple[list[SpotFrame], dict[str, list[int]]]:
    """Every hop of a stream, and at which samples each word fired."""
    frames, fired = [], dict[str, list[int]]()
    for frame, found in spot_hops(spotter, samples):
        meter.add(1)
        frames.append(frame)
        for detection in found:
            fired.setdefault(detection.word, []).append(round(detection.at * MODEL_RATE))
    return frames, fired


def _hear_tests(plan: Plan, kit: WordKit, cells: Sequence[Sequence[Cell]], hours: float, meter: Meter) -> None:
    """Every test clip once at each ratio, against the words of all draws that it is held out from."""
    voices = plan.babble or plan.background
    babble = Babble(voices, generator(plan.seed, "voices"))
    for word, row in zip(plan.words, cells, strict=True):
        for number in sorted({number for cell in row for number in cell.tested_with}):
            samples = read_take(word.files[number])
            clean = utterance(samples, generator(plan.seed, word.name, "test", number))
            own = [cell for cell in row if number in cell.tested_with]
            draws = {cell.draw for cell in own}
            rivals = [cell for other in cells if other is not row for cell in other if cell.draw in draws]
            for ratio in plan.ratios:
                heard = clean
                if ratio is not None:
                    noise = babble.stretch(len(clean.samples), generator(plan.seed, word.name, "babble", number))
                    heard = in_babble(clean, noise, ratio)
                others = rivals if ratio == plan.ratios[0] else []
                spotter = Spotter(kit.embedder, [cell.model for cell in (*own, *others)])
                frames, fired = _spot(spotter, heard.samples, meter)
                indices = np.array([frame.index for frame in frames], np.int64)
                distances = np.array([frame.distances for frame in frames], np.float64).T
                for place, cell in enumerate((*own, *others)):
                    tests = cell.tests.setdefault(ratio, Tests())
                    if place < len(own):
                        _judge(cell, tests, heard, indices, distances[place], fired.get(cell.model.name, []), hours)
                    else:
                        tests.others.append(float(decided(distances[place]).min()))


def _judge(
    cell: Cell,
    tests: Tests,
    heard: Utterance,
    indices: NDArray[np.int64],
    distances: NDArray[np.float64],
    fired: Sequence[int],
    hours: float,
) -> None:
    """What became of one utterance of the word itself."""
    inside = (indices >= heard.start) & (indices <= heard.end + AFTER)
    tests.nearest.append(float(decided(distances)[inside].min()))
    hops = list(zip(indices.tolist(), distances.tolist(), strict=True))
    tests.missed.append([not _matches(heard, _firings(cell, rate, hours, hops)) for rate in RATES])
    matched = _matches(heard, fired)
    tests.missed_by_default.append(not matched)
    tests.extra += len(fired) - len(matched)
    tests.latencies += [(at - heard.end) / MODEL_RATE for at in matched]


def _firings(cell: Cell, rate: float, hours: float, hops: Sequence[tuple[int, float]]) -> list[int]:
    return [firing.index for firing in decide(cell.threshold(rate, hours), hops)]


def _matches(heard: Utterance, fired: Sequence[int]) -> list[int]:
    """The first firing that belongs to the utterance, if there is one: a second is a false accept."""
    return [at for at in fired if heard.start <= at <= heard.end + AFTER][:1]
