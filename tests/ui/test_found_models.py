"""The window of models: what other programs have is offered, and imported instead of downloaded."""

from __future__ import annotations

import os
from pathlib import Path
from types import MappingProxyType
from urllib.error import URLError

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel

from labbench.core.errors import FormatError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.jobs.waiting import wait_until
from labbench.models import shelf as shelf_module
from labbench.models.conversion.found import Found
from labbench.models.expectations import Speed
from labbench.models.scripted_host import ScriptedHost
from labbench.models.shelf import Shelf
from labbench.ui.dialogs.models_dialog import ModelsDialog
from labbench.ui.transcripts import model_desk


def no_network(request: object, timeout: float) -> object:
    raise URLError("no network")


@pytest.fixture
def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Found]:
    """What other programs have: an official model, and one of somebody's own."""
    found = []
    for name, official in (("base", "base"), ("mine", None)):
        path = tmp_path / "theirs" / name / "model.bin"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"\6\0\0\0")
        found.append(Found(name, "faster-whisper", path, 145_000_000, official, "base"))
    by_path = MappingProxyType({one.path: one for one in found})
    monkeypatch.setattr(shelf_module, "find_foreign", lambda env, own: list(found))
    monkeypatch.setattr("labbench.models.importing_weights.describe", lambda source: by_path[source.path])
    monkeypatch.setattr(model_desk, "measure_speed", lambda: Speed(400e9, 20e9))
    return found


@pytest.fixture
def opened(open_bench, others, labbench_home):
    env = {"XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}
    shelf = Shelf(env, labbench_home / "models", opener=no_network)  # type: ignore[arg-type]
    page = open_bench(twin=True, make_host=ScriptedHost, models=shelf)
    page.act("actionModels")
    dialog = page.window.findChild(ModelsDialog, "modelsDialog")
    desk = page.bench.engines.models
    desk._check = lambda copy, cancel: None
    assert rest(page)
    return page, dialog, desk


def rest(page) -> bool:
    desk = page.bench.engines.models
    return wait_until(lambda: not page.bench.jobs.running and not desk.looking and not desk.works, 60)


def row(dialog, name: str) -> list[str]:
    for number in range(dialog.table.topLevelItemCount()):
        item = dialog.table.topLevelItem(number)
        if item.text(0) == name:
            return [item.text(column) for column in range(item.columnCount())]
    raise LookupError(name)


def says(dialog) -> str:
    return dialog.findChild(QLabel, "modelsSays").text()


def pretend(source: Path, target: Path, on_progress: OnProgress, cancel: CancelToken) -> None:
    on_progress(Progress(1, 2, "bytes", "reading"))
    target.write_bytes(b"converted")


def refuse(source: Path, target: Path, on_progress: OnProgress, cancel: CancelToken) -> None:
    raise FormatError(f"{source.name} can't be used: it holds numbers that are not finite.", "Choose another file.")


def test_what_others_have_is_offered_and_imported(opened, labbench_home, monkeypatch):
    page, dialog, _ = opened
    monkeypatch.setattr(shelf_module, "convert_apart", pretend)
    for name, languages in (("base", "about a hundred"), ("mine", "your own, size of base")):
        shown = row(dialog, name)
        assert shown[2] == languages
        assert shown[-2:] == ["another program's folder", "found: faster-whisper, can be imported"]
        dialog.table.choose(name)
        assert dialog.get.text() == "Import" and dialog.get.isEnabled() and not dialog.use_a.isEnabled()
        assert "without a download" in dialog.get.toolTip()
        QTest.mouseClick(dialog.get, Qt.MouseButton.LeftButton)
        assert rest(page)
        assert (labbench_home / "models" / f"{name}.pt").read_bytes() == b"converted"
        assert row(dialog, name)[-2] == "own folder"
        assert dialog.use_b.isEnabled() and not dialog.get.isEnabled()
    assert says(dialog) == "mine is here now, as Whisper mine."
    dialog.table.choose("small")
    assert dialog.get.text() == "Get"


def test_what_can_not_be_used_after_all_is_said(opened, labbench_home, monkeypatch):
    page, dialog, _ = opened
    monkeypatch.setattr(shelf_module, "convert_apart", refuse)
    dialog.table.choose("mine")
    QTest.mouseClick(dialog.get, Qt.MouseButton.LeftButton)
    assert rest(page)
    assert says(dialog) == "model.bin can't be used: it holds numbers that are not finite. Choose another file."
    dialog.table.choose("base")
    QTest.mouseClick(dialog.get, Qt.MouseButton.LeftButton)
    assert rest(page)
    assert "no connection" in says(dialog), "then it is downloaded"
    assert list((labbench_home / "models").glob("*.pt*")) == []


def test_import_takes_every_form(opened, others, labbench_home, monkeypatch):
    page, dialog, _ = opened
    monkeypatch.setattr(shelf_module, "convert_apart", pretend)
    asked = []

    def choose(*args: object) -> tuple[str, str]:
        asked.append(args[-1])
        return str(others[1].path), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", choose)
    QTest.mouseClick(dialog.import_button, Qt.MouseButton.LeftButton)
    assert rest(page)
    assert (labbench_home / "models" / "mine.pt").exists()
    assert all(f"*.{ending}" in asked[0] for ending in ("pt", "safetensors", "bin"))
