"""Words as a model's tokens divide them, made whole: no mark stands without its letter, and none is empty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from labbench.transcript.characters import belongs_to
from labbench.transcript.types import Word


def whole_words(words: Iterable[Word]) -> tuple[Word, ...]:
    """The same text in the same times. A token may be a vowel sign of Thai, a small kana or a lone space.

    A piece that only goes with the one before it is put to it; the two are as probable as the less probable one.
    """
    found: list[Word] = []
    spaced = False  # whether a space was left out in front of what comes
    for word in words:
        if not word.text.strip():
            spaced = True
            continue
        glued = word.glued and not spaced
        spaced = False
        if found and glued and belongs_to(found[-1].text, word.text):
            found[-1] = _joined(found[-1], word)
        else:
            found.append(word if glued == word.glued else replace(word, glued=glued))
    return tuple(found)


def _joined(first: Word, second: Word) -> Word:
    known = [one.probability for one in (first, second) if one.probability is not None]
    return replace(
        first,
        text=first.text + second.text,
        end=max(first.end, second.end),
        probability=min(known, default=None),
        settled=first.settled and second.settled,
        exact=first.exact and second.exact,
    )
