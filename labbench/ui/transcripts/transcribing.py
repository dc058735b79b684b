"""The state of transcription in the window: two engines on the same sound, live and after. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.jobs.runner import Job, JobRunner
from labbench.live.transcriber import LiveUpdate, transcribe_live
from labbench.models.engines import EngineSpec
from labbench.models.hosting import EngineHost
from labbench.transcript.engine import Options, Partial
from labbench.transcript.guard import scrub, scrub_live
from labbench.transcript.types import LiveText, Transcript, Word

LoadSamples = Callable[[OnProgress, CancelToken], NDArray[np.float32]]
Combine = Callable[[Transcript], Transcript]
MakeHost = Callable[[EngineSpec], EngineHost]


class EngineState(Enum):
    """What an engine slot is doing."""

    IDLE = "idle"
    LISTENING = "listening"
    TRANSCRIBING = "transcribing"


@dataclass
class _Work:
    """What a slot is doing: a live job with the token that ends it in good order, or a job on a whole clip."""

    job: Job
    stop: CancelToken | None = None
    partial: Transcript | None = None


class EngineSlot(QObject):
    """One of the two engines: its host, its running job, its text. Signals say what changed; all in the main thread.

    Where its weights are missing (`EngineSpec.is_missing`), whatever it is asked to read is left unread.
    """

    chosen = Signal(object)
    live_text = Signal(object)
    transcribed = Signal(object)
    progressed = Signal(object)
    state_changed = Signal(object)
    trouble = Signal(object)
    _updated = Signal(object)

    restored = Signal(object)
    language_changed = Signal()

    def __init__(self, spec: EngineSpec, make_host: MakeHost, jobs: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self._make_host = make_host
        self._jobs = jobs
        self._host: EngineHost | None = None
        self._work: _Work | None = None
        self._after: LoadSamples | None = None
        self.transcript: Transcript | None = None
        self.options = Options()
        """For what is transcribed from now on."""
        self._updated.connect(self._live_update)
        self._live: LiveUpdate | None = None
        self._live_options = self.options

    @property
    def language(self) -> str | None:
        """A code such as "en"; None lets the model decide."""
        return self.options.language

    @language.setter
    def language(self, code: str | None) -> None:
        self.use(replace(self.options, language=code))

    @property
    def words(self) -> tuple[Word, ...]:
        """All words so far: of what is being transcribed, of the transcript, or of running sound."""
        if self._work is not None and self._work.partial is not None:
            return self._work.partial.words
        if self.transcript is not None:
            return self.transcript.words
        return self._live.text.words if self._live is not None else ()

    @property
    def state(self) -> EngineState:
        if self._work is None:
            return EngineState.IDLE
        return EngineState.LISTENING if self._work.stop is not None else EngineState.TRANSCRIBING

    @property
    def host(self) -> EngineHost | None:
        """The host in use, None before the first job."""
        return self._host

    def choose(self, spec: EngineSpec, host: EngineHost | None = None) -> None:
        """Use another engine from the next job on, in `host` if it is loaded already; what runs is cancelled."""
        if spec == self.spec and host is None:
            return
        self.cancel()
        old, self._host = self._host, None
        if old is not None:
            job = self._jobs.prepare(f"Closing {old.spec.title}", lambda _progress, _cancel: old.close())
            job.start()
        self.spec, self._host = spec, host
        self.chosen.emit(spec)

    def warm_up(self) -> None:
        """Load the engine before it is needed; a failure is told when it is used."""
        if self.spec.is_missing:
            return
        host = self._need_host()
        self._jobs.prepare(f"Loading {self.spec.title}", lambda _progress, cancel: host.load(cancel)).start()

    def listen(self, ring_name: str) -> None:
        """Transcribe running sound until `stop_listening`; partial text comes by `live_text`."""
        self.cancel()
        self.transcript = None
        if self.spec.is_missing:
            return
        host, stop, options = self._need_host(), CancelToken(), self.options
        self._live, self._live_options = None, options

        def task(_: OnProgress, cancel: CancelToken) -> LiveText:
            return transcribe_live(host, ring_name, options, self._updated.emit, stop, cancel)

        work = _Work(self._jobs.prepare(f"{self.spec.title} listens", task), stop)
        work.job.done.connect(lambda text: self._live_update(LiveUpdate(text, 0.0)) if self._work is work else None)
        self._begin(work)

    def stop_listening(self, then: LoadSamples | None = None) -> None:
        """The sound has ended: the rest of it is heard, and then the whole of it, from `then`, is transcribed."""
        work = self._work
        if work is not None and work.stop is not None:
            self._after = then
            work.stop.cancel()
        elif then is not None:
            self.transcribe(then)

    def show(self, transcript: Transcript | None) -> None:
        """A transcript that was made before, in place of what is shown; `restored` follows."""
        self.cancel()
        self.transcript = self._clean(transcript) if transcript is not None else None
        self.restored.emit(self.transcript)

    def use(self, options: Options) -> None:
        """For what is transcribed from now on; what is blocked now goes from what is shown, too.

        `restored` follows where that changes anything; who keeps transcripts scrubs what is kept.
        """
        before, self.options = self.options, options
        newly = options.blocked != before.blocked
        if options.language != before.language:
            self.language_changed.emit()
        if newly and self.transcript is not None:
            transcript = self._clean(self.transcript)
            if transcript is not self.transcript:
                self.transcript = transcript
                self.restored.emit(transcript)
        if newly and self._live is not None and self.state is EngineState.LISTENING:
            self._live_update(self._live)

    def transcribe(
        self,
        load: LoadSamples,
        combine: Combine | None = None,
        then: Callable[[], None] = lambda: None,
        stopped: Transcript | None = None,
    ) -> None:
        """Transcribe what `load` gives, or what a `stopped` transcript lacks of it.

        `progressed` brings text as it comes; `transcribed` follows with what `combine` makes of all, and last `then`.
        """
        self.cancel()
        if self.spec.is_missing:
            return
        host, options = self._need_host(), self.options

        def task(progress: OnProgress, cancel: CancelToken) -> Transcript:
            return host.transcribe(load(progress, cancel), options, progress, cancel, stopped)

        def done(transcript: Transcript) -> None:
            if self._work is work:  # else it was cancelled when it had just ended: another sound may be shown by now
                self._transcribed(self._clean(combine(transcript) if combine is not None else transcript))
                then()

        def progressed(progress: Progress) -> None:
            if self._work is work and isinstance(progress, Partial) and progress.transcript is not None:
                found = progress.transcript
                heard = progress.done if found.heard is None else found.heard
                if combine is not None or self.options.blocked != options.blocked:  # else its host saw to it
                    found = self._clean(combine(found) if combine is not None else found)
                work.partial = replace(found, heard=heard)
                progress = replace(progress, transcript=work.partial)
            self.progressed.emit(progress)

        work = _Work(self._jobs.prepare(f"{self.spec.title} transcribes", task))
        work.job.done.connect(done)
        work.job.progressed.connect(progressed)
        self._begin(work)

    def stop(self) -> Transcript | None:
        """Stop transcribing; `transcribed` follows with what is kept: the text so far, which `go_on` continues.

        Where there was a whole transcript before, that one is kept, and None is returned.
        """
        partial, before = self._work.partial if self._work is not None else None, self.transcript
        self.cancel()
        whole = before is not None and before.heard is None
        if partial is None or whole:
            if before is not None:
                self.restored.emit(before)
            return None
        self._transcribed(partial)
        return partial

    def go_on(self, load: LoadSamples) -> None:
        """Transcribe the rest of what was stopped; nothing where all of it is there."""
        stopped = self.transcript
        if stopped is not None and stopped.heard is not None:
            self.transcribe(load, stopped=stopped)

    def cancel(self) -> None:
        """Stop what runs, without a result."""
        work, self._work, self._after, self._live = self._work, None, None, None
        if work is not None:
            work.job.cancel()
            self.state_changed.emit(EngineState.IDLE)

    def close(self) -> None:
        """End with the window, once no job of this slot runs any more."""
        if self._host is not None:
            self._host.close()

    def _begin(self, work: _Work) -> None:
        self._work = work
        work.job.failed.connect(lambda error: self._failed(work, error))
        work.job.ended.connect(lambda: self._ended(work))
        work.job.start()
        self.state_changed.emit(self.state)

    def _ended(self, work: _Work) -> None:
        if self._work is not work:  # was cancelled, and something else runs by now
            return
        self._work = None
        after, self._after = self._after, None
        if after is not None:
            self.transcribe(after)
        else:
            self.state_changed.emit(self.state)

    def _failed(self, work: _Work, error: LabBenchError) -> None:
        if self._work is work:
            self.trouble.emit(error)

    def _live_update(self, update: LiveUpdate) -> None:
        if self._work is None or self._work.stop is None:
            return
        if self.options.blocked != self._live_options.blocked:
            try:
                update = replace(update, text=scrub_live(update.text, self.options.blocked))
            except LabBenchError as error:
                self.trouble.emit(error)
                return
        self._live = update
        self.live_text.emit(update)

    def _clean(self, transcript: Transcript) -> Transcript:
        """Without what is blocked by now: a list may be younger than a job, and words may meet that were apart."""
        try:
            return scrub(transcript, self.options.blocked)
        except LabBenchError as error:  # it can't be searched, so that it is held back
            self.trouble.emit(error)
            return replace(transcript, segments=())

    def _transcribed(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.transcribed.emit(transcript)

    def _need_host(self) -> EngineHost:
        if self._host is None:
            self._host = self._make_host(self.spec)
        return self._host
