"""Scripts that put no spaces between words: what stands for a word there is a character, as it is read."""

from __future__ import annotations

import re
import unicodedata

_RANGES = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # Kana, and marks of repetition
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
)
_SPACELESS = re.compile(f"[{_RANGES}]")
_BEFORE = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")
"""Vowels of Thai and Lao that are written before their consonant."""
_AFTER = frozenset("\u0e30\u0e32\u0e33\u0e45\u0e46\u0e2f\u0eb0\u0eb2\u0eb3\u0ec6\u30fc\u3005\uff70\u303c")
"""Letters that only go with the one before them: vowels of Thai and Lao, marks of repetition and of length."""
_SMALL_KANA = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ")
_JOINERS = frozenset("\u1039\u17d2\u200d")
"""Signs that stack the next consonant under the one before."""


def is_spaceless(text: str) -> bool:
    """Whether some of a text is in a script without spaces."""
    return _SPACELESS.search(text) is not None


def characters(text: str) -> tuple[str, ...]:
    """A piece of text without spaces, divided: each character of a script without spaces stands for itself, with its
    marks, its written vowels and the punctuation that belongs to it; what is between (Latin, digits) stays together.

    Joined again they are the text.
    """
    if not is_spaceless(text):
        return (text,) if text else ()
    found: list[str] = []
    open_ = False  # whether the last piece still takes what comes: it began with a sign that goes with the next
    for letter in text:
        if not found or not (open_ or _goes_on(found[-1], letter)):
            found.append(letter)
        else:
            found[-1] += letter
        open_ = letter in _BEFORE or letter in _JOINERS or unicodedata.category(letter) in ("Ps", "Pi")
    return tuple(found)


def belongs_to(before: str, after: str) -> bool:
    """Whether a piece of text in a script without spaces begins within the character in which the one before ends."""
    first = after[:1]
    return bool(before and first) and is_spaceless(before[-1] + first) and characters(before + first)[-1] != first


def _goes_on(piece: str, letter: str) -> bool:
    """Whether a letter belongs to the piece before it."""
    kind = unicodedata.category(letter)
    if kind in ("Mn", "Mc", "Me", "Cf", "Pe", "Pf", "Po") or letter in _AFTER or letter in _SMALL_KANA:
        return True
    if _SPACELESS.match(letter) or kind in ("Ps", "Pi"):
        return False
    return _SPACELESS.search(piece) is None
