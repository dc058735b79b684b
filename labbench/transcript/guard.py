"""The block-list: what no engine may say, found whatever its case, punctuation, accents or spacing, and taken out.

A text is compared by its skeleton: letters and digits alone, without case, accents or width. So "S-m.a r t" is "smart".
A match begins and ends where a piece between spaces or punctuation does: "smart" is not found in "smartly". In scripts
that put no spaces between words it may be anywhere.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import regex

from labbench.core.errors import FormatError, LabBenchError
from labbench.transcript.types import LiveText, Segment, Transcript, Word, join

MASK = "▇▇▇"
"""Stands for what was taken out."""
MOST_ENTRIES, MOST_LENGTH = 1000, 200
PATTERN_SECONDS = 1.0
"""A pattern that takes longer than this for a text fails, and the text is held back."""
_MOST_CHARACTERS = MOST_ENTRIES * (MOST_LENGTH + 2)
Span = tuple[int, int]


@dataclass(frozen=True)
class BlockList:
    """Words or phrases, and patterns (regular expressions that see text in lower case). Check before use."""

    phrases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.phrases or self.patterns)

    def checked(self) -> BlockList:
        """Itself. Raises FormatError naming the first entry that can't be used."""
        entries = (*self.phrases, *self.patterns)
        if len(entries) > MOST_ENTRIES or any(len(entry) > MOST_LENGTH for entry in entries):
            raise FormatError(
                "This block-list is too long.",
                f"Use at most {MOST_ENTRIES} entries of at most {MOST_LENGTH} letters.",
            )
        for phrase in self.phrases:
            if not _skeleton(phrase).letters:
                raise FormatError(f"“{phrase}” can't be blocked: it has no letter or digit.", "Remove it.")
        for pattern in self.patterns:
            try:
                if _compiled(pattern).search(""):
                    raise FormatError(f"The pattern “{pattern}” fits everything.", "Make it more exact.")
            except regex.error as error:
                raise FormatError(f"“{pattern}” is not a pattern ({error}).", "Correct it.") from None
        return self


def load_block_list(path: Path) -> BlockList:
    """A text file with a word or phrase a line; a line between slashes is a pattern, one that begins with # a remark.

    Raises LabBenchError, FormatError.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(_MOST_CHARACTERS + 1)
    except (OSError, UnicodeError) as error:
        raise LabBenchError(f"The block-list {path} can't be read ({error}).", "Use a text file.") from None
    return parse_block_list(text)


def parse_block_list(text: str) -> BlockList:
    """The same from its text. Raises FormatError."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    patterns = [line[1:-1] for line in lines if _is_pattern(line)]
    return BlockList(tuple(line for line in lines if not _is_pattern(line)), tuple(patterns)).checked()


def as_text(blocked: BlockList) -> str:
    """A block-list as the text of its file."""
    return "".join(f"{line}\n" for line in (*blocked.phrases, *(f"/{pattern}/" for pattern in blocked.patterns)))


def _is_pattern(line: str) -> bool:
    return len(line) > 2 and line.startswith("/") and line.endswith("/")


@dataclass(frozen=True)
class _Skeleton:
    """`letters` of a text, each from the character at `places`; `starts[k]` where a piece begins at letter k.

    There is one more start than letters: the text's end.
    """

    letters: str
    places: tuple[int, ...]
    starts: tuple[bool, ...]


def _skeleton(text: str) -> _Skeleton:
    letters: list[str] = []
    places: list[int] = []
    starts: list[bool] = []
    fresh = True
    for place, character in enumerate(text):
        plain = _plain(character)
        if plain is None:
            continue
        if not plain:
            fresh = True
        for letter in plain:
            letters.append(letter)
            places.append(place)
            starts.append(fresh)
            fresh = False
    return _Skeleton("".join(letters), tuple(places), (*starts, True))


@lru_cache(maxsize=4096)
def _plain(character: str) -> str | None:
    """A character without case, accent or width; "" where it parts words, None where it is not seen at all."""
    found = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", character).casefold()).casefold()
    kinds = [unicodedata.category(part) for part in found]
    if all(kind in ("Mn", "Me", "Cf") for kind in kinds):
        return None
    return "".join(part for part, kind in zip(found, kinds, strict=True) if kind[0] in "LN")


@lru_cache(maxsize=2 * MOST_ENTRIES)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.IGNORECASE)


