"""Transcripts as files: the text formats of `transcript`, and Praat's TextGrid."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from labbench.session.results import Label
from labbench.session.textgrid import textgrid_text
from labbench.transcript import formats
from labbench.transcript.ordering import in_order
from labbench.transcript.types import Transcript

SENTENCES, WORDS = "sentences", "words"


def labels_of(transcript: Transcript) -> tuple[Label, ...]:
    """A tier of what the model divided the speech into, and one of its words."""
    transcript = in_order(transcript)
    found = [Label(one.start, max(one.start, one.end), one.text.strip(), SENTENCES) for one in transcript.kept]
    words = [Label(word.start, max(word.start, word.end), word.text, WORDS) for word in transcript.words]
    return tuple(label for label in (*found, *words) if label.text)


def to_textgrid(transcript: Transcript) -> str:
    return textgrid_text(labels_of(transcript), transcript.duration, short=False)


WRITERS: Mapping[str, Callable[[Transcript], str]] = {**formats.WRITERS, "textgrid": to_textgrid}
"""By the ending of the file's name, in small letters."""
