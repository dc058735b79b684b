"""The table of checkpoints against openai-whisper's own, and finding files in folders."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
from dataclasses import replace
from pathlib import Path

import platformdirs
import pytest

from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken, Progress, ignore_progress
from labbench.models import weights
from labbench.models.conversion.checkpoint import write_checkpoint
from labbench.models.conversion.dimensions import Dimensions
from labbench.models.conversion.state import Weights
from labbench.models.package_sources import SOURCES

BASE_HEADS = ((3, 1), (4, 2), (4, 3), (4, 7), (5, 1), (5, 2), (5, 4), (5, 6))
"""Attention heads of `base` that follow the sound, as openai-whisper names them."""


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same table with files of a few kilobytes: not every file system makes empty gigabytes for nothing."""
    table = {name: replace(one, size_bytes=one.size_bytes // 100_000) for name, one in weights.OFFICIAL.items()}
    monkeypatch.setattr(weights, "OFFICIAL", table)


def put(folder: Path, name: str, off: int = 0) -> Path:
    """A file of the checkpoint's exact size, or `off` bytes more."""
    folder.mkdir(parents=True, exist_ok=True)
    found = weights.checkpoint(name)
    path = folder / found.file_name
    path.write_bytes(bytes(found.size_bytes + off))
    return path


def whispers_own_table() -> dict[str, str]:
    """`whisper._MODELS`, read without importing whisper (and with it torch)."""
    spec = importlib.util.find_spec("whisper")
    if spec is None or spec.origin is None:
        pytest.skip("openai-whisper is not installed")
    for node in ast.parse(Path(spec.origin).read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_MODELS":
            table: dict[str, str] = ast.literal_eval(node.value)
            return table
    raise AssertionError("whisper._MODELS has gone")


def test_the_table_is_whispers() -> None:
    known = [*weights.OFFICIAL, *weights.ALIASES]
    assert {name: weights.checkpoint(name).url for name in known} == whispers_own_table()


@pytest.mark.parametrize("name", weights.OFFICIAL)
def test_a_checkpoint_agrees_with_itself(name: str) -> None:
    found = weights.OFFICIAL[name]
    assert found.name == name
    assert found.file_name == f"{name}.pt"
    assert found.url.split("/")[-2] == found.sha256
    assert len(bytes.fromhex(found.sha256)) == 32
    assert found.english_only == name.endswith(".en")
    # Published as 16-bit floats; the counts are rounded.
    assert found.size_bytes == pytest.approx(2 * found.parameters, rel=0.05)


def test_the_table_is_ordered_by_size() -> None:
    sizes = [found.size_bytes for found in weights.OFFICIAL.values()]
    assert sizes == sorted(sizes)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(LabBenchError) as caught:
        weights.checkpoint("giant")
    assert "giant" in caught.value.message
    assert "tiny.en" in caught.value.hint
    assert "turbo" in caught.value.hint


def test_search_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LABBENCH_HOME", str(tmp_path / "home"))
    named = os.pathsep.join([str(tmp_path / "kit"), "", str(tmp_path / "usb"), str(tmp_path / "kit")])
    cache = tmp_path / "cache"
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(cache / name))
    env = {"LABBENCH_MODELS": named, "XDG_CACHE_HOME": str(cache), "BUZZ_MODEL_ROOT": str(tmp_path / "buzz")}
    expected = [
        tmp_path / "kit",
        tmp_path / "usb",
        tmp_path / "home" / "models",
        tmp_path / "cache" / "whisper",
        tmp_path / "buzz" / "whisper",
        tmp_path / "cache" / "Buzz" / "models" / "whisper",
    ]
    assert weights.search_folders(env) == expected


@pytest.mark.parametrize("env", [{}, {"XDG_CACHE_HOME": "", "LABBENCH_MODELS": ""}])
def test_search_folders_without_settings(env: dict[str, str]) -> None:
    folders = weights.search_folders(env)
    assert len(folders) == 3
    assert folders[1] == Path.home() / ".cache" / "whisper" and folders[2].parts[-2:] == ("models", "whisper")


@pytest.mark.usefixtures("light")
def test_find_takes_the_first_complete_file(tmp_path: Path) -> None:
    missing, short, full, later = (tmp_path / name for name in ("missing", "short", "full", "later"))
    put(short, "tiny", -1)
    (short / "tiny.pt.part").write_bytes(b"x")
    path = put(full, "tiny")
    put(later, "tiny")
    assert weights.find("tiny", [missing, short, full, later]) == path
    assert weights.find("tiny", [missing, short]) is None
    assert weights.find("tiny.en", [full]) is None
    assert weights.find("tiny", []) is None


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize("off", [-1, 1])
def test_a_file_one_byte_off_is_not_complete(tmp_path: Path, off: int) -> None:
    put(tmp_path, "base", off)
    assert weights.find("base", [tmp_path]) is None


def test_a_folder_with_a_checkpoints_name_or_a_file_as_folder_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tiny.pt").mkdir()
    (tmp_path / "file").write_bytes(b"")
    size = (tmp_path / "tiny.pt").stat().st_size
    monkeypatch.setattr(weights, "OFFICIAL", {"tiny": replace(weights.OFFICIAL["tiny"], size_bytes=size)})
    assert weights.find("tiny", [tmp_path, tmp_path / "file"]) is None


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(("alias", "name"), [("large", "large-v3"), ("turbo", "large-v3-turbo")])
def test_aliases_find_what_whisper_caches(tmp_path: Path, alias: str, name: str) -> None:
    path = put(tmp_path, alias)
    assert path.name == f"{name}.pt"
    assert weights.find(alias, [tmp_path]) == weights.find(name, [tmp_path]) == path
    assert weights.installed([tmp_path]) == [name]


@pytest.mark.usefixtures("light")
def test_installed_is_ordered_by_size(tmp_path: Path) -> None:
    put(tmp_path / "b", "tiny")
    put(tmp_path / "a", "small")
    put(tmp_path / "a", "tiny.en")
    assert weights.installed([tmp_path / "a", tmp_path / "b"]) == ["tiny.en", "tiny", "small"]


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([], None),
        (["my-own"], None),
        (["tiny", "tiny.en"], "tiny"),
        (["tiny", "base.en"], "base.en"),
        (["tiny", "small", "large-v3", "medium"], "small"),
        (["large", "tiny.en"], "tiny.en"),
        (["large", "turbo", "medium.en"], "medium.en"),
        (["large", "turbo"], "large-v3-turbo"),
        (["large-v1", "large-v3", "large-v2"], "large-v3"),
    ],
)
def test_best_for_a_cpu(there: list[str], expected: str | None) -> None:
    assert weights.best(there) == expected
    assert weights.best(reversed(there)) == expected


