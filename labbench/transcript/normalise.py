"""What counts as the same text: openai-whisper's own normalisers, without loading the rest of it (and torch)."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from labbench.core.errors import LabBenchError
from labbench.transcript.types import SPACELESS

Normalise = Callable[[str], str]
_ALIAS = "labbench_whisper_normalizers"


def normaliser(language: str) -> Normalise:
    """For English, spelling, contractions and numbers are made one; elsewhere case, punctuation and symbols go.

    Languages written without spaces are divided into letters. Raises LabBenchError where openai-whisper is missing.
    """
    return _english() if language == "en" else _basic(language in SPACELESS)


@lru_cache(maxsize=1)
def _english() -> Normalise:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its list of spellings open
        made: Normalise = _package().EnglishTextNormalizer()
    return made


@lru_cache(maxsize=2)
def _basic(split: bool) -> Normalise:
    made: Normalise = _package().BasicTextNormalizer(remove_diacritics=False, split_letters=split)
    return made


def _package() -> ModuleType:
    """`whisper.normalizers` under another name: importing it by its own would run the package around it."""
    if _ALIAS in sys.modules:
        return sys.modules[_ALIAS]
    whole = importlib.util.find_spec("whisper")
    folders = list(whole.submodule_search_locations or ()) if whole is not None else []
    file = Path(folders[0], "normalizers", "__init__.py") if folders else None
    if file is None or not file.exists():
        raise LabBenchError("openai-whisper is not installed, which knows how to compare texts.", "Install it again.")
    spec = importlib.util.spec_from_file_location(_ALIAS, file, submodule_search_locations=[str(file.parent)])
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[_ALIAS] = package
    try:
        spec.loader.exec_module(package)
    except BaseException:
        del sys.modules[_ALIAS]
        raise
    return package
