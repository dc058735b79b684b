"""A session that comes as one file: it is unpacked, unless the very same one is in the library already."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labbench.audio.pyramid import cache_path
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, ignore_progress
from labbench.session import checked
from labbench.session.archive import DAMAGE, content, opened, unpack
from labbench.session.library import folders_of
from labbench.session.note import MOST_BYTES, MOST_TITLE, NAME, SessionNote, note_in, read_note, write_note
from labbench.session.placing import Meter, blocks, files_of

Entries = Sequence[tuple[zipfile.ZipInfo, str]]
_CACHES = cache_path(Path("0001.wav")).name.removeprefix("0001")


@dataclass(frozen=True)
class Arrival:
    """The session's folder, sentences for people about where it is and what of it is damaged."""

    folder: Path
    said: list[str] = field(default_factory=list)


def arrive(
    file: Path, home: Path, on_progress: OnProgress = ignore_progress, cancel: CancelToken | None = None
) -> Arrival:
    """The session of a file, in `home`: the one that is there already where that has the same in it.

    Where the one there has something else in it, a second one is made, with a title by which they can be told apart.
    What was looked at (the view) and the title are no difference. Blocks. Progress in bytes. Raises as `unpack` does.
    """
    cancel = cancel or CancelToken()
    kin: list[tuple[Path, str]] = []
    with opened(file) as (archive, entries):
        note = _note(archive, entries, file)
        for folder in folders_of(home) if note is not None else []:
            cancel.check()
            there = _known(folder)
            if there is not None and note is not None and _is_kin(there, note):
                if _same(entries, folder, on_progress, cancel):
                    return Arrival(folder, [f"“{there.title}” is in the library already: that one was opened."])
                kin.append((folder, there.title))
    folder, damaged = unpack(file, home, on_progress, cancel)
    if not kin:
        return Arrival(folder, damaged)
    title = _another_title(read_note(folder)[0].title, home)
    write_note(folder, title)
    sentence = f"“{kin[0][1]}” is in the library already, with something else in it: the file was opened as “{title}”."
    return Arrival(folder, [sentence, *damaged])


def _note(archive: zipfile.ZipFile, entries: Entries, file: Path) -> SessionNote | None:
    """What the session in the file says of itself; None where that cannot be told."""
    for info, name in entries:
        if name == NAME and info.file_size <= MOST_BYTES:
            try:
                raw = checked.fields(json.loads(b"".join(content(archive, info)).decode("utf-8")))
                return note_in(raw, SessionNote(file.stem))
            except (*checked.DAMAGE, *DAMAGE, RecursionError):
                return None
    return None


def _known(folder: Path) -> SessionNote | None:
    try:
        return read_note(folder)[0]
    except LabBenchError:
        return None


def _is_kin(one: SessionNote, other: SessionNote) -> bool:
    """Whether both were the same session once."""
    if one.id and other.id:
        return one.id == other.id
    return one.created is not None and one.created == other.created


def _same(entries: Entries, folder: Path, on_progress: OnProgress, cancel: CancelToken) -> bool:
    """Whether a session has the same files in it, by their checksums; first by their sizes, which cost nothing."""
    wanted = {name: info for info, name in entries if _counts(name)}
    try:
        there = {one.as_posix(): folder / one for one in files_of(folder) if _counts(one.as_posix())}
        if set(there) != set(wanted):
            return False
        if any(there[name].stat().st_size != info.file_size for name, info in wanted.items()):
            return False
        meter = Meter(sum(info.file_size for info in wanted.values()), on_progress, cancel)
        return all(_checksum(there[name], meter) == info.CRC for name, info in wanted.items())
    except (OSError, LabBenchError):
        return False


def _counts(name: str) -> bool:
    """Whether a file is more than how somebody looked at the session."""
    return name != NAME and not name.endswith(("/view.json", _CACHES))


def _checksum(path: Path, meter: Meter) -> int:
    checksum = 0
    with path.open("rb") as file:
        for block in blocks(file):
            checksum = zlib.crc32(block, checksum)
            meter.add(len(block))
    return checksum


def _another_title(title: str, home: Path) -> str:
    """One that no session in `home` has."""
    taken = {note.title for folder in folders_of(home) if (note := _known(folder)) is not None}

    def titles() -> Iterator[str]:
        number = 1
        while True:
            end = " (imported)" if number == 1 else f" (imported {number})"
            yield f"{title[: MOST_TITLE - len(end)]}{end}"
            number += 1

    return next(one for one in titles() if one not in taken)