def find(text: str, blocked: BlockList) -> list[Span]:
    """Where `text` says what is blocked: stretches of characters, in order, none touching another.

    Raises LabBenchError where a pattern takes too long: the text must not be shown then.
    """
    skeleton = _skeleton(text)
    found = [span for phrase in blocked.phrases for span in _phrases(skeleton, _skeleton(phrase).letters)]
    for pattern in blocked.patterns:
        try:
            for letters, places in _views(text, skeleton):
                for match in _compiled(pattern).finditer(letters, timeout=PATTERN_SECONDS):
                    if match.end() > match.start():
                        found.append((places[match.start()], places[match.end() - 1] + 1))
        except TimeoutError:
            raise LabBenchError(
                f"The blocked pattern “{pattern}” takes too long; the text is held back.", "Make the pattern simpler."
            ) from None
    return _merged(found)


def _phrases(skeleton: _Skeleton, wanted: str) -> list[Span]:
    found: list[Span] = []
    if not wanted:
        return found
    anywhere = unicodedata.category(wanted[0]) == "Lo" and unicodedata.category(wanted[-1]) == "Lo"
    at = skeleton.letters.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if anywhere or (skeleton.starts[at] and skeleton.starts[end]):
            found.append((skeleton.places[at], skeleton.places[end - 1] + 1))
        at = skeleton.letters.find(wanted, at + 1)
    return found


def _views(text: str, skeleton: _Skeleton) -> list[tuple[str, Sequence[int]]]:
    """What patterns are tried on: the text in lower case, its words alone, and with letters that stand apart joined."""
    plain = [(letter, place) for place, character in enumerate(text) for letter in character.casefold()]
    words: list[tuple[str, int]] = []
    joined: list[tuple[str, int]] = []
    starts = [at for at, fresh in enumerate(skeleton.starts) if fresh]
    lone = False
    for start, stop in pairwise(starts):
        piece = list(zip(skeleton.letters[start:stop], skeleton.places[start:stop], strict=True))
        between = [(" ", piece[0][1])] if words else []
        words += between + piece
        joined += ([] if lone and len(piece) == 1 else between) + piece
        lone = len(piece) == 1
    return [("".join(letter for letter, _ in view), [place for _, place in view]) for view in (plain, words, joined)]


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def scrub_text(text: str, blocked: BlockList) -> str:
    """The text with `MASK` in place of what is blocked."""
    return _masked(text, find(text, blocked)) if blocked else text


def scrub_live(live: LiveText, blocked: BlockList) -> LiveText:
    """Live text without what is blocked; words keep their times."""
    return replace(live, words=_scrub_words(live.words, blocked)[0]) if blocked else live


def scrub(transcript: Transcript, blocked: BlockList) -> Transcript:
    """The transcript without what is blocked, in its text, words and tokens, also across segments; it says how much."""
    if not blocked:
        return transcript
    texts, count = _scrub_pieces([segment.text for segment in transcript.segments], " ", blocked)
    words, _ = _scrub_words([word for segment in transcript.segments for word in segment.words], blocked)
    segments, at = [], 0
    for segment, text in zip(transcript.segments, texts, strict=True):
        mine = words[at : at + len(segment.words)]
        at += len(segment.words)
        segments.append(_scrub_segment(segment, text, mine))
    return replace(transcript, segments=tuple(segments), scrubbed=transcript.scrubbed + count)


def _scrub_segment(segment: Segment, text: str, words: tuple[Word, ...]) -> Segment:
    if text == segment.text and words == segment.words:
        return segment
    if words == segment.words:  # the words don't add up to the text: none of them is safe
        words = tuple(replace(word, text=MASK) for word in words)
    if text == segment.text:
        text = " " + join(words)
    return replace(segment, text=text, words=words, tokens=())


def _scrub_words(words: Sequence[Word], blocked: BlockList) -> tuple[tuple[Word, ...], int]:
    between = ["" if word.glued else " " for word in words]
    texts, count = _scrub_pieces([word.text for word in words], between, blocked, whole=True)
    scrubbed = zip(words, texts, strict=True)
    return tuple(word if word.text == text else replace(word, text=text) for word, text in scrubbed), count


def _scrub_pieces(
    pieces: Sequence[str], between: str | Sequence[str], blocked: BlockList, *, whole: bool = False
) -> tuple[list[str], int]:
    """Pieces of one running text without what is blocked, and how often it was; `whole` masks all of a piece."""
    before = [between] * len(pieces) if isinstance(between, str) else between
    text, places = "", []
    for piece, space in zip(pieces, before, strict=True):
        text += space
        places.append(len(text))
        text += piece
    spans = find(text, blocked)
    scrubbed = []
    for piece, place in zip(pieces, places, strict=True):
        cut = [(max(a - place, 0), min(b - place, len(piece))) for a, b in spans]
        mine = [(a, b) for a, b in cut if a < b]
        scrubbed.append(MASK if mine and whole else _masked(piece, mine))
    return scrubbed, len(spans)


def _masked(text: str, spans: Sequence[Span]) -> str:
    for start, stop in reversed(spans):
        text = text[:start] + MASK + text[stop:]
    return text
