"""Whole folders, made so that nobody ever sees half of one: copies of sessions and unpacked ones."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from labbench.audio.recorder import disk_trouble
from labbench.core.errors import LabBenchError
from labbench.core.file_lock import exclusive
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.session.disk import PART
from labbench.session.recordings import RECORDINGS

LOCK = "session.lock"
"""Held by the instance that has the session open; never copied or packed."""
BLOCK = 1 << 20
MOST_FILES = 100_000
SPARE = 32 << 20
"""Bytes that a copy leaves free on the disk."""
HIDDEN = ".unfinished-"
"""How folders are called that are not complete yet."""


def place(home: Path, name: str, fill: Callable[[Path], None]) -> Path:
    """Let `fill` write into a hidden folder in `home`, then give it the name, or one like it that is free.

    Nothing is left where `fill` raises. Raises LabBenchError.
    """
    folder = home / f"{HIDDEN}{secrets.token_hex(8)}"
    with contextlib.ExitStack() as stack:
        try:
            home.mkdir(parents=True, exist_ok=True)
            # Locked before it is there: at no moment does it look as if nobody were at work on it.
            with contextlib.suppress(OSError):
                stack.enter_context(exclusive(lock_of(folder)))
            folder.mkdir()
        except OSError as error:
            raise disk_trouble(error, home) from error
        try:
            fill(folder)
            return _named(folder, home, name)
        except OSError as error:
            raise disk_trouble(error, home / name) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def lock_of(hidden: Path) -> Path:
    """Held by whoever fills a hidden folder; it dies with the process."""
    return hidden.with_name(hidden.name + ".lock")


def _named(folder: Path, home: Path, name: str) -> Path:
    target, number = home / name, 2
    while True:
        # An empty folder of that name would be replaced: look first, and go on where somebody was quicker.
        if not os.path.lexists(target):
            try:
                return folder.rename(target)
            except OSError:
                if not os.path.lexists(target):
                    raise
        target = home / f"{name} ({number})"
        number += 1


def files_of(folder: Path) -> list[Path]:
    """The files that make up a session, relative to it: no links, no locks, nothing half written.

    A WAV without a note is left out: it is being recorded, or was interrupted and waits for recovery.
    Raises LabBenchError.
    """
    found: list[Path] = []
    try:
        for place_, folders, names in os.walk(folder, onerror=_raise):
            here = Path(place_)
            folders[:] = sorted(one for one in folders if not (here / one).is_symlink())
            for name in sorted(names):
                path = here / name
                if name == LOCK or name.endswith(PART) or not stat.S_ISREG(path.lstat().st_mode):
                    continue
                if here == folder / RECORDINGS and path.suffix == ".wav" and not path.with_suffix(".json").exists():
                    continue
                found.append(path.relative_to(folder))
                if len(found) > MOST_FILES:
                    raise LabBenchError(f"{folder.name} has too many files in it.", "Move what is no part of it out.")
    except OSError as error:
        raise disk_trouble(error, folder) from error
    return found


def _raise(error: OSError) -> None:
    raise error


def unfinished(folder: Path) -> int:
    """How many recordings `files_of` leaves out."""
    sounds = (folder / RECORDINGS).glob("*.wav")
    return sum(not path.with_suffix(".json").exists() for path in sounds if not path.name.startswith("."))


@dataclass
class Meter:
    """Bytes done of a total, told at most once a block; looks at the cancel token each time."""

    total: int
    on_progress: OnProgress
    cancel: CancelToken
    done: int = 0

    def add(self, count: int) -> None:
        """Raises Cancelled."""
        self.cancel.check()
        self.done += count
        self.on_progress(Progress(self.done, max(self.total, self.done), "bytes"))


def pour(source: Iterator[bytes], target: BinaryIO, meter: Meter) -> None:
    """Write blocks, count them, stop where cancelled."""
    for block in source:
        target.write(block)
        meter.add(len(block))


def blocks(file: BinaryIO) -> Iterator[bytes]:
    """A file in pieces of a megabyte."""
    while block := file.read(BLOCK):
        yield block


def copy_folder(source: Path, home: Path, name: str, on_progress: OnProgress, cancel: CancelToken) -> Path:
    """A copy of a session under another name. Progress in bytes. Raises LabBenchError, Cancelled.

    Nothing is hard-linked: what one instance writes must never change what the other one has.
    """
    names = files_of(source)
    total = sum((source / one).stat().st_size for one in names)
    check_space(home, total, name, lambda folder: shutil.disk_usage(folder).free)
    meter = Meter(total, on_progress, cancel)

    def fill(folder: Path) -> None:
        for one in names:
            (folder / one).parent.mkdir(parents=True, exist_ok=True)
            with contextlib.ExitStack() as stack:
                try:
                    here = stack.enter_context((source / one).open("rb"))
                except FileNotFoundError:  # renamed or deleted in the meantime by the other instance
                    continue
                pour(blocks(here), stack.enter_context((folder / one).open("xb")), meter)

    return place(home, name, fill)


def check_space(home: Path, need: int, name: str, free_space: Callable[[Path], int]) -> None:
    """Raises LabBenchError where the disk has not got that many bytes free, and some to spare."""
    folder = home
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        free = free_space(folder)
    except OSError as error:
        raise disk_trouble(error, home) from error
    if need + SPARE > free:
        sizes = f"{need / 1e6:.0f} MB, and {max(0, free - SPARE) / 1e6:.0f} MB are free"
        raise LabBenchError(f"{name} needs {sizes}.", "Make room on the disk and try again.")