def test_best_knows_every_checkpoint() -> None:
    assert sorted(weights.PREFERENCE) == sorted(weights.OFFICIAL)


def test_verify(tmp_path: Path) -> None:
    path = tmp_path / "some.pt"
    path.write_bytes(bytes(range(256)) * 10_000)
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    seen: list[Progress] = []
    assert weights.verify(path, right.upper(), seen.append)
    assert [step.done for step in seen] == [1 << 20, 2 << 20, 2_560_000]
    assert {(step.total, step.unit) for step in seen} == {(2_560_000, "bytes")}
    assert not weights.verify(path, "0" * 64)


def test_verify_can_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "some.pt"
    path.write_bytes(bytes(3 << 20))
    cancel, seen = CancelToken(), []

    def stop(progress: Progress) -> None:
        seen.append(progress.done)
        cancel.cancel()

    with pytest.raises(Cancelled):
        weights.verify(path, "0" * 64, stop, cancel)
    assert seen == [1 << 20]


def test_verify_of_nothing_is_an_expected_failure(tmp_path: Path) -> None:
    with pytest.raises(LabBenchError, match=r"gone\.pt cannot be read"):
        weights.verify(tmp_path / "gone.pt", "0" * 64)


# Converted ones ------------------------------------------------------------------------------------------------------


def test_a_known_conversion_counts_without_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "base.pt"
    path.write_bytes(b"OpenAI's numbers in other bytes")
    assert weights.find("base", [tmp_path]) is None
    known = (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(weights, "CONVERTED", {"base": known})
    assert weights.find("base", [tmp_path]) == path and weights.installed([tmp_path]) == ["base"]
    assert weights.verify_official(path, weights.checkpoint("base"))
    path.write_bytes(b"OpenAI's numbers in wrong bytes")
    assert not weights.verify_official(path, weights.checkpoint("base")), "of the same length, and other"
    path.rename(tmp_path / "tiny.pt")
    assert weights.find("tiny", [tmp_path]) is None, "of another checkpoint"


def test_known_conversions_are_of_what_packages_hold() -> None:
    assert set(weights.CONVERTED) == set(SOURCES)
    for name, (size_bytes, sha256) in weights.CONVERTED.items():
        official = weights.OFFICIAL[name]
        assert 0 < size_bytes - SOURCES[name][0].model_bytes < 100_000 and len(bytes.fromhex(sha256)) == 32
        assert size_bytes != official.size_bytes and sha256 != official.sha256


def test_base_is_written_as_it_is_known(whisper_base: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch has no wheel here")
    if not torch.__version__.startswith("2.13.0"):
        pytest.skip("another torch may write another file")
    raw = torch.load(whisper_base, weights_only=True, mmap=True)
    state = {name: values.numpy() for name, values in raw["model_state_dict"].items()}
    target = tmp_path / "base.pt"
    write_checkpoint(Weights(Dimensions(**raw["dims"]), state, BASE_HEADS), target, ignore_progress, CancelToken())
    assert weights.find("base", [tmp_path]) == target
    assert weights.verify_official(target, weights.checkpoint("base"))
