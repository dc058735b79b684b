"""Weights that people have already, for other programs: found where those keep them, so that nobody downloads them
again. Nothing is read but names and headers; nothing is changed."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import platformdirs

from labbench.core.errors import LabBenchError
from labbench.models import weights
from labbench.models.conversion.foreign import FOLDER_FILES, Format, Source, newest_snapshot, plan, recognise
from labbench.models.conversion.naming import name_of, official_name, size_name

MOST_FOLDERS, _MOST_NAMES = 300, 1000
"""More are not looked at, so that a huge folder costs no more than a moment."""


@dataclass(frozen=True)
class Found:
    """Weights that can be imported. `official` is the checkpoint that they are; `size` the official size with their
    dimensions, or None; `size_bytes` what their numbers take."""

    name: str
    format: Format
    path: Path
    size_bytes: int
    official: str | None
    size: str | None


def find_foreign(env: Mapping[str, str], own: Path) -> list[Found]:
    """What lies in the folders of `LABBENCH_MODELS`, in the `own` one, in the caches of Hugging Face and of Buzz.

    Only what can be imported, as far as its header tells. Never raises; blocks where a folder is on a slow network.
    """
    found: dict[Path, Found] = {}
    for folder in islice(_folders(env, own), MOST_FOLDERS):
        for path in _candidates(folder):
            with suppress(OSError, LabBenchError, ValueError):
                real = path.resolve()
                if real not in found:
                    found[real] = describe(recognise(path))
    return list(found.values())


def describe(source: Source) -> Found:
    """What weights in another format are, by their header. Raises FormatError, OSError."""
    known = plan(source)
    size = sum(math.prod(piece.shape) * (2 if piece.kind == "float16" else 4) for piece in known.pieces.values())
    name, official = name_of(source), official_name(source, known.dims)
    return Found(official or name, source.format, source.path, size, official, size_name(known.dims))


def _folders(env: Mapping[str, str], own: Path) -> Iterator[Path]:
    """Folders that may hold a model: roots, and those right in them."""
    yield own  # what is in folders there is being made
    for root in dict.fromkeys([*weights.named_folders(env), *_hugging_face(env), *_buzz(env)]):
        yield root
        yield from _inside(root)


def _inside(root: Path) -> Iterator[Path]:
    for path in _names(root):
        with suppress(OSError, ValueError):
            if path.is_dir() and not path.name.startswith("."):
                yield newest_snapshot(path) or path


def _candidates(folder: Path) -> Iterator[Path]:
    """Files that may be a model, by their names; several of whisper.cpp can lie in one folder."""
    for path in _names(folder):
        if path.name in FOLDER_FILES or path.match("ggml-*.bin"):
            yield path


def _names(folder: Path) -> list[Path]:
    """What lies in a folder, sorted; nothing where it is missing or may not be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(folder / entry.name for entry in islice(entries, _MOST_NAMES))
    except (OSError, ValueError):
        return []


def _hugging_face(env: Mapping[str, str]) -> list[Path]:
    """The folders that the library `huggingface_hub` uses, by its variables and where those are not set."""
    named = [env.get("HF_HUB_CACHE"), env.get("HUGGINGFACE_HUB_CACHE")]
    home = env.get("HF_HOME")
    cache = env.get("XDG_CACHE_HOME")
    usual = (Path(cache) if cache else Path.home() / ".cache") / "huggingface"
    return [*(Path(one).expanduser() for one in named if one), (Path(home).expanduser() if home else usual) / "hub"]


def _buzz(env: Mapping[str, str]) -> list[Path]:
    """Buzz keeps models of whisper.cpp and faster-whisper in its folder, older versions right in its cache."""
    return [*weights.buzz_models(env), Path(platformdirs.user_cache_dir("Buzz"))]
