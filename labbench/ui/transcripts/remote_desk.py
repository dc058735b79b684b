"""A server that transcribes, while the program runs: which one, its key, trying it. No widgets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import Job, JobRunner
from labbench.models.engines import EngineSpec, remote
from labbench.models.hosting import EngineHost
from labbench.models.remote_address import EXAMPLE
from labbench.models.remote_trial import try_server
from labbench.session.keys import ENVIRONMENT, KeyStore, key_for
from labbench.transcript.engine import Options


@dataclass(frozen=True)
class _Wish:
    """What the user wants: a `key` of None stays as it is, "" is forgotten."""

    on: bool
    address: str
    model: str
    key: str | None = None


class RemoteDesk(QObject):
    """Main thread only; the safe of keys, which may ask its user, and the server are asked in jobs.

    `spec` is offered as an engine, None while the server is switched off. `changed` follows where any of that has
    changed; `said` and `failed` tell what came of a change or a trial, `trouble` of what was left the last time.
    """

    changed = Signal()
    busy_changed = Signal()
    said = Signal(str)
    failed = Signal(object)
    trouble = Signal(object)

    def __init__(
        self,
        keys: KeyStore,
        make_host: Callable[[EngineSpec], EngineHost],
        jobs: JobRunner,
        parent: QObject | None = None,
        env: Mapping[str, str] = os.environ,
    ) -> None:
        super().__init__(parent)
        self.on = False
        self.address = ""
        self.model = ""
        self._keys = keys
        self._make_host = make_host
        self._jobs = jobs
        self._env = env
        self._known: EngineSpec | None = None
        self._changing: Job | None = None
        self._next: _Wish | None = None
        self._trial: Job | None = None

    @property
    def spec(self) -> EngineSpec | None:
        return self._known if self.on else None

    @property
    def has_key(self) -> bool:
        """Whether a key goes with what is sent, as far as is known."""
        return self._known is not None and bool(self._known.key)

    @property
    def key_is_given(self) -> bool:
        """Whether the environment has the key: it goes before any that is kept."""
        return bool(self._env.get(ENVIRONMENT, "").strip())

    @property
    def changing(self) -> bool:
        return self._changing is not None

    @property
    def trying(self) -> bool:
        return self._trial is not None

    def set_up(self, on: bool, address: str, model: str) -> None:
        """As it was left. The safe is only asked for the key where the server is switched on."""
        self.address, self.model = address, model
        self.on = on and bool(address)
        if self.on:
            self.change(True, address, model)
            assert self._changing is not None
            self._changing.failed.connect(self.trouble)

    def look(self) -> None:
        """See whether a key is kept for the address; the system may ask its user. `changed` follows."""
        if self.address and self._known is None and self._changing is None:
            self.change(self.on, self.address, self.model)

    def change(self, on: bool, address: str, model: str, key: str | None = None) -> None:
        """Another address, model or key, and whether the server is offered. Switching off takes effect at once.

        A key belongs to an address: it never goes to another server. `said` or `failed` follows.
        """
        wish = _Wish(on, address.strip(), model.strip(), key)
        if not on and self.on:
            self.on = False
            self.changed.emit()
        if self._changing is not None:
            waiting = self._next.key if self._next is not None and wish.key is None else wish.key
            self._next = _Wish(wish.on, wish.address, wish.model, waiting)
            return
        self._carry_out(wish)

    def _carry_out(self, wish: _Wish) -> None:
        keys, env = self._keys, self._env

        def task(_progress: OnProgress, _cancel: CancelToken) -> tuple[EngineSpec | None, str]:
            return _checked(wish, keys, env)

        job = self._changing = self._jobs.prepare("Setting the server up", task)
        job.done.connect(lambda found: self._carried_out(wish, *found))
        job.failed.connect(self.failed)
        job.ended.connect(self._change_ended)
        self.busy_changed.emit()
        job.start()

    def _carried_out(self, wish: _Wish, spec: EngineSpec | None, note: str) -> None:
        if self._next is not None and not self._next.on:  # switched off meanwhile
            wish = _Wish(False, wish.address, wish.model)
        self._known = spec
        self.on = wish.on and spec is not None
        self.address = spec.address if spec is not None else ""
        self.model = wish.model
        self.changed.emit()
        self.said.emit(note)

    def _change_ended(self) -> None:
        self._changing = None
        wish, self._next = self._next, None
        if wish is not None:
            self._carry_out(wish)
        self.busy_changed.emit()

    # Trying ---------------------------------------------------------------------------------------------------------

    def try_it(self, options: Options) -> None:
        """Send the bundled clip to the server, switched on or not; `said` or `failed` tells what came of it."""
        spec = self._known
        if self._trial is not None:
            return
        if spec is None:
            self.failed.emit(LabBenchError("The server's address is missing.", EXAMPLE))
            return
        make_host = self._make_host

        def task(progress: OnProgress, cancel: CancelToken) -> str:
            return try_server(spec, make_host, options, progress, cancel)

        job = self._trial = self._jobs.prepare(f"Trying {spec.title}", task)
        job.done.connect(lambda sentence: self.said.emit(sentence))
        job.failed.connect(self.failed)
        job.cancelled.connect(lambda: self.said.emit("The trial was stopped."))
        job.ended.connect(self._trial_ended)
        self.busy_changed.emit()
        job.start()

    def stop_trial(self) -> None:
        if self._trial is not None:
            self._trial.cancel()

    def _trial_ended(self) -> None:
        self._trial = None
        self.busy_changed.emit()


def _checked(wish: _Wish, keys: KeyStore, env: Mapping[str, str]) -> tuple[EngineSpec | None, str]:
    """The server as an engine, and a sentence on its key. Blocks. Raises LabBenchError; then nothing was kept."""
    if not wish.address:
        if wish.on or wish.key:
            raise LabBenchError("The server's address is missing.", EXAMPLE)
        return None, ""
    plain = env.get("LABBENCH_REMOTE_HTTP") == "1"
    spec = remote(wish.address, wish.model, wish.key or "", plain_http=plain)
    note = keys.keep(spec.address, spec.key) if wish.key is not None else ""
    return remote(spec.address, wish.model, key_for(spec.address, env, keys), plain_http=plain), note
