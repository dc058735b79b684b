"""How many of a Hugging Face checkpoint's tokens are Whisper's own.

Whoever fine-tunes may have made the table longer: filled up to a round number, which nothing uses, or by tokens that
were added. openai-whisper tells by the length which tokens there are, so that one row too many shifts them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labbench.models.conversion.dimensions import VOCABULARIES
from labbench.models.conversion.pieces import unfit
from labbench.models.conversion.settings import read_settings

_NO_TIMES = "<|notimestamps|>"
_TIMES = 1501
"""Tokens of times follow it, the last in every Whisper's vocabulary: 0.00 to 30.00 s in steps of 0.02."""


def own_tokens(path: Path, size: Any) -> Any:
    """The length of Whisper's own vocabulary in a table of `size` tokens, by what lies beside `path`; `size` where that
    does not tell.

    Raises FormatError where tokens were added that have a name: without them the model would say something else.
    """
    named = _added_tokens(path)
    own = named.get(_NO_TIMES, -1) + 1 + _TIMES
    if own not in VOCABULARIES or type(size) is not int or size <= own:
        return size
    added = sorted(token for token, number in named.items() if own <= number < size)
    if added:
        raise unfit(
            path,
            f"{len(added)} tokens were added to its vocabulary, such as {added[0][:40]!r}, and Whisper's has no room "
            "for them",
            "Use the model with the program that it was made for, or another version of it.",
        )
    return own


def _added_tokens(path: Path) -> dict[str, int]:
    """Tokens behind the words, by name, as two kinds of files of a tokenizer say. Raises FormatError, OSError."""
    older = read_settings(path.with_name("added_tokens.json")) or {}
    newer = (read_settings(path.with_name("tokenizer_config.json")) or {}).get("added_tokens_decoder")
    found = {name: number for name, number in older.items() if type(number) is int}
    if isinstance(newer, Mapping):
        for number, token in newer.items():
            name = token.get("content") if isinstance(token, Mapping) else None
            if isinstance(name, str) and number.isascii() and number.isdecimal() and len(number) < 10:
                found[name] = int(number)
    return found
