"""All sessions in a folder: what they are called, how long they are, what was said in them."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from labbench.audio.recorder import disk_trouble
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken
from labbench.session import checked
from labbench.session.disk import read_json
from labbench.session.note import NAME, read_note, write_note
from labbench.session.recordings import MOST_RECORDINGS, RECORDINGS, is_session, noted_seconds
from labbench.session.store import RESULTS
from labbench.session.transcript_file import read_text
from labbench.session.words_file import MOST_WORDS

MOST_SESSIONS = 20_000
_WORDS_BYTES = 32 << 20
_TRANSCRIPT_BYTES = 8 << 20

T = TypeVar("T")
_Stamp = tuple[int, int]


@dataclass(frozen=True)
class Entry:
    """A session in a list. `words` are those taught in it; `wrong` is a sentence where something of it is damaged."""

    folder: Path
    title: str
    created: datetime | None
    changed: datetime
    recordings: int
    seconds: float
    words: tuple[str, ...]
    wrong: str = ""


class Library:
    """The sessions in `home`. Belongs to one thread at a time: it remembers what it has read until a file changes."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._read: dict[tuple[str, Path], tuple[_Stamp, object]] = {}

    def entries(self, cancel: CancelToken | None = None) -> list[Entry]:
        """All sessions, those that changed last first. Reads small files only. Raises LabBenchError, Cancelled."""
        found = []
        for folder in folders_of(self.home):
            if cancel is not None:
                cancel.check()
            try:
                found.append(self._entry(folder))
            except OSError as error:
                if folder.exists():  # else it was deleted in the meantime
                    raise disk_trouble(error, folder) from error
        return sorted(found, key=lambda entry: (entry.changed, entry.folder.name), reverse=True)

    def search(self, text: str, cancel: CancelToken | None = None) -> list[Entry]:
        """The sessions in whose title, transcripts or taught words each of the words of `text` appears, in any case.

        In the order of `entries`; all of them for an empty text. Raises LabBenchError, Cancelled.
        """
        wanted = _plain(text).split()
        found = []
        for entry in self.entries(cancel):
            if cancel is not None:
                cancel.check()
            if not wanted or all(any(word in part for part in self._texts(entry)) for word in wanted):
                found.append(entry)
        return found

    def rename(self, entry: Entry, title: str) -> Entry:
        """The same session under another title; its folder keeps its name. Raises LabBenchError."""
        write_note(entry.folder, title)
        return self._entry(entry.folder)

    def _entry(self, folder: Path) -> Entry:
        wrong: list[str] = []
        try:
            note, damage = read_note(folder)
            title, created = note.title, note.created
            # A session of an earlier version may have none, and nothing is lost by that.
            wrong += damage if (folder / NAME).exists() else []
        except LabBenchError as error:
            title, created = folder.name, None
            wrong.append(error.message)
        lengths = []
        for path in sorted((folder / RECORDINGS).glob("*.json"))[:MOST_RECORDINGS]:
            length = self._remembered("seconds", path, _seconds)
            if length is None:
                wrong.append(f"The note of recording {path.stem} is damaged.")
            lengths.append(length or 0.0)
        words = self._remembered("words", folder / "words.json", _word_names)
        if words is None:
            wrong.append("Its taught words are damaged.")
        changed = datetime.fromtimestamp(max(map(_time, _dated(folder)))).astimezone()
        return Entry(
            folder, title, created, changed, len(lengths), math.fsum(lengths), words or (), wrong[0] if wrong else ""
        )

    def _texts(self, entry: Entry) -> Iterator[str]:
        yield _plain(entry.title)
        yield _plain(entry.folder.name)
        yield from map(_plain, entry.words)
        for path in sorted((entry.folder / RESULTS).glob("*/transcript-?.json"))[:MOST_RECORDINGS]:
            text = self._remembered("text", path, _transcript_text)
            if text:
                yield text

    def _remembered(self, what: str, path: Path, read: Callable[[Path], T]) -> T:
        """What was read of a file, read again only where its time or size are others."""
        try:
            info = path.stat()
            stamp = (info.st_mtime_ns, info.st_size)
        except OSError:
            stamp = (0, 0)
        known = self._read.get((what, path))
        if known is not None and known[0] == stamp:
            return known[1]  # type: ignore[return-value]
        value = read(path)
        self._read[what, path] = (stamp, value)
        return value


def folders_of(home: Path) -> list[Path]:
    """The sessions in a folder, by name; of very many the last ones. Raises LabBenchError."""
    try:
        if not home.is_dir():
            return []
        folders = [one for one in home.iterdir() if not one.name.startswith(".") and is_session(one)]
    except OSError as error:
        raise disk_trouble(error, home) from error
    return sorted(folders)[-MOST_SESSIONS:]


def _seconds(path: Path) -> float | None:
    try:
        return noted_seconds(path)
    except LabBenchError:
        return None


def _word_names(path: Path) -> tuple[str, ...] | None:
    """None where the file is damaged; nothing where there is none."""
    if not path.exists():
        return ()
    try:
        rows = checked.items(read_json(path, "a file of wake words", _WORDS_BYTES)["words"], MOST_WORDS)
        return tuple(checked.text(row["name"]) for row in rows)
    except (*checked.DAMAGE, LabBenchError):
        return None


def _transcript_text(path: Path) -> str:
    return _plain(read_text(path, _TRANSCRIPT_BYTES))


def _dated(folder: Path) -> list[Path]:
    """What shows by its time that something in a session was changed."""
    parts = [folder / NAME, folder / "words.json", folder / RECORDINGS, folder / RESULTS]
    return [folder, *parts, *(folder / RESULTS).glob("*/")]


def _time(path: Path) -> float:
    try:
        return min(max(path.stat().st_mtime, 0.0), 4e9)
    except OSError:
        return 0.0


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
