"""A text as the block-list compares it: letters and digits alone, whatever their case, accents, width or disguise.

What looks alike follows Unicode Technical Standard 39 (confusables), as far as it looks like a single letter of Latin.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

REVERSING = "\u202e"
"""Letters after it are shown from right to left."""
_LONG_RUN = 3
"""So many times the same letter is one that is drawn out."""
_INVISIBLE = frozenset("\u3164\u115f\u1160\uffa0\u0640")
"""Letters to Unicode, nothing to the eye: fillers of Hangul, and the stroke that draws Arabic words out."""
_MARKS = range(0x02B9, 0x02E0)
"""Letters to Unicode that look like apostrophes and accents."""
_NAME = re.compile(
    r"LATIN (?:SMALL LETTER|LETTER SMALL CAPITAL|CAPITAL LETTER|SUBSCRIPT SMALL LETTER)"
    r"(?: TURNED| REVERSED| SCRIPT| DOTLESS| OPEN| CLOSED| INSULAR| INVERTED| SIDEWAYS| BARRED| LONG)*"
    r" ([A-Z])(?: WITH .*)?"
)
_ALIKE_ROWS = (
    ("аеіјорсухѕһӏԁԛԝѵүвнкмтгьпз", "aeijopcyxshldqwvybhkmtrbn3"),  # Cyrillic
    ("αβεικνορτυχωγηςϲϳ", "abeikvoptuxwynccj"),  # Greek
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx"),
    ("աոսօհցքզյ", "wnuohgqqj"),  # Armenian
    ("ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷΝᏢᎡᏚᎢᏙᎳХᎩᏃ", "abcdeghijklmnprstvwxyz"),  # Cherokee
    ("ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "abcdefghijklmnoprstuvwxyz"),  # Lisu
)
_ALIKE = {letter: plain for letters, plains in _ALIKE_ROWS for letter, plain in zip(letters, plains, strict=True)}
_ALIKE |= {letter.casefold(): plain for letter, plain in _ALIKE.items() if letter.casefold() not in _ALIKE}
_LETTER_SETS = ((0x1F130, 26), (0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))
"""Letters in squares, circles and flags."""
_DIGITS = {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "i": "l", "8": "b"}
"""Digits that stand for letters; i and l are one, for a 1 stands for both."""
_SIGNS = {"@": "a", "$": "s", "€": "e", "£": "l"}


@dataclass(frozen=True)
class Skeleton:
    """`letters` of a text, each from the character at `places`; `starts[k]` where a piece begins at letter k.

    A word may begin or end at `edges`: they are the starts, and where letters meet digits or small ones a capital.
    There is one more start and edge than letters: the text's end. `odd` tells which letters are in disguise.
    """

    letters: str
    places: tuple[int, ...]
    starts: tuple[bool, ...]
    edges: tuple[bool, ...]
    odd: tuple[bool, ...] = ()


def skeleton(text: str, plain: Callable[[str], str | None] | None = None) -> Skeleton:
    """Of a text, by what `plain` says of each character (`plain_of`): its letters, "" that parts words, None."""
    of = plain or plain_of
    letters: list[str] = []
    places: list[int] = []
    starts: list[bool] = []
    edges: list[bool] = []
    fresh, before = True, ""
    for place, character in enumerate(text):
        found = of(character)
        if found is None:
            continue
        if not found:
            fresh = True
        edge = fresh or _turns(before, character)
        for letter in found:
            letters.append(letter)
            places.append(place)
            starts.append(fresh)
            edges.append(edge)
            fresh = edge = False
        before = character
    return Skeleton("".join(letters), tuple(places), (*starts, True), (*edges, True))


def _turns(before: str, character: str) -> bool:
    """Whether something new begins between two characters: a number, or a capital after a small letter."""
    return before.isalpha() != character.isalpha() or (before.islower() and character.isupper())


@lru_cache(maxsize=4096)
def plain_of(character: str) -> str | None:
    """A character without case, accent or width; "" where it parts words, None where it is not seen at all."""
    if character in _INVISIBLE or ord(character) in _MARKS:
        return None
    found = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", character).casefold()).casefold()
    kinds = [unicodedata.category(part) for part in found]
    if all(kind in ("Mn", "Me", "Cf") for kind in kinds):
        return None
    return "".join(part for part, kind in zip(found, kinds, strict=True) if kind[0] in "LN" and part not in _INVISIBLE)


@lru_cache(maxsize=4096)
def alike_of(character: str) -> str | None:
    """The same, and the Latin letter that it looks like in place of another."""
    if character in _ALIKE:
        return _ALIKE[character]
    for first, count in _LETTER_SETS:
        if first <= ord(character) < first + count:
            return chr(ord("a") + ord(character) - first)
    found = plain_of(character)
    return found if found is None else "".join(_alike(letter) for letter in found)


def _alike(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter in _ALIKE:
        return _ALIKE[letter]
    named = _NAME.fullmatch(unicodedata.name(letter, ""))
    return named[1].lower() if named is not None else letter


def spelt_of(character: str) -> str | None:
    """The same, and the letter that a digit or sign stands for."""
    if character in _SIGNS:
        return _SIGNS[character]
    found = alike_of(character)
    return found if found is None else "".join(_DIGITS.get(letter, letter) for letter in found)


def squeezed(found: Skeleton) -> Skeleton:
    """Letters that follow each other are one; those that were drawn out are `odd`."""
    starts, odd, places, letters, edges = [], [], [], [], []
    at = 0
    for letter, run in groupby(found.letters):
        count = len(list(run))
        letters.append(letter)
        places.append(found.places[at])
        starts.append(found.starts[at])
        edges.append(found.edges[at])
        odd.append(count >= _LONG_RUN)
        at += count
    return Skeleton("".join(letters), tuple(places), (*starts, True), (*edges, True), tuple(odd))


def disguises(text: str) -> list[Callable[[str], str | None]]:
    """The ways in which this text could hide a word, the plain one first: others cost time and are seldom needed."""
    found: list[Callable[[str], str | None]] = [plain_of]
    if not text.isascii():
        found.append(alike_of)
    if any(character.isdigit() or character in _SIGNS for character in text):
        found.append(spelt_of)
    return found


def is_drawn_out(letters: str) -> bool:
    """Whether a letter stands there three times or more."""
    return re.search(r"([^\W\d_])\1\1", letters) is not None


def mixed(text: str, places: Sequence[int]) -> bool:
    """Whether those characters are letters with digits or signs among them: numbers alone are no disguise."""
    characters = [text[place] for place in places]
    return any(one.isalpha() for one in characters) and not all(one.isalpha() for one in characters)
