"""Names of engines, and what is used where nobody chose."""

from __future__ import annotations

from pathlib import Path

import pytest

from labbench.core.errors import LabBenchError
from labbench.models import engines, weights


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with weights, apart from what this computer has."""
    monkeypatch.setattr(weights, "search_folders", lambda env: [Path(env["LABBENCH_MODELS"])])
    return tmp_path


def put(folder: Path, name: str) -> Path:
    """A sparse file of a checkpoint's exact size."""
    checkpoint = weights.OFFICIAL[name]
    path = folder / checkpoint.file_name
    with path.open("wb") as file:
        file.truncate(checkpoint.size_bytes)
    return path


def env(folder: Path) -> dict[str, str]:
    return {"LABBENCH_MODELS": str(folder)}


def test_moonshine_is_always_there_and_a_whisper_is_not(folder: Path) -> None:
    assert engines.parse("moonshine", env(folder)) is engines.MOONSHINE
    assert not engines.MOONSHINE.is_whisper and not engines.MOONSHINE.is_missing
    assert engines.whispers(env(folder)) == []
    with pytest.raises(LabBenchError, match="not on this computer"):
        engines.load(engines.NO_WHISPER)


def test_a_file_of_ones_own(folder: Path) -> None:
    spec = engines.parse("whisper:some/where/own.pt", env(folder))
    assert spec.path == Path("some/where/own.pt")
    assert spec.title == "Whisper own"


def test_official_weights_that_are_here(folder: Path) -> None:
    path = put(folder, "tiny.en")
    spec = engines.parse("whisper:tiny.en", env(folder))
    assert (spec.name, spec.path) == ("whisper:tiny.en", path)
    assert spec.knows.startswith("English only")


def test_official_weights_that_are_not_here(folder: Path) -> None:
    with pytest.raises(LabBenchError, match="not on this computer"):
        engines.parse("whisper:base", env(folder))


@pytest.mark.parametrize("name", ["", "whisper", "whisper:", "siri", "Moonshine "])
def test_no_such_engine(name: str, folder: Path) -> None:
    with pytest.raises(LabBenchError, match="no engine"):
        engines.parse(name, env(folder))


def test_the_default_is_the_best_official_whisper(folder: Path) -> None:
    assert engines.default_choice(env(folder)).spec is engines.MOONSHINE
    assert "no official Whisper weights" in engines.default_choice(env(folder)).reason
    put(folder, "tiny")
    assert engines.default_choice(env(folder)).spec.name == "whisper:tiny"
    put(folder, "base")
    choice = engines.default_choice(env(folder))
    assert choice.spec.name == "whisper:base"
    assert "Whisper base" in choice.reason
    assert [spec.name for spec in engines.whispers(env(folder))] == ["whisper:base", "whisper:tiny"]
    put(folder, "small")
    assert engines.default_choice(env(folder)).spec.name == "whisper:base", "which keeps up with speech"


def test_a_file_of_the_wrong_size_is_not_taken(folder: Path) -> None:
    path = put(folder, "tiny")
    with path.open("ab") as file:
        file.write(b"x")
    assert engines.default_choice(env(folder)).spec is engines.MOONSHINE
