"""Weights that people have for other programs: found, named, and imported instead of downloaded."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import MappingProxyType
from urllib.error import URLError

import numpy as np
import pytest
from foreign_weights import (
    TINY,
    ct2_bytes,
    ct2_variables,
    random_tensors,
    write_ct2,
    write_ggml,
    write_hf,
)

from labbench import cli
from labbench.core.errors import Cancelled, FormatError, LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.models import weights
from labbench.models.conversion import found as found_module
from labbench.models.conversion import naming
from labbench.models.conversion.dimensions import Dimensions
from labbench.models.conversion.found import Found, find_foreign
from labbench.models.expectations import DIMENSIONS
from labbench.models.expectations import Dimensions as Size
from labbench.models.shelf import Shelf
from labbench.models.weights_note import read_note

BASE = Dimensions(80, 1500, 64, 1, 1, 51_865, 16, 64, 1, 1)
"""Of `base` in these tests."""


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `base` of small dimensions."""
    monkeypatch.setattr(naming, "DIMENSIONS", MappingProxyType({**DIMENSIONS, "base": Size(64, 1, 1)}))


@pytest.fixture(scope="module")
def base() -> dict[str, np.ndarray]:
    return random_tensors(BASE)


def hub(tmp_path: Path) -> Path:
    """Hugging Face's cache where no variable names it."""
    return tmp_path / "cache" / "huggingface" / "hub"


def snapshot(tmp_path: Path, repository: str) -> Path:
    return hub(tmp_path) / f"models--{repository.replace('/', '--')}" / "snapshots" / "0123abcd"


