"""One taught word as one file: a zip named `.labword` with `about.json` and `word.json` in it.

`about.json` holds {"format": "labbench-word", "version": 1, "embedder", "checksum", "recordings", "sha256", "note"};
`word.json` is a word as in words.json, and `sha256` that of its bytes. Without recordings the sound of every take is
silence of the same length. Where a room was heard, its noise is in the templates, as it is in them while the word is
used; its sound and the distances to it stay behind: elsewhere there is another room. Nothing in it is code: arrays are
numbers in base64.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from labbench.core.errors import FormatError
from labbench.session.disk import read_bytes, write_bytes
from labbench.session.words_file import DAMAGE, WordsFile, word_in, word_out
from labbench.wakeword.in_room import without_room
from labbench.wakeword.words import TaughtWord

SUFFIX = ".labword"
FORMAT, VERSION = "labbench-word", 1
ABOUT, WORD = "about.json", "word.json"
MOST_BYTES = 128 << 20
_MOST_ABOUT = 1 << 16
NOTE = (
    "The embeddings in this file can reveal the words that were said and the voices that said them, also where the "
    "recordings are left out. Share it only with the consent of everybody who speaks in it."
)
_ZIP_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)


@dataclass(frozen=True)
class LabWord:
    """A word, what embedded it, and whether its takes can be heard."""

    word: TaughtWord
    embedder: str
    checksum: str
    recordings: bool

    @property
    def as_words(self) -> WordsFile:
        return WordsFile((self.word,), self.embedder, self.checksum)


def save_labword(path: Path, word: TaughtWord, embedder: str, checksum: str, *, recordings: bool = True) -> None:
    """Write one word. Raises LabBenchError; a file that was there before stays then."""
    content = _json(word_out(without_room(word if recordings else _without_recordings(word))))
    about = {
        "format": FORMAT,
        "version": VERSION,
        "embedder": embedder,
        "checksum": checksum,
        "recordings": recordings,
        "sha256": hashlib.sha256(content).hexdigest(),
        "note": NOTE,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in ((ABOUT, _json(about)), (WORD, content)):
            archive.writestr(
                zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED
            )  # without a date: equal words, equal files
    write_bytes(path, packed.getvalue())


def load_labword(path: Path) -> LabWord:
    """Raises LabBenchError where it can't be read, FormatError where it is foreign, damaged or of a newer program."""
    damaged = FormatError(f"{path.name} is damaged or is no wake word.", "Ask for it again, or take it from a backup.")
    raw = read_bytes(path, damaged, MOST_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            about = json.loads(_member(archive, ABOUT, _MOST_ABOUT))
            if not isinstance(about, dict) or about.get("format") != FORMAT:
                raise damaged
            if about.get("version") != VERSION:
                told = str(about.get("version"))[:20]
                raise FormatError(
                    f"{path.name} is of version {told}; this program reads version {VERSION}.",
                    "Open it with the program that wrote it.",
                )
            content = _member(archive, WORD, MOST_BYTES)
        if hashlib.sha256(content).hexdigest() != about["sha256"]:
            raise damaged
        word = without_room(word_in(json.loads(content)))
        return LabWord(word, str(about["embedder"]), str(about["checksum"]), about["recordings"] is True)
    except (*_ZIP_DAMAGE, *DAMAGE, RecursionError) as error:
        raise damaged from error


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Raises KeyError where it is missing, ValueError where it is longer than it may be, whatever the archive says."""
    with archive.open(name) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{name} is too large")
    return content


def _without_recordings(word: TaughtWord) -> TaughtWord:
    takes, against = (
        tuple(replace(take, samples=np.zeros_like(take.samples)) for take in some)
        for some in (word.takes, word.against)
    )
    return replace(word, takes=takes, against=against)


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode("utf-8")
