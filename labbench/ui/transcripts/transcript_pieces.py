"""What is told of the words of a transcript: how sure the model is, when they were said, what was really said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labbench.core.timebase import clock_text
from labbench.transcript.alike import closely_aligned
from labbench.transcript.compare import aligned
from labbench.transcript.types import Segment, Word, divided

MANY = 2000
"""Words: more are compared less closely."""
SURE, UNSURE = 0.6, 0.3
"""Words below the first are underlined with dots and in another colour, below the second with a wave."""
REASONS = {
    "silence": "left out: taken for silence",
    "hallucination": "left out: it may be invented, silence is around it",
    "loop": "doubtful: it repeats itself",
}
NO_BREAK = "\u00a0"
FIGURES_TIP = (
    "No speech: how likely Whisper finds it that nobody speaks. Repetition: how many times smaller the text can be "
    "packed; above 2.4 it repeats itself. Likelihood: the mean logarithm of the probability of what was written; "
    "0 is certain, below −1 is doubted."
)


@dataclass(frozen=True)
class Piece:
    """A stretch of characters of one look; `word` where it is one, `tip` what is told of it."""

    text: str
    look: str
    word: Word | None = None
    tip: str = ""


Change = tuple[tuple[str, ...], str | None]
"""What is missing before a word, and what was said in its place, None where nothing was."""


def changes(words: Sequence[Word], reference: Sequence[Word]) -> list[Change]:
    """For each word; those of scripts without spaces are compared by their characters."""
    parts = [divided([word]) for word in words]
    found = iter(_changes([part for its in parts for part in its], divided(reference)))
    return [_together(word, [next(found) for _ in its]) for word, its in zip(words, parts, strict=True)]


def _together(word: Word, found: Sequence[Change]) -> Change:
    """Of the parts of a word: what is missing within it stands before it."""
    if len(found) == 1:
        return found[0]
    missing = tuple(one for before, _ in found for one in before)
    said = "".join(one for _, one in found if one is not None)
    return missing, said or None


def _changes(words: Sequence[Word], reference: Sequence[Word]) -> list[Change]:
    found: list[Change] = []
    missing: tuple[str, ...] = ()
    pairs = closely_aligned if len(words) < MANY else aligned  # in the window's thread: the text waits for it
    for pair in pairs(words, reference):
        if pair.one is None:
            missing += (pair.other.text,) if pair.other is not None else ()
            continue
        said = pair.one.text if pair.change == "same" else pair.other.text if pair.other is not None else None
        found.append((missing, said))
        missing = ()
    return found


def said_of(word: Word, said: str | None) -> str:
    """A sentence where something else was said."""
    if said == word.text:
        return ""
    return f" “{said}” was said." if said is not None else " Nothing was said here."


def look_of(word: Word) -> str:
    """How a word looks: by the model's own probability."""
    if word.probability is None or word.probability >= SURE:
        return "plain"
    return "unsure" if word.probability >= UNSURE else "doubtful"


def tip_of(word: Word, reason: str) -> str:
    """All that is known of a word; `reason` where its segment is doubted."""
    about = "" if word.exact else "about "
    sure = "" if word.probability is None else f", {word.probability:.0%} sure"
    why = f" ({reason})" if reason else ""
    when = f"{about}{word.start:.2f} to {word.end:.2f} s"
    return f"“{word.text}”, {when}{sure}{why}. Click: select it. Double click: hear it."


def figures_of(segment: Segment) -> str:
    """Whisper's own measures of a segment, in a line; where it breaks, no number is parted from its name."""
    found = [f"{clock_text(segment.start)} to {clock_text(segment.end)}"]
    if segment.no_speech_probability is not None:
        found.append(f"no speech {segment.no_speech_probability:.0%}")
    if segment.compression_ratio is not None:
        found.append(f"repetition {segment.compression_ratio:.1f}")
    if segment.average_log_probability is not None:
        found.append(f"likelihood {segment.average_log_probability:.2f}".replace("-", "−"))
    if segment.temperature:
        found.append(f"temperature {segment.temperature:g}")
    return "   ".join(one.replace(" ", NO_BREAK) for one in found)