def look(named: str = "") -> dict[str, Found]:
    env = {"LABBENCH_MODELS": named, "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}
    return {found.name: found for found in find_foreign(env, Path(os.environ["LABBENCH_HOME"]) / "models")}


def no_network(request: object, timeout: float) -> object:
    raise URLError("no network")


def shelf(named: str = "") -> Shelf:
    env = {"LABBENCH_MODELS": named, "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}
    return Shelf(env, opener=no_network)  # type: ignore[arg-type]


def accept(path: Path, cancel: CancelToken) -> None:
    """A `Check` that likes everything."""


def pretend(source: Path, target: Path, on_progress: OnProgress, cancel: CancelToken) -> None:
    """A `Convert` without torch."""
    on_progress(Progress(1, 2, "bytes", "reading"))
    target.write_bytes(b"converted from " + source.name.encode())


# Finding ---------------------------------------------------------------------------------------------------------


def test_caches_of_other_programs(tmp_path: Path, base: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = random_tensors()
    faster = write_ct2(snapshot(tmp_path, "Systran/faster-whisper-base"), BASE, base)
    tuned = write_hf(snapshot(tmp_path, "me/whisper-of-mine"), BASE, base)
    cpp = write_ggml(tmp_path / "cache" / "Buzz" / "models" / "ggml-model-whisper-large.bin", TINY, tensors)
    monkeypatch.setattr(found_module.platformdirs, "user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    found = look()
    assert {name: (one.format, one.official, one.size, one.path) for name, one in found.items()} == {
        "base": ("faster-whisper", "base", "base", faster),
        "whisper-of-mine": ("Hugging Face", None, "base", tuned),
        "large": ("whisper.cpp", None, None, cpp),
    }
    assert found["base"].size_bytes == sum(values.nbytes for values in base.values())


def test_named_folders_their_folders_and_files(tmp_path: Path, base: dict[str, np.ndarray]) -> None:
    usb, tensors = tmp_path / "usb", random_tensors()
    write_ggml(usb / "ggml-base.bin", BASE, base)
    write_ggml(usb / "ggml-small.bin", TINY, tensors)
    write_hf(usb / "class", TINY, tensors, parts=2)
    write_ct2(tmp_path / "one" / "faster-whisper-base", BASE, base)
    found = look(os.pathsep.join([str(usb), str(tmp_path / "one" / "faster-whisper-base")]))
    assert {name: one.official for name, one in found.items()} == {"base": "base", "small": None, "class": None}


def test_where_hugging_face_keeps_its_models(tmp_path: Path) -> None:
    for env, place in (
        ({"HF_HUB_CACHE": str(tmp_path / "a")}, tmp_path / "a"),
        ({"HF_HOME": str(tmp_path / "b")}, tmp_path / "b" / "hub"),
        ({"XDG_CACHE_HOME": str(tmp_path / "c")}, tmp_path / "c" / "huggingface" / "hub"),
    ):
        path = write_ct2(place / "models--me--mine" / "snapshots" / "1", TINY, random_tensors())
        assert [found.path for found in find_foreign(env, tmp_path / "own")] == [path]


@pytest.mark.parametrize(
    ("repository", "official"),
    [
        ("openai/whisper-base", "base"),
        ("guillaumekln/faster-whisper-base", "base"),
        ("openai/whisper-small", None),
        ("somebody/whisper-base", None),
        ("somebody/faster-whisper-base", None),
    ],
)
def test_a_name_counts_where_official_weights_are_published(
    tmp_path: Path, base: dict[str, np.ndarray], repository: str, official: str | None
) -> None:
    write_hf(snapshot(tmp_path, repository), BASE, base)
    (found,) = look().values()
    assert found.official == official and found.size == "base"


def test_what_can_not_be_imported_is_not_offered(tmp_path: Path) -> None:
    tensors = random_tensors()
    variables = ct2_variables(TINY, tensors)
    quantised = variables | {"encoder/layer_0/ffn/linear_0/weight": np.zeros((32, 8), np.int8)}
    for name, content in (
        ("quantised", ct2_bytes(quantised)),
        ("translator", ct2_bytes(variables, specification="TransformerSpec")),
        ("cut", ct2_bytes(variables)[:-1]),
        ("empty", b""),
    ):
        path = write_ct2(tmp_path / "usb" / name, TINY, tensors)
        path.write_bytes(content)
    language = write_hf(tmp_path / "usb" / "language", TINY, tensors)
    language.with_name("config.json").write_text(json.dumps({"model_type": "llama"}))
    (tmp_path / "usb" / "folder").mkdir()
    (tmp_path / "usb" / "folder" / "model.bin").mkdir()
    (tmp_path / "usb" / "round").symlink_to(tmp_path / "usb")
    (tmp_path / "usb" / "lost").symlink_to(tmp_path / "nowhere")
    assert look(str(tmp_path / "usb")) == {}


def test_a_huge_folder_costs_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        (tmp_path / "usb" / f"{number:03}").mkdir(parents=True)
    write_ct2(tmp_path / "usb" / "zz", TINY, random_tensors())
    assert list(look(str(tmp_path / "usb"))) == ["zz"]
    monkeypatch.setattr(found_module, "MOST_FOLDERS", 20)
    assert look(str(tmp_path / "usb")) == {}


# Getting and importing -------------------------------------------------------------------------------------------


def test_an_official_one_gets_its_name_and_a_note(tmp_path: Path, base: dict[str, np.ndarray]) -> None:
    path = write_ct2(snapshot(tmp_path, "Systran/faster-whisper-base"), BASE, base)
    seen: list[Progress] = []
    target = shelf().import_file(path.parent, accept, seen.append, convert=pretend)
    assert target == tmp_path / "home" / "models" / "base.pt"
    assert seen[0].note == "converting" and seen[-1].note == "checking"
    note = read_note(target)
    assert note is not None and note.source == f"faster-whisper: {path}"
    assert [place.path for place in shelf().places("base")] == [target], "it counts as complete"
    assert weights.verify_official(target, weights.OFFICIAL["base"])
    assert shelf().import_file(path, accept, convert=pretend) == target, "it is here already"
    assert shelf().found() == []


def test_ones_own_keeps_its_name(tmp_path: Path) -> None:
    path = write_hf(tmp_path / "class 7, base", TINY, random_tensors())
    assert shelf().import_file(path, accept, convert=pretend).name == "class-7-base.pt"
    assert shelf().import_file(path.parent, accept, convert=pretend).name == "class-7-base.pt", "no second one"
    other = write_ggml(tmp_path / "ggml-base.bin", TINY, random_tensors())
    assert shelf().import_file(other, accept, convert=pretend).name == "base-2.pt"
    assert set(shelf().imported()) == {"class-7-base", "base-2"}
    assert [place.path for place in shelf().places("base")] == []


def refuse(path: Path, cancel: CancelToken) -> None:
    raise FormatError(f"{path.name} is not a Whisper checkpoint.", "Choose another.")


def cancelled(source: Path, target: Path, on_progress: OnProgress, cancel: CancelToken) -> None:
    target.write_bytes(b"half")
    raise Cancelled


def full(source: Path, target: Path, on_progress: OnProgress, cancel: CancelToken) -> None:
    raise OSError(28, "No space left on device")


def test_an_import_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path, own = write_ct2(tmp_path / "mine", TINY, random_tensors()), tmp_path / "home" / "models"
    with pytest.raises(FormatError, match=r"^model\.bin is not a Whisper checkpoint"):
        shelf().import_file(path, refuse, convert=pretend)
    with pytest.raises(Cancelled):
        shelf().import_file(path, accept, convert=cancelled)
    with pytest.raises(LabBenchError, match="the disk is full"):
        shelf().import_file(path, accept, convert=full)
    assert list(own.iterdir()) == []
    with pytest.raises(LabBenchError, match=r"^model\.bin needs .* on this disk"):
        Shelf({}, free_space=lambda folder: 5).import_file(path, accept, convert=pretend)


@pytest.mark.shares_process
def test_get_imports_what_another_program_has(tmp_path: Path, base: dict[str, np.ndarray]) -> None:
    torch = pytest.importorskip("torch", reason="torch has no wheel here")
    write_ct2(snapshot(tmp_path, "Systran/faster-whisper-base"), BASE, base, heads=[[0, 0]])
    assert [one.official for one in shelf().found()] == ["base"]
    assert {entry.checkpoint.name for entry in shelf().entries(found=shelf().found()) if entry.found} == {"base"}
    target = shelf().get("base")
    state = torch.load(target, weights_only=True)["model_state_dict"]
    assert all(np.array_equal(state[name].numpy(), values) for name, values in base.items())
    assert {path.name for path in target.parent.iterdir()} == {"base.pt", "base.pt.json"}
    assert shelf().get("base", lambda progress: pytest.fail("it is here")) == target


def test_what_is_found_but_damaged_is_downloaded(
    tmp_path: Path, base: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = base | {"decoder.ln.bias": np.full(64, np.nan, np.float16)}
    write_ct2(snapshot(tmp_path, "Systran/faster-whisper-base"), BASE, broken)
    assert shelf().found() != []
    with pytest.raises(LabBenchError, match="no connection"):
        shelf().get("base", ignore_progress)
    assert not (tmp_path / "home" / "models" / "base.pt").exists()


def test_the_command_lists_and_imports(
    tmp_path: Path, base: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    faster = write_ct2(snapshot(tmp_path, "Systran/faster-whisper-base"), BASE, base)
    mine = write_hf(snapshot(tmp_path, "me/mine"), TINY, random_tensors())
    assert cli.main(["models", "list", "--here"]) == 0
    _, first, second = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert first[0] == "base" and first[-1] == f"found: faster-whisper, can be imported ({faster})"
    assert second[0] == "mine" and second[-1] == f"found: Hugging Face, can be imported ({mine})"
    monkeypatch.setattr("labbench.models.shelf.load_in_host", accept)
    monkeypatch.setattr("labbench.models.shelf.convert_apart", pretend)
    assert cli.main(["models", "import", str(mine.parents[2])]) == 0
    out, err = capsys.readouterr()
    assert out == f"{tmp_path / 'home' / 'models' / 'mine.pt'}\n" and "--engine whisper:mine" in err
