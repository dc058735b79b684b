"""An evaluation as figures: for JSON, and as tables for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from labbench.measure.evaluation_cells import RATES, WANTED, Adapted, Cell, Evaluation, Tests
from labbench.measure.figures import Row, percentile, row, table
from labbench.wakeword.rates import bootstrap, det_points, enough, equal_error_rate

Rows = Sequence[Sequence[Cell]]
Figure = dict[str, float] | None


def condition_name(ratio: float | None) -> str:
    """`quiet`, or the ratio in dB as it is written on the command line."""
    return "quiet" if ratio is None else f"{ratio:g}"


def miss_key(rate: float) -> str:
    return "miss_at_zero" if rate == 0 else f"miss_at_{rate:g}"


def report(found: Evaluation) -> dict[str, Any]:
    """All figures. Shares are between 0 and 1; each figure has its `value` and the interval from `low` to `high`.

    Where fewer than three false accepts would be expected in the material, there is null in place of a figure. The
    material of a word is the background; of all words together it is as often the background as there are words.
    """
    plan, first = found.plan, found.plan.ratios[0]
    conditions = {condition_name(ratio): _condition(found, ratio) for ratio in plan.ratios}
    return {
        "words": [
            {"name": word.name, "takes": len(word.files), "speakers": len(set(word.speakers))} for word in plan.words
        ],
        "shots": plan.shots,
        "draws": plan.draws,
        "seed": plan.seed,
        "background_hours": found.hours,
        "refused_takes": sum(cell.refused for cells in found.cells for cell in cells),
        "ms_per_hop": found.ms_per_hop,
        "embedding_ms": found.embedding_ms,
        "latency_s": conditions[condition_name(first)]["pooled"]["latency_s"],
        "default": _default(found, found.cells, first),
        "wanted": [_achieved(found, place) for place in range(len(WANTED))],
        "adaptation": _adaptation(found),
        "conditions": conditions,
    }


def _mean(found: Evaluation, cells: Rows, value: Callable[[Cell], float]) -> dict[str, float]:
    """A figure over words and draws."""
    interval = bootstrap([[value(cell) for cell in own] for own in cells], found.plan.seed)
    return {"value": interval.value, "low": interval.low, "high": interval.high}


def _condition(found: Evaluation, ratio: float | None) -> dict[str, Any]:
    return {
        "pooled": _figures(found, found.cells, ratio),
        "words": {own[0].word: _figures(found, [own], ratio) for own in found.cells},
    }


def _figures(found: Evaluation, cells: Rows, ratio: float | None) -> dict[str, Any]:
    """All that is told of one word, or of all of them together, at one ratio."""
    flat = [cell for own in cells for cell in own]
    tests = [cell.tests[ratio] for cell in flat]
    figures: dict[str, Any] = {}
    for place, rate in enumerate(RATES):
        known = rate == 0 or enough(rate, found.hours * len(cells))
        figures[miss_key(rate)] = _mean(found, cells, _missed_at(ratio, place)) if known else None
    figures["eer"] = _mean(
        found, cells, lambda cell: equal_error_rate(np.asarray(cell.tests[ratio].nearest), cell.trials)
    )
    others = all(one.others for one in tests)
    figures["eer_other_words"] = _mean(found, cells, _against_others(ratio)) if others else None
    figures["default"] = _default(found, cells, ratio)
    figures["latency_s"] = _latency(tests)
    figures["utterances"] = sum(len(one.nearest) for one in tests)
    points = det_points([(np.asarray(cell.tests[ratio].nearest), cell.dips) for cell in flat], found.hours)
    figures["det"] = [[point.false_accepts_per_hour, point.misses] for point in points]
    return figures


def _missed_at(ratio: float | None, place: int) -> Callable[[Cell], float]:
    return lambda cell: float(np.mean([missed[place] for missed in cell.tests[ratio].missed]))


def _against_others(ratio: float | None) -> Callable[[Cell], float]:
    def rate(cell: Cell) -> float:
        tests = cell.tests[ratio]
        return equal_error_rate(np.asarray(tests.nearest), np.asarray(tests.others))

    return rate


def _latency(tests: Sequence[Tests]) -> dict[str, float | None]:
    values = [value for one in tests for value in one.latencies]
    return {
        "p50": percentile(values, 0.5) if values else None,
        "p95": percentile(values, 0.95) if values else None,
    }


def _default(found: Evaluation, cells: Rows, ratio: float | None) -> dict[str, Any]:
    """What a user gets who touches no threshold: shares and rates, their intervals, and the thresholds."""
    misses = _mean(found, cells, lambda cell: float(np.mean(cell.tests[ratio].missed_by_default)))
    accepts = _mean(found, cells, lambda cell: cell.accepts / found.hours)
    flat = [cell for own in cells for cell in own]
    return {
        "misses": misses["value"],
        "misses_low": misses["low"],
        "misses_high": misses["high"],
        "false_accepts_per_hour": accepts["value"],
        "false_accepts_per_hour_low": accepts["low"],
        "false_accepts_per_hour_high": accepts["high"],
        "expected_false_accepts_per_hour": float(np.mean([cell.calibration.false_accepts_per_hour for cell in flat])),
        "expected_misses": _mean_of([cell.calibration.misses for cell in flat]),
        "threshold": float(np.mean([cell.model.threshold for cell in flat])),
        "detections_beside_words": sum(cell.tests[ratio].extra for cell in flat),
    }


def _mean_of(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _adaptation(found: Evaluation) -> dict[str, Any] | None:
    """What learning from near misses changed, in shares and rates, with their intervals; None where it was off."""
    if not found.adapted:
        return None
    flat = [one for row in found.adapted for one in row]
    reasons = sorted({reason for one in flat for reason in one.refused})

    def mean(value: Callable[[Adapted], float]) -> dict[str, float]:
        interval = bootstrap([[value(one) for one in own] for own in found.adapted], found.plan.seed)
        return {"value": interval.value, "low": interval.low, "high": interval.high}

    known = [ratio for ratio in found.plan.ratios if ratio is not None]
    return {
        "labels": "wrong" if found.plan.adapt == "wrong" else "right",
        "condition": condition_name(min(known) if known else None),
        "streamed": sum(one.streamed for one in flat),
        "offered": sum(one.retried for one in flat),
        "learnt": sum(one.learnt for one in flat),
        "refused": {reason: sum(one.refused.get(reason, 0) for one in flat) for reason in reasons},
        "utterances": sum(len(one.missed) for one in flat),
        "misses_before": mean(lambda one: float(np.mean([missed[0] for missed in one.missed]))),
        "misses_after": mean(lambda one: float(np.mean([missed[1] for missed in one.missed]))),
        "others_misses_before": mean(lambda one: float(np.mean([missed[0] for missed in one.others]))),
        "others_misses_after": mean(lambda one: float(np.mean([missed[1] for missed in one.others]))),
        "false_accepts_per_hour_before": mean(lambda one: one.accepts[0] / found.hours),
        "false_accepts_per_hour_after": mean(lambda one: one.accepts[1] / found.hours),
    }


def _achieved(found: Evaluation, place: int) -> dict[str, Any]:
    """False accepts an hour at thresholds that were calibrated for a wanted rate, over all words and draws."""
    wanted = WANTED[place]
    known = enough(wanted, found.hours * len(found.cells))
    achieved = _mean(found, found.cells, lambda cell: cell.achieved[place] / found.hours) if known else None
    return {"false_accepts_per_hour": wanted, "achieved": achieved}


def as_text(figures: dict[str, Any]) -> str:
    """Tables for people: percentages with their intervals."""
    default, latency = figures["default"], figures["latency_s"]
    words, draws, shots = len(figures["words"]), figures["draws"], figures["shots"]
    text = (
        f"{words} word{'s' if words != 1 else ''}, {draws} draws of {shots} takes, "
        f"{figures['background_hours'] * 60:.1f} minutes of background.\n"
    )
    rows: list[Row] = [
        row("A hop of all words", figures["ms_per_hop"], "ms", 2),
        row("Its embedding", figures["embedding_ms"], "ms", 2),
        row("Detected after the word's end, median", latency["p50"], "s", 2),
        row("Detected after the word's end, 95 %", latency["p95"], "s", 2),
        row("Missed at the default threshold", default["misses"] * 100, "%", 2),
        row("False accepts at the default threshold", default["false_accepts_per_hour"], "an hour", 2),
    ]
    for wanted in figures["wanted"]:
        reached = wanted["achieved"]
        label = f"False accepts where {wanted['false_accepts_per_hour']:g} an hour are wanted"
        rows.append(row(label, None if reached is None else reached["value"], "an hour", 1))
    text += table(rows) + _learnt(figures["adaptation"])
    for name, condition in figures["conditions"].items():
        text += f"\n{'Quiet' if name == 'quiet' else f'Babble, speech {name} dB above it'}\n"
        text += _grid({"all words": condition["pooled"], **condition["words"]})
    return text + "\nA dash: fewer than three false accepts would be expected in so much background.\n"


def _learnt(adaptation: dict[str, Any] | None) -> str:
    if adaptation is None:
        return ""
    what = "near misses" if adaptation["labels"] == "right" else "wrong moments"
    refused = ", ".join(f"{count} {reason}" for reason, count in adaptation["refused"].items()) or "none"
    rows: list[Row] = []
    for label, key, scale, unit in (
        ("Missed", "misses", 100.0, "%"),
        ("Of other speakers, missed", "others_misses", 100.0, "%"),
        ("False accepts", "false_accepts_per_hour", 1.0, "an hour"),
    ):
        for when in ("before", "after"):
            rows.append(row(f"{label} {when} learning", adaptation[f"{key}_{when}"]["value"] * scale, unit, 2))
    return (
        f"\nLearning from {what} ({adaptation['condition']}): {adaptation['offered']} offered in "
        f"{adaptation['streamed']} utterances, {adaptation['learnt']} learnt, refused: {refused}.\n" + table(rows)
    )


_COLUMNS = (
    *((miss_key(rate), "missed at 0" if rate == 0 else f"at {rate:g}/h") for rate in RATES),
    ("eer", "equal error"),
    ("eer_other_words", "among words"),
)


def _grid(lines: dict[str, dict[str, Any]]) -> str:
    """One line a word, one column a figure."""
    head = ["", *(title for _, title in _COLUMNS)]
    body = [[name, *(_share(figures[key]) for key, _ in _COLUMNS)] for name, figures in lines.items()]
    widths = [max(len(line[place]) for line in [head, *body]) for place in range(len(head))]
    return "".join(
        "  ".join(part.ljust(width) if place == 0 else part.rjust(width) for place, (part, width) in enumerate(pairs))
        + "\n"
        for pairs in (list(zip(line, widths, strict=True)) for line in [head, *body])
    )


def _share(figure: Figure) -> str:
    if figure is None:
        return "-"
    return f"{figure['value'] * 100:.2f} % ({figure['low'] * 100:.1f}-{figure['high'] * 100:.1f})"
