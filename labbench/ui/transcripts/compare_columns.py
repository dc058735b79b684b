"""The columns of a comparison over files: what they are called, what they show, by what they are sorted."""

from __future__ import annotations

from collections.abc import Callable

from labbench.transcript.trials import Trial
from labbench.ui.transcripts.file_comparison import ComparedFile, Figures

COLUMNS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("word_error_rate", "words\nwrong", lambda value: f"{value:.1%}"),
    ("character_error_rate", "letters\nwrong", lambda value: f"{value:.1%}"),
    ("real_time_factor", "real-time\nfactor", lambda value: f"{value:.3f}"),
    ("first_text_s", "first\nwords", lambda value: f"{value:.2f} s"),
    ("memory_mb", "memory", lambda value: f"{value:.0f} MB"),
)
"""Of each engine: field of `Figures`, title, text."""
TIPS = {
    "word_error_rate": "Words that are wrong, missing or too many, over the words of the reference",
    "character_error_rate": "Letters that are wrong, missing or too many, over those of the reference",
    "real_time_factor": "Computing time over the sound's duration; under 1 is faster than speech",
    "first_text_s": "Seconds until the first words came",
    "memory_mb": "Memory of the engine's process afterwards",
}
UNKNOWN = "–"
FIXED = 2
"""Columns before those of the engines: file and seconds."""


def figures_of(trial: Trial | None) -> Figures:
    """What the table shows of a trial."""
    if trial is None:
        return Figures()
    rates = trial.rates
    return Figures(
        rates.word_error_rate if rates is not None else None,
        rates.character_error_rate if rates is not None else None,
        trial.transcript.real_time_factor,
        trial.first_text_s,
        trial.memory_mb,
    )


def value_of(file: ComparedFile, column: int) -> float | str | None:
    """By what a column is sorted."""
    if column < FIXED:
        return file.path.name.casefold() if column == 0 else file.seconds
    slot, which = divmod(column - FIXED, len(COLUMNS))
    value: float | None = getattr(figures_of(file.trials[slot]), COLUMNS[which][0])
    return value


def summary(files: tuple[ComparedFile, ...], done: int) -> str:
    """How many files are done, in a sentence."""
    if not files:
        return "No files are chosen yet."
    failed = sum(1 for file in files if file.done and not any(file.trials))
    text = f"{done} of {len(files)} files done"
    return f"{text}, {failed} could not be read." if failed else f"{text}."
