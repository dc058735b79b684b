"""The block-list: what no engine may say, found whatever its case, punctuation, accents or spacing, and taken out.

A text is compared by its skeleton: letters and digits alone, without case, accents or width. So "S-m.a r t" is "smart".
A match begins and ends where a piece between spaces or punctuation does: "smart" is not found in "smartly". In scripts
that put no spaces between words it may be anywhere.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from labbench.core.errors import LabBenchError
from labbench.transcript.block_list import (
    MOST_ENTRIES,
    MOST_LENGTH,
    BlockList,
    as_text,
    compiled,
    joined,
    load_block_list,
    parse_block_list,
    split_block_list,
    usable,
)
from labbench.transcript.skeleton import (
    REVERSING,
    Skeleton,
    disguises,
    is_drawn_out,
    mixed,
    skeleton,
    spelt_of,
    squeezed,
)
from labbench.transcript.types import LiveText, Segment, Transcript, Word, join

__all__ = [
    "MASK",
    "MOST_ENTRIES",
    "MOST_LENGTH",
    "BlockList",
    "as_text",
    "find",
    "joined",
    "load_block_list",
    "parse_block_list",
    "scrub",
    "scrub_live",
    "scrub_text",
    "split_block_list",
    "usable",
]

MASK = "▇▇▇"
"""Stands for what was taken out."""
PATTERN_SECONDS = 1.0
"""A pattern that takes longer than this for a text fails, and the text is held back."""
ALL_SECONDS = 3.0
"""The same for all patterns together."""
Span = tuple[int, int]


def find(text: str, blocked: BlockList) -> list[Span]:
    """Where `text` says what is blocked: stretches of characters, in order, none touching another.

    Raises LabBenchError where patterns take too long: the text must not be shown then.
    """
    found: list[Span] = []
    ends = time.monotonic() + ALL_SECONDS
    for plain in disguises(text):
        mine = skeleton(text, plain)
        long = squeezed(mine) if is_drawn_out(mine.letters) else None
        for phrase in blocked.phrases:
            spans = _phrases(text, mine, long, skeleton(phrase, plain))
            found += [span for span in spans if plain is not spelt_of or mixed(text, range(*span))]
        views = _views(text, mine) if plain is not spelt_of else []
        for pattern in blocked.patterns:
            left = min(PATTERN_SECONDS, ends - time.monotonic())
            try:
                found += [span for view in views for span in _pattern(pattern, *view, left)]
            except TimeoutError:
                raise LabBenchError(
                    f"The blocked pattern “{pattern}” takes too long; the text is held back.",
                    "Make the pattern simpler, in Transcribe, Options.",
                ) from None
    return _merged(found)


def _pattern(pattern: str, letters: str, places: Sequence[int], seconds: float) -> Iterator[Span]:
    """Raises TimeoutError."""
    if seconds <= 0:
        raise TimeoutError
    for match in compiled(pattern).finditer(letters, timeout=seconds):
        if match.end() > match.start():
            yield places[match.start()], places[match.end() - 1] + 1


def _phrases(text: str, found: Skeleton, long: Skeleton | None, phrase: Skeleton) -> list[Span]:
    """A phrase in a text, also turned round; where something is drawn out (“heeello”), `long` is the text without."""
    spans = list(_places(found, phrase.letters))
    if REVERSING in text:
        spans += _places(found, phrase.letters[::-1])
    if long is not None:
        spans += _places(long, squeezed(phrase).letters)
    return spans


def _places(found: Skeleton, wanted: str) -> Iterator[Span]:
    if not wanted:
        return
    anywhere = unicodedata.category(wanted[0]) == "Lo" and unicodedata.category(wanted[-1]) == "Lo"
    at = found.letters.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if (anywhere or (found.edges[at] and found.edges[end])) and (not found.odd or any(found.odd[at:end])):
            last = found.places[end] if found.odd and end < len(found.places) else found.places[end - 1] + 1
            yield found.places[at], last
        at = found.letters.find(wanted, at + 1)


def _views(text: str, found: Skeleton) -> list[tuple[str, Sequence[int]]]:
    """What patterns are tried on: the text in lower case, its words alone, and with letters that stand apart joined."""
    plain = [(letter, place) for place, character in enumerate(text) for letter in character.casefold()]
    words: list[tuple[str, int]] = []
    joined: list[tuple[str, int]] = []
    starts = [at for at, fresh in enumerate(found.starts) if fresh]
    lone = False
    for start, stop in pairwise(starts):
        piece = list(zip(found.letters[start:stop], found.places[start:stop], strict=True))
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
    segments, count = _scrub_segments(transcript.segments, blocked)
    if any(segment.dropped for segment in segments):  # the text is read without them: across such a gap, too
        kept, more = _scrub_segments([segment for segment in segments if not segment.dropped], blocked)
        rest = iter(kept)
        segments = [segment if segment.dropped else next(rest) for segment in segments]
        count += more
    if not count and tuple(segments) == transcript.segments:
        return transcript
    return replace(transcript, segments=tuple(segments), scrubbed=transcript.scrubbed + count)


def _scrub_segments(given: Sequence[Segment], blocked: BlockList) -> tuple[list[Segment], int]:
    """Segments that follow each other, and how often something was taken out."""
    texts, count = _scrub_pieces([segment.text for segment in given], " ", blocked)
    words, _ = _scrub_words([word for segment in given for word in segment.words], blocked)
    segments, at = [], 0
    for segment, text in zip(given, texts, strict=True):
        mine = words[at : at + len(segment.words)]
        at += len(segment.words)
        segments.append(_scrub_segment(segment, text, mine))
    return segments, count


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
