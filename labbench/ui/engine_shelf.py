"""The engines at hand: which two are in use, which could be, and getting official weights. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.jobs.runner import Job, JobRunner
from labbench.models.engines import MOONSHINE, EngineSpec, official, whisper_file, whispers
from labbench.models.hosting import EngineHost
from labbench.transcript.engine import Options
from labbench.ui.transcribing import EngineSlot, MakeHost

GetTiny = Callable[[OnProgress, CancelToken], Path]


class EngineShelf(QObject):
    """Engine A, which is Whisper, and engine B. `whisper_came` is emitted when A has changed to chosen weights."""

    trouble = Signal(object)
    changed = Signal()
    whisper_came = Signal()
    download_changed = Signal(object)

    def __init__(
        self, first: EngineSpec | None, make_host: MakeHost, get_tiny: GetTiny, jobs: JobRunner, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._get_tiny = get_tiny
        self._make_host = make_host
        self._own: list[EngineSpec] = []
        self._download: Job | None = None
        self.a = EngineSlot(first or whispers()[0], make_host, jobs, self)
        self.b = EngineSlot(MOONSHINE, make_host, jobs, self)
        self.slots = (self.a, self.b)
        for slot in self.slots:
            slot.trouble.connect(self.trouble)

    def specs_for(self, slot: EngineSlot) -> list[EngineSpec]:
        """The models that a slot can use. A offers Whisper, B both, so that two Whispers can be compared."""
        found = whispers() + self._own
        specs = found if slot is self.a else [MOONSHINE, *found]
        return specs if slot.spec in specs else [slot.spec, *specs]

    @property
    def options(self) -> Options:
        """How both engines transcribe."""
        return self.a.options

    def set_options(self, options: Options) -> None:
        """For what is transcribed from now on, by both engines."""
        for slot in self.slots:
            slot.use(options)

    def warm_up(self) -> None:
        """Load both engines while the user is still looking around."""
        self.b.warm_up()
        self.a.warm_up()

    def use_checkpoint(self, path: Path) -> None:
        """A .pt file as engine A, once it has been loaded; one that is no Whisper changes nothing."""
        spec = whisper_file(path)
        host = self._make_host(spec)
        job = self._jobs.prepare(f"Loading {spec.title}", lambda _progress, cancel: host.load(cancel))
        arrived: list[EngineHost] = []

        def use(_: object) -> None:
            arrived.append(host)
            if spec not in self._own:
                self._own.append(spec)
            self._use(spec, host)

        job.done.connect(use)
        job.failed.connect(self.trouble)
        job.ended.connect(lambda: None if arrived else host.close())
        job.start()

    def get_tiny(self) -> None:
        """Download the smallest official Whisper and use it."""
        if self._download is not None:
            return
        job = self._jobs.prepare("Getting Whisper tiny", self._get_tiny)
        self._download = job
        job.progressed.connect(self.download_changed)
        job.done.connect(lambda path: self._use(official("tiny", path)))
        job.failed.connect(self.trouble)
        job.ended.connect(self._download_ended)
        self.download_changed.emit(Progress(0.0, 1.0, "bytes"))
        job.start()

    def stop_download(self) -> None:
        """Cancel; what has come is kept and continued next time."""
        if self._download is not None:
            self._download.cancel()

    def _download_ended(self) -> None:
        self._download = None
        self.download_changed.emit(None)

    def _use(self, spec: EngineSpec, host: EngineHost | None = None) -> None:
        self.a.choose(spec, host)
        self.changed.emit()
        self.whisper_came.emit()
