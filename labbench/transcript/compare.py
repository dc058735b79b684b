"""Two texts beside each other: which words are the same, and how many are wrong against a reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

from labbench.transcript.agreement import plain
from labbench.transcript.normalise import normaliser
from labbench.transcript.types import Word

Change = Literal["same", "changed", "only one", "only other"]


@dataclass(frozen=True)
class ErrorRates:
    """Of a text against a reference of `words` words, after normalising: what is wrong, and that over the reference.

    `word_error_rate` = (substitutions + deletions + insertions) / words; it can be above 1. `character_error_rate` is
    the same for letters and spaces. None where the reference is empty.
    """

    words: int
    substitutions: int
    deletions: int
    insertions: int
    word_error_rate: float | None
    character_error_rate: float | None


@dataclass(frozen=True)
class Pair:
    """A word of one text and what stands for it in the other, None where nothing does."""

    change: Change
    one: Word | None
    other: Word | None


def error_rates(reference: str, text: str, language: str) -> ErrorRates:
    """Errors of `text`. Both are normalised as for `language`. Raises LabBenchError."""
    import jiwer  # takes a while, and the window need not wait for it

    normalise = normaliser(language)
    expected, found = normalise(reference).strip(), normalise(text).strip()
    if not any(map(str.isalnum, expected)):
        return ErrorRates(0, 0, 0, len(found.split()), None, None)
    words = jiwer.process_words(expected, found)
    characters = jiwer.process_characters(expected, found)
    return ErrorRates(
        words.hits + words.substitutions + words.deletions,
        words.substitutions,
        words.deletions,
        words.insertions,
        float(words.wer),
        float(characters.cer),
    )


def pooled(rates: Sequence[ErrorRates]) -> float | None:
    """The word error rate over several texts: all errors over all words."""
    words = sum(one.words for one in rates)
    wrong = sum(one.substitutions + one.deletions + one.insertions for one in rates)
    return wrong / words if words else None


def aligned(one: Sequence[Word], other: Sequence[Word]) -> tuple[Pair, ...]:
    """Both texts in pairs with as few changes as can be; case and punctuation around a word are no change."""
    pairs: list[Pair] = []
    operations = Levenshtein.opcodes([plain(word.text) for word in one], [plain(word.text) for word in other])
    for operation in operations:
        left, right = one[operation.src_start : operation.src_end], other[operation.dest_start : operation.dest_end]
        match operation.tag:
            case "equal":
                pairs += [Pair("same", a, b) for a, b in zip(left, right, strict=True)]
            case "replace":
                pairs += [Pair("changed", a, b) for a, b in zip(left, right, strict=True)]
            case "delete":
                pairs += [Pair("only one", a, None) for a in left]
            case _:
                pairs += [Pair("only other", None, b) for b in right]
    return tuple(pairs)
