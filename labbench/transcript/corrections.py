"""What was corrected by hand beside what the model wrote: for people who improve models, and for marking."""

from __future__ import annotations

import json
from typing import Any

from labbench.transcript.alike import closely_aligned
from labbench.transcript.compare import Pair, error_rates
from labbench.transcript.types import Transcript, divided

CHANGES = {"same": "same", "changed": "substitution", "only one": "insertion", "only other": "deletion"}


def to_corrections(transcript: Transcript, reference: Transcript) -> str:
    """JSON: both texts, the model's errors in figures, and each word that differs with its time. Raises LabBenchError.

    An insertion is a word that nobody said, a deletion one that is missing in the model's text.
    """
    rates = error_rates(reference.text, transcript.text, reference.language)
    pairs = closely_aligned(divided(transcript.words), divided(reference.words))
    found = {
        "engine": transcript.engine,
        "language": reference.language,
        "duration": round(transcript.duration, 3),
        "text": transcript.text,
        "corrected": reference.text,
        "words": rates.words,
        "substitutions": rates.substitutions,
        "deletions": rates.deletions,
        "insertions": rates.insertions,
        "word_error_rate": rates.word_error_rate,
        "character_error_rate": rates.character_error_rate,
        "corrections": [_difference(pair) for pair in pairs if pair.change != "same"],
    }
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _difference(pair: Pair) -> dict[str, Any]:
    words = [word for word in (pair.one, pair.other) if word is not None]
    return {
        "change": CHANGES[pair.change],
        "start": round(min(word.start for word in words), 3),
        "end": round(max(word.end for word in words), 3),
        "text": pair.one.text if pair.one is not None else "",
        "corrected": pair.other.text if pair.other is not None else "",
        "probability": pair.one.probability if pair.one is not None else None,
    }
