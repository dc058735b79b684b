"""The engines at hand: which two are in use, which could be, and where they run. No widgets."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from labbench.core.errors import LabBenchError
from labbench.jobs.runner import JobRunner
from labbench.models.engines import MOONSHINE, NO_WHISPER, EngineSpec, official, whisper_file
from labbench.models.hosting import EngineHost
from labbench.models.shelf import Shelf
from labbench.models.weights import OFFICIAL
from labbench.session.keys import KeyStore
from labbench.transcript.engine import EngineInfo, Options
from labbench.ui.transcripts.model_desk import ModelDesk
from labbench.ui.transcripts.model_rows import Doing, Work
from labbench.ui.transcripts.no_whisper import WANTED
from labbench.ui.transcripts.remote_desk import RemoteDesk
from labbench.ui.transcripts.transcribing import EngineSlot, MakeHost


class EngineShelf(QObject):
    """Engine A, which is Whisper, and engine B; the models and the server from which they are chosen.

    `whisper_came` is emitted when A has changed to chosen weights, `changed` when others can be chosen, `loaded` with a
    slot and its `EngineInfo` once its engine has said where it runs.
    """

    trouble = Signal(object)
    said = Signal(str)
    changed = Signal()
    whisper_came = Signal()
    download_changed = Signal(object)
    loaded = Signal(object, object)

    def __init__(
        self,
        first: EngineSpec | None,
        make_host: MakeHost,
        shelf: Shelf,
        keys: KeyStore,
        jobs: JobRunner,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._make_host = make_host
        self._own: list[EngineSpec] = []
        self._use_wanted = False
        self.models = ModelDesk(shelf, jobs, self)
        self.remote = RemoteDesk(keys, make_host, jobs, self)
        self._offered = (self.models.specs, self.remote.spec)
        self.a = EngineSlot(first or self._best_whisper, make_host, jobs, self)
        self.b = EngineSlot(MOONSHINE, make_host, jobs, self)
        self.slots = (self.a, self.b)
        self._infos: dict[EngineSlot, EngineInfo | None] = {}
        self._told: set[str] = set()
        for slot in self.slots:
            slot.trouble.connect(self.trouble)
            for happened in (slot.live_text, slot.progressed, slot.chosen):
                happened.connect(self._look_at_hosts)
        jobs.changed.connect(self._look_at_hosts)
        self.models.trouble.connect(self.trouble)
        self.models.changed.connect(self._offer)
        self.models.got.connect(self._got)
        self.models.deleted.connect(self._deleted)
        self.models.progressed.connect(self._progressed)
        self.models.ended.connect(self._ended)
        self.remote.changed.connect(self._server_changed)
        self.remote.trouble.connect(self.trouble)

    def specs_for(self, slot: EngineSlot) -> list[EngineSpec]:
        """The models that a slot can use: Whispers, the server that is switched on, and in B Moonshine first."""
        server = self.remote.spec
        found = [*self.models.specs, *self._own, *([server] if server is not None else [])]
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
            if spec not in self._own and spec not in self.models.specs:
                self._own.append(spec)
            self._use(spec, host)

        job.done.connect(use)
        job.failed.connect(self.trouble)
        job.ended.connect(lambda: None if arrived else host.close())
        job.start()

    def _use(self, spec: EngineSpec, host: EngineHost | None = None) -> None:
        self.a.choose(spec, host)
        self.changed.emit()
        self.whisper_came.emit()

    @property
    def _best_whisper(self) -> EngineSpec:
        return self.models.specs[0] if self.models.specs else NO_WHISPER

    @property
    def lack(self) -> LabBenchError | None:
        """Why the two engines can't be compared, and what to do; None where both are there."""
        if not any(slot.spec.is_missing for slot in self.slots):
            return None
        return LabBenchError("Engine A has no Whisper yet.", "Get it first, or choose another engine.")

    def _local(self, slot: EngineSlot) -> EngineSpec:
        """What a slot uses where nothing else was chosen, on this computer."""
        return MOONSHINE if slot is self.b else self._best_whisper

    # Weights --------------------------------------------------------------------------------------------------------

    def get_whisper(self) -> None:
        """Get the Whisper that one begins with, unless that is under way, and use it as A."""
        self._use_wanted = True
        self.models.get(WANTED)
        work = self.models.work(WANTED)
        if work is not None and work.doing is Doing.GET:
            self.download_changed.emit(work.progress)

    def stop_download(self) -> None:
        """Cancel the download of that Whisper."""
        self.models.cancel(WANTED)

    def _got(self, name: str, path: Path) -> None:
        """Weights have come: those that were asked for are used, any where there are none yet."""
        if self.a.spec.is_missing or (name == WANTED and self._use_wanted):
            self._use(official(name, path) if name in OFFICIAL else whisper_file(path))

    def _progressed(self, work: Work) -> None:
        if work.name == WANTED and work.doing is Doing.GET:
            self.download_changed.emit(work.progress)

    def _ended(self, name: str) -> None:
        if name == WANTED:
            self._use_wanted = False
            self.download_changed.emit(None)

    def _deleted(self, path: Path) -> None:
        """A model that is in the trash can't be loaded again."""
        left = tuple(spec for spec in self.models.specs if spec.path != path)
        self.models.specs = left
        self._own = [spec for spec in self._own if spec.path != path]
        for slot in self.slots:
            if slot.spec.path == path:
                slot.choose(self._local(slot))
        self._offer()

    def _offer(self) -> None:
        offered = (self.models.specs, self.remote.spec)
        if offered != self._offered:
            self._offered = offered
            self.changed.emit()

    # A server -------------------------------------------------------------------------------------------------------

    @property
    def servers(self) -> list[EngineSpec]:
        """Where sound is sent: the engines in use that are not on this computer."""
        return list(dict.fromkeys(slot.spec for slot in self.slots if slot.spec.is_remote))

    def _server_changed(self) -> None:
        """Whoever uses it follows: with another address, model or key in a new host;
        switched off, back to this computer."""
        before, now = self._offered[1], self.remote.spec
        for slot in self.slots:
            if slot.spec.is_remote and (now is None or slot.spec == before):
                slot.choose(now or self._local(slot))
        self._offer()

    # Where they run -------------------------------------------------------------------------------------------------

    def info(self, slot: EngineSlot) -> EngineInfo | None:
        """What a slot's engine says of itself, None before it is loaded."""
        return slot.host.info if slot.host is not None else None

    def _look_at_hosts(self, _: object = None) -> None:
        """Hosts load in threads of jobs, and say nothing to the main thread of their own."""
        for slot in self.slots:
            info = self.info(slot)
            if info == self._infos.get(slot):
                continue
            self._infos[slot] = info
            self.loaded.emit(slot, info)
            if info is not None and info.notice and info.notice not in self._told:
                self._told.add(info.notice)
                self.said.emit(info.notice)
