"""The one place that wires everything: processes, disk, network and window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from labbench.audio.source import SourceSpec
from labbench.core import paths
from labbench.live.ear_process import EarProcess
from labbench.live.worker import WorkerProcess
from labbench.models import engines
from labbench.models.hosting import HostProcess
from labbench.models.moonshine_embedder import MoonshineEmbedder
from labbench.session.settings import Settings, load_settings, save_settings
from labbench.session.store import Session
from labbench.ui.bench import Bench
from labbench.ui.main_window import MainWindow
from labbench.ui.theme import THEMES
from labbench.ui.tools import Tools
from labbench.wakeword.cohort import cohort_checksum

WARM_UP_AFTER_MS = 1500
"""Engines are loaded this long after the first paint, so that they don't slow it down."""


def make_application(arguments: Sequence[str] = ("labbench",)) -> QApplication:
    """The process's QApplication, made if there is none yet."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    application = QApplication(list(arguments))
    application.setApplicationName("labbench")
    application.setApplicationDisplayName("Speech Lab Bench")
    application.setStyle("Fusion")
    return application


def embedder_identity() -> tuple[str, str]:
    """Name and checksum of the embedder that the ear uses: the cohort was made with it, and the ear insists on that."""
    return MoonshineEmbedder.name, cohort_checksum(paths.assets() / "cohort.npz")


def doctor_report() -> str:
    """What works on this computer, as text."""
    from labbench.live.checks import report

    return report()


def make_tools(session: Session | None = None, engine: str | None = None) -> Tools:
    """The real things: a process for the ear, one for each engine, the user's data folder."""
    return Tools(
        ear=EarProcess(),
        worker=WorkerProcess(),
        make_host=HostProcess,
        embedder_identity=embedder_identity,
        doctor_report=doctor_report,
        session=session if session is not None else Session.new(paths.sessions()),
        engine_a=engines.parse(engine) if engine else None,
    )


def settings_path() -> Path:
    """The file of settings."""
    return paths.data_home() / "settings.json"


def keep_settings(settings: Settings) -> None:
    """Write them. Raises LabBenchError."""
    save_settings(settings_path(), settings)


def run(source: SourceSpec | None = None, engine: str | None = None, files: Sequence[Path] = ()) -> int:
    """Show the window and stay until it is closed; start with `source`, or open `files`. Raises LabBenchError."""
    settings, damaged = load_settings(settings_path())
    tools = replace(make_tools(engine=engine), settings=settings, save_settings=keep_settings)
    application = make_application()
    bench = Bench(tools)
    window = MainWindow(bench, settings.theme if settings.theme in THEMES else "dark")  # type: ignore[arg-type]
    window.restore(settings.layout)
    for sentence in damaged:
        bench.notices.info.emit(sentence)
    window.painted.connect(lambda: after_first_paint(window, source, files))
    window.show()
    return application.exec()


def after_first_paint(window: MainWindow, source: SourceSpec | None, files: Sequence[Path] = ()) -> None:
    """What the user need not wait for: listing microphones, old recordings, the source that was asked for."""
    bench = window.bench
    bench.sources.look()
    bench.desk.look_for_interrupted(paths.sessions())
    if source is not None:
        bench.start(source)
    if files:
        window.asking.open_paths(files)
    QTimer.singleShot(WARM_UP_AFTER_MS, bench.engines.warm_up)
