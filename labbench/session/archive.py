"""A session as one file: a zip named `.labsession` with the session's own files in it."""

from __future__ import annotations

import copy
import os
import shutil
import stat
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from labbench.audio.recorder import disk_trouble
from labbench.core.errors import FormatError, LabBenchError
from labbench.core.progress import CancelToken, OnProgress, ignore_progress
from labbench.session.archive_names import DEVICES, name_key, name_trouble, safe_entries
from labbench.session.disk import replacing
from labbench.session.note import NAME, read_note
from labbench.session.placing import BLOCK, Meter, blocks, check_space, files_of, place, unfinished
from labbench.session.recordings import RECORDINGS, SOUNDS

SUFFIX = ".labsession"
_PACKED = {".json"}
"""Packing sound and arrays takes long and saves next to nothing."""
_MOST_DIRECTORY = 16 << 20
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError)
"""RuntimeError is what `zipfile` raises for a password or an unknown method of packing."""


def free_bytes(folder: Path) -> int:
    """The free space, in bytes, of the disk that holds the folder."""
    return shutil.disk_usage(folder).free


def pack(
    session_folder: Path,
    target: Path,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
    free_space: Callable[[Path], int] = free_bytes,
) -> list[str]:
    """Put a session into one file, in place of one that was there; returns a sentence for what is not in it.

    Blocks, so it belongs in a job's thread. Progress in bytes. Raises LabBenchError, Cancelled: nothing is left then.
    """
    read_note(session_folder)
    skip = target.resolve()
    found = [one for one in files_of(session_folder) if (session_folder / one).resolve() != skip]
    # What could not be unpacked again on every system is not packed.
    names = list(
        {name_key(one.as_posix()): one for one in reversed(found) if not name_trouble(one.as_posix())}.values()
    )
    names.sort()
    if not names:
        raise LabBenchError("There is nothing in this session yet.", "Record or open something first.")
    try:
        total = sum((session_folder / name).stat().st_size for name in names)
    except OSError as error:
        raise disk_trouble(error, session_folder) from error
    check_space(target.parent, total, target.name, free_space)
    meter = Meter(total, on_progress, cancel or CancelToken())
    with replacing(target) as file, zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        for name in names:
            _add(archive, session_folder / name, name.as_posix(), meter)
    waiting = unfinished(session_folder)
    left_out = [f"{waiting} recordings that are not finished yet are not in {target.name}."] if waiting else []
    odd = len(found) - len(names)
    return left_out + ([f"{odd} files with names that are not allowed are not in {target.name}."] if odd else [])


def _add(archive: zipfile.ZipFile, path: Path, name: str, meter: Meter) -> None:
    info = path.stat()
    when = time.localtime(max(info.st_mtime, 315_619_200))[:6]  # a zip knows no time before 1980
    entry = zipfile.ZipInfo(name, when if when[0] < 2108 else (2107, 12, 31, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED if path.suffix in _PACKED else zipfile.ZIP_STORED
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.file_size = info.st_size
    with path.open("rb") as source, archive.open(entry, "w", force_zip64=info.st_size >= 1 << 31) as target:
        for block in blocks(source):
            target.write(block)
            meter.add(len(block))


def unpack(
    file: Path,
    home: Path,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
    free_space: Callable[[Path], int] = free_bytes,
) -> tuple[Path, list[str]]:
    """Make a session of a file, in a new folder in `home`: the folder, and a sentence for each part that is damaged.

    Of damaged sound what comes before the damage is kept. Nothing is written outside that folder, whatever the file
    holds. Blocks. Progress in bytes. Raises FormatError where it is no session, a hostile one or made by a newer
    program, LabBenchError, Cancelled: nothing is left then.
    """
    lost: list[str] = []
    with opened(file) as (archive, entries):
        total = sum(info.file_size for info, _ in entries)
        check_space(home, total, file.name, free_space)
        meter = Meter(total, on_progress, cancel or CancelToken())

        def fill(folder: Path) -> None:
            # Its description first: a newer session is refused before all the rest is unpacked.
            for info, name in sorted(entries, key=lambda entry: entry[1] != NAME):
                lost.extend(_extract(archive, info, folder / name, meter))
                if name == NAME:
                    read_note(folder)

        return place(home, _folder_name(file), fill), lost


@contextmanager
def opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, list[tuple[zipfile.ZipInfo, str]]]]:
    """The archive of a session, and its entries with their names in it, all of them safe. Raises as `unpack` does."""
    try:
        with _Bounded(file) as raw, zipfile.ZipFile(raw) as archive:
            entries = safe_entries(archive.infolist(), file.stat().st_size, file.name)
            names = [name for _, name in entries]
            if NAME not in names and not any(name.startswith(f"{RECORDINGS}/") for name in names):
                raise FormatError(f"{file.name} is not a session.", f"Choose a file that ends in {SUFFIX}.")
            yield archive, entries
    except DAMAGE as error:
        raise FormatError(f"{file.name} is damaged or not a session.", "Copy it again from where it came.") from error
    except FileNotFoundError:
        raise LabBenchError(f"There is no file {file}.", "Check the name and the folder.") from None
    except OSError as error:
        raise disk_trouble(error, file) from error


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, meter: Meter) -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    name = f"{path.parent.name}/{path.name}" if "/" in info.filename else path.name
    done = checksum = 0
    try:
        with path.open("xb") as target:
            for block in content(archive, info):
                target.write(block)
                done += len(block)
                checksum = zlib.crc32(block, checksum)
                meter.add(len(block))
    except DAMAGE:
        if path.suffix not in SOUNDS or not done:
            path.unlink()
            return [f"{name} is damaged in the file and was left out."]
        return [f"{name} is damaged in the file: {done / 1e6:.1f} of {info.file_size / 1e6:.1f} MB could be read."]
    return [f"Something in {name} is damaged in the file."] if checksum != info.CRC else []


def content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The blocks of an entry, never more than it says. Raises one of `DAMAGE`."""
    # `zipfile` would keep the last block back where the checksum is wrong: one bit must not cost a second of sound.
    entry = copy.copy(info)
    del entry.CRC
    left = info.file_size
    with archive.open(entry) as source:
        while left > 0 and (block := source.read(min(left, BLOCK))):
            left -= len(block)
            yield block
    if left:
        raise EOFError("shorter than promised")


def _folder_name(file: Path) -> str:
    name = "".join(letter for letter in file.stem if letter.isprintable() and letter not in '<>:"/\\|?*')
    name = name.strip(" .")[:100].strip(" .")
    return "session" if not name or DEVICES.fullmatch(name) else name


class _Bounded:
    """A file whose directory, which `zipfile` reads at once, cannot fill the memory."""

    def __init__(self, path: Path) -> None:
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(path.stat().st_mode):
                raise zipfile.BadZipFile("no file")
        self._file = path.open("rb")

    def __enter__(self) -> _Bounded:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int = -1) -> bytes:
        if size > _MOST_DIRECTORY or (size < 0 and os.fstat(self.fileno()).st_size - self.tell() > _MOST_DIRECTORY):
            raise zipfile.BadZipFile("too large at once")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()
