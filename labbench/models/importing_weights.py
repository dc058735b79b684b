"""Weights from elsewhere into the bench's own folder: copied where they are openai-whisper's, else converted."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from labbench.core.errors import FormatError, LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.models import weights
from labbench.models.conversion.foreign import recognise
from labbench.models.conversion.found import Found, describe
from labbench.models.rate_meter import size_text
from labbench.models.weights_note import WeightsNote, write_note

Check = Callable[[Path, CancelToken], object]
"""Loads a checkpoint to see that it is one; raises LabBenchError or FormatError where it is none."""
Conversion = Callable[[Path, Path, OnProgress, CancelToken], object]
"""Makes a checkpoint of the first path at the second, as `conversion.foreign.convert` does."""
LARGEST_BYTES = 16 << 30
_MOST_LETTERS = 80


def file_stem(name: str) -> str:
    """A model's name as that of a file, without its ending."""
    return re.sub(r"[^\w.-]+", "-", name)[:_MOST_LETTERS].strip(".-") or "model"


@dataclass(frozen=True)
class Importer:
    """Brings weights into the folder `own`. `present` says where an official checkpoint is already, or None."""

    own: Path
    free_space: Callable[[Path], int]
    present: Callable[[str], Path | None]
    check: Check
    convert: Conversion

    def bring(self, path: Path, on_progress: OnProgress, cancel: CancelToken) -> Path:
        """Import a file or folder once `check` has loaded what came of it, and return where it is.

        Progress in bytes. Raises Cancelled, FormatError, LabBenchError; nothing is left behind then.
        """
        source = recognise(path)
        if source.format == "openai-whisper":
            return self._copied(source.path, on_progress, cancel)
        with self._as_sentences(source.path, part=None):
            wanted = describe(source)
        here = self.present(wanted.official) if wanted.official is not None else None
        return here or self._converted(wanted, on_progress, cancel)

    def _copied(self, path: Path, on_progress: OnProgress, cancel: CancelToken) -> Path:
        part = self.own / f"{path.name}.import"
        with self._as_sentences(path, part):
            info = path.stat()
            if not path.is_file() or not 0 < info.st_size <= LARGEST_BYTES:
                raise FormatError(f"{path.name} is not a Whisper checkpoint.", "Choose a .pt file from openai-whisper.")
            self._need_room(path.name, info.st_size)
            self.own.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with part.open("wb") as copy:
                for block in weights.file_blocks(path, on_progress, cancel, note="copying"):
                    copy.write(block)
                    digest.update(block)
                copy.flush()
                os.fsync(copy.fileno())
            self.check(part, cancel)
            target = self._target(path.stem, digest.hexdigest())
            cancel.check()
            part.replace(target)
        return target

    def _converted(self, wanted: Found, on_progress: OnProgress, cancel: CancelToken) -> Path:
        part = self.own / f"{file_stem(wanted.name)}.pt.import"

        def converting(progress: Progress) -> None:
            on_progress(Progress(progress.done, progress.total, "bytes", "converting"))

        with self._as_sentences(wanted.path, part):
            self._need_room(wanted.path.name, wanted.size_bytes)
            self.own.mkdir(parents=True, exist_ok=True)
            self.convert(wanted.path, part, converting, cancel)
            self.check(part, cancel)
            digest = hashlib.sha256()
            for block in weights.file_blocks(part, on_progress, cancel):
                digest.update(block)
            cancel.check()
            if wanted.official is None:
                target = self._target(wanted.name, digest.hexdigest())
            else:
                target = self.own / weights.OFFICIAL[wanted.official].file_name
                made = datetime.now(UTC).isoformat(timespec="seconds")
                # The note first: a note without its file says nothing, a file without its note would be unknown.
                source = f"{wanted.format}: {wanted.path}"
                write_note(target, WeightsNote(source, digest.hexdigest(), part.stat().st_size, made))
            part.replace(target)
        return target

    def _need_room(self, name: str, size_bytes: int) -> None:
        there = next(folder for folder in (self.own, *self.own.parents) if folder.exists())
        free = self.free_space(there)
        if size_bytes > free:
            sizes = f"{size_text(size_bytes)} on this disk, and {size_text(free)} are free"
            raise LabBenchError(f"{name} needs {sizes}.", "Make room there and try again.")

    def _target(self, name: str, sha256: str) -> Path:
        """Where a checkpoint with that name and content goes: an official content under its own name."""
        for checkpoint in weights.OFFICIAL.values():
            if any(sha256 == known for _, known in weights.known_contents(checkpoint)):
                return self.own / checkpoint.file_name
        stem = file_stem(name)
        taken = {checkpoint.name for checkpoint in weights.OFFICIAL.values()} | set(weights.ALIASES)
        number, name = 1, stem
        while name in taken or self._is_other(self.own / f"{name}.pt", sha256):
            number += 1
            name = f"{stem}-{number}"
        return self.own / f"{name}.pt"

    def _is_other(self, path: Path, sha256: str) -> bool:
        return path.exists() and not (path.is_file() and weights.verify(path, sha256))

    @contextmanager
    def _as_sentences(self, path: Path, part: Path | None) -> Iterator[None]:
        """Errors of the disk become sentences that name `path`, not the part of a copy, which is gone in the end."""
        try:
            yield
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            why = "the disk is full" if full else error.strerror or str(error)
            raise LabBenchError(
                f"{path.name} could not be copied: {why}.", f"Its copy would be in {self.own}."
            ) from error
        except LabBenchError as error:
            if part is None:
                raise
            raise type(error)(error.message.replace(part.name, path.name), error.hint) from None
        finally:
            if part is not None:
                with suppress(OSError):
                    part.unlink(missing_ok=True)
