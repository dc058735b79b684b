"""The rows of the table of models, and what is being done with one. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from labbench.core.errors import LabBenchError
from labbench.core.progress import Progress
from labbench.jobs.runner import Job
from labbench.models import weights
from labbench.models.conversion.found import Found
from labbench.models.engines import EngineSpec, official, whisper_file
from labbench.models.expectations import Expectation
from labbench.models.shelf import Place, Shelf

IMPORT_FILTER = "Whisper models (*.pt *.safetensors *.safetensors.index.json *.bin);;All files (*)"
"""Files that can be imported; of a folder, the file with the weights stands for it."""


class Doing(Enum):
    """What is being done with a model."""

    GET = "Getting"
    CHECK = "Checking"
    IMPORT = "Importing"
    DELETE = "Deleting"
    PUT_BACK = "Putting back"


@dataclass(frozen=True)
class Model:
    """A row of the table: an official model, one that was imported, or one that was `found` and can be.

    `partial_bytes` have arrived where a download was stopped. `right` says whether the checksum was right, None where
    it was not looked at since the program was started.
    """

    name: str
    size_bytes: int
    languages: str
    expected: Expectation | None
    places: tuple[Place, ...]
    official: bool = True
    partial_bytes: int = 0
    right: bool | None = None
    found: Found | None = None

    @property
    def spec(self) -> EngineSpec | None:
        """As an engine; None where it is not on this computer."""
        if not self.places:
            return None
        path = self.places[0].path
        return official(self.name, path) if self.official else whisper_file(path)


@dataclass
class Work:
    """What is being done with a model, and how far it is."""

    name: str
    doing: Doing
    job: Job
    progress: Progress = field(default_factory=lambda: Progress(0.0))


def survey(shelf: Shelf) -> tuple[list[Model], list[EngineSpec]]:
    """All rows, official ones first, and the engines that can be used. Blocks."""
    found = shelf.found()
    rows = [
        Model(
            entry.checkpoint.name,
            entry.checkpoint.size_bytes,
            entry.languages,
            entry.expected,
            entry.places,
            partial_bytes=entry.partial_bytes,
            found=entry.found,
        )
        for entry in shelf.entries(found=found)
    ]
    for name, place in shelf.imported().items():
        try:
            size = place.path.stat().st_size
        except OSError:  # gone since, or its share is
            continue
        rows.append(Model(name, size, "your own", None, (place,), official=False))
    for name, one in other_found(found).items():
        rows.append(Model(name, one.size_bytes, own_text(one), None, (), official=False, found=one))
    return rows, shelf.specs()


def other_found(found: Sequence[Found]) -> dict[str, Found]:
    """Those that are not official, by names that are all different."""
    others: dict[str, Found] = {}
    for one in found:
        if one.official is None:
            name, number = one.name, 1
            while name in others or name in weights.OFFICIAL:
                number += 1
                name = f"{one.name} ({number})"
            others[name] = one
    return others


def own_text(found: Found) -> str:
    """What is known of somebody's own model."""
    return f"your own, size of {found.size}" if found.size else "your own"


def damage(name: str, place: Place) -> LabBenchError:
    """A file with a wrong checksum, and what to do."""
    then = "Delete it and get it again" if place.kind == "own" else f"Replace {place.path}, or ask whoever keeps it"
    return LabBenchError(f"Whisper {name} is damaged: its checksum is wrong.", f"{then}.")
