"""Pytest fixtures: the real window with real processes or with twins, and a watch for what tests leave behind.

Use it with `pytest_plugins = ["labbench.testing.plugin"]`.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from labbench import app
from labbench.live.ear_process import EarInProcess, EarProcess
from labbench.live.embedding_link import EmbeddingHosts, EmbeddingInProcess
from labbench.live.worker import WorkerInProcess
from labbench.models import weights
from labbench.models.engines import EngineSpec
from labbench.session.store import Session
from labbench.testing.page import BenchPage
from labbench.testing.remembering import RememberingBank, remembering_kit
from labbench.testing.shared_hosts import SharedHost
from labbench.testing.silence import silent_equipment
from labbench.ui.bench import Bench
from labbench.ui.main_window import MainWindow
from labbench.ui.sounds import sound
from labbench.ui.tools import Tools
from labbench.wakeword import references

ENDING_SECONDS = 2.0
REAL_FOLDERS = tuple(weights.search_folders(os.environ))
"""Where this computer's weights lie, told before any test has an empty data folder instead."""
TWIN_INTERVAL_MS = 15
OpenBench = Callable[..., BenchPage]


@pytest.fixture(autouse=True)
def labbench_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder, an empty one for each test."""
    home = tmp_path / "home"
    monkeypatch.setenv("LABBENCH_HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # no test asks the package registry
    theirs = ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "BUZZ_MODEL_ROOT")  # places of other programs' models
    for variable in ("LABBENCH_MODELS", "LABBENCH_BLOCKLIST", *theirs):
        monkeypatch.delenv(variable, raising=False)
    return home


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail where a test leaves a thread behind, or a process that is not marked as shared."""
    threads, children = set(threading.enumerate()), {child.pid for child in multiprocessing.active_children()}
    yield
    started = [thread for thread in threading.enumerate() if thread not in threads]
    for thread in started:  # those that were told to end may need a moment
        thread.join(ENDING_SECONDS)
    left = [thread.name for thread in started if thread.is_alive()]
    processes = [child.name for child in multiprocessing.active_children() if child.pid not in children]
    assert not left, f"threads left behind: {left}"
    shared = request.node.get_closest_marker("shares_process") is not None
    assert shared or not processes, f"processes left behind: {processes}"


@pytest.fixture(autouse=True)
def no_logged_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail where something logs an error."""
    yield
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelname in ("ERROR", "CRITICAL")]
    assert not errors, f"errors in the log: {errors}"


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """The application that pytest-qt makes."""
    return QApplication


@pytest.fixture(scope="session")
def whisper_base() -> Path:
    """Whisper `base`, OpenAI's weights, as this computer has them outside of tests; skips where it has none."""
    path = weights.find("base", REAL_FOLDERS)
    if path is None:
        pytest.skip("Whisper base is not on this computer: labbench models get base")
    return path


@pytest.fixture
def bench_engine() -> EngineSpec | None:
    """Engine A of the windows that `open_bench` opens; None for the best Whisper in the (empty) data folder."""
    return None


@pytest.fixture
def open_bench(
    qapp: QApplication, labbench_home: Path, monkeypatch: pytest.MonkeyPatch, bench_engine: EngineSpec | None
) -> Iterator[OpenBench]:
    """Opens windows: `open_bench()` with processes for ear and engines, `open_bench(twin=True)` with twins of them all.

    The twins' engines are loaded where text is asked for, and once in a session; the ear's takes in what is played as a
    microphone as fast as it can, unless it is to last its `real_time`. Other keyword arguments replace fields of
    `Tools`. Every window is closed, and must have met no defect.
    """
    if qapp.style().name() != "fusion":  # setting it again would polish every widget that is still there
        qapp.setStyle("Fusion")
    opened: list[BenchPage] = []
    defects: list[str] = []

    def open_one(*, twin: bool = False, real_time: bool = False, **changes: object) -> BenchPage:
        tools: Tools = app.make_tools(Session.new(labbench_home / "sessions"))
        equipment = silent_equipment(remembering_kit) if twin else silent_equipment()
        ear = EarInProcess(equipment, real_time=real_time) if twin else EarProcess(equipment)
        tools = replace(tools, engine_a=bench_engine, ear=ear)
        if twin:
            monkeypatch.setattr(sound, "IDLE_INTERVAL_MS", TWIN_INTERVAL_MS)  # it works when it is asked what is new
            tools = replace(tools, worker=WorkerInProcess(), embedding=EmbeddingHosts(EmbeddingInProcess))
            tools = replace(tools, make_host=SharedHost)
            monkeypatch.setattr(references, "TemplateBank", RememberingBank)
        bench = Bench(replace(tools, **changes))  # type: ignore[arg-type]
        bench.notices.defect.connect(defects.append)
        page = BenchPage(MainWindow(bench))
        opened.append(page)
        page.window.show()
        bench.sources.look()
        return page

    yield open_one
    for page in opened:
        page.window.leave()
        page.window.deleteLater()
        page.bench.deleteLater()  # what its signals lead to would else stay for ever
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not defects, f"defects met: {defects}"
