"""A beside B while they change: their words in columns, and how each of them did. No widgets."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from labbench.core.progress import Progress
from labbench.live.transcriber import LiveUpdate
from labbench.transcript.compare import ErrorRates, error_rates
from labbench.transcript.engine import Partial
from labbench.transcript.types import Transcript, Word
from labbench.ui.latest import Latest
from labbench.ui.transcripts.aligned_layout import Aligned, align
from labbench.ui.transcripts.transcribing import EngineSlot, EngineState

if TYPE_CHECKING:
    from labbench.models.hosting import EngineHost
    from labbench.ui.bench import Bench

FIGURES_TIP = (
    "WER, CER: how many words and letters are wrong against what was really said, once that is known. RTF: seconds of "
    "computing for a second of sound. First: when the first text came, the engine being loaded. MB: its memory."
)
SOON_MS = 40
"""Several news in a row are compared once."""
LITTLE = 600
"""Words that are compared in a few milliseconds; more are left to a job."""


@dataclass(frozen=True)
class Figures:
    """How one engine did, None where that is not known: seconds until its first text, memory of its process in MB."""

    rates: ErrorRates | None = None
    real_time_factor: float | None = None
    first_text: float | None = None
    memory: float | None = None

    @property
    def text(self) -> str:
        """In a line, for people."""
        told = []
        if self.rates is not None and self.rates.word_error_rate is not None:
            letters = self.rates.character_error_rate or 0.0
            told.append(f"WER {self.rates.word_error_rate:.0%} CER {letters:.0%}")
        if self.real_time_factor:
            told.append(f"RTF {self.real_time_factor:.2f}")
        if self.first_text is not None:
            told.append(f"first {self.first_text:.1f} s")
        if self.memory is not None:
            told.append(f"{self.memory:.0f} MB")
        return " · ".join(told)


@dataclass(frozen=True)
class Comparison:
    """The words in columns, and the figures of A and B."""

    aligned: Aligned = field(default_factory=Aligned)
    figures: tuple[Figures, Figures] = (Figures(), Figures())


class _Watch:
    """One engine: the words it has so far, and how long it took to say the first. Main thread."""

    def __init__(self) -> None:
        self.words: tuple[Word, ...] = ()
        self.transcript: Transcript | None = None
        self.first_text: float | None = None
        self._begun: float | None = None

    def state(self, host: EngineHost | None, state: EngineState) -> None:
        """Only what a loaded engine takes is measured: loading is another matter."""
        loaded = host is not None and host.info is not None
        if state is EngineState.TRANSCRIBING:
            self.first_text, self._begun = None, time.monotonic() if loaded else None

    def show(self, words: tuple[Word, ...], transcript: Transcript | None) -> None:
        if words and self._begun is not None:
            self.first_text, self._begun = time.monotonic() - self._begun, None
        self.words, self.transcript = words, transcript

    def forget(self) -> None:
        self.words, self.transcript, self.first_text, self._begun = (), None, None, None


class Comparing(QObject):
    """While it is `wanted`, `changed` gives the newest Comparison soon after a text, or what was said, has changed."""

    changed = Signal(object)

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._latest = Latest(bench.jobs, "Comparing A with B", bench.notices.error.emit)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._compare)
        self._wanted = False
        self._watches = {slot: _Watch() for slot in bench.engines.slots}
        for slot in bench.engines.slots:
            slot.live_text.connect(partial(self._live, slot))
            slot.progressed.connect(partial(self._progressed, slot))
            slot.transcribed.connect(partial(self._whole, slot))
            slot.restored.connect(partial(self._restored, slot))
            slot.state_changed.connect(partial(self._state, slot))
        bench.keeping.reference_changed.connect(self._news)
        bench.sound_changed.connect(lambda _: self._forget())

    @property
    def wanted(self) -> bool:
        return self._wanted

    @wanted.setter
    def wanted(self, wanted: bool) -> None:
        self._wanted = wanted
        if wanted:
            self._compare()
        else:
            self._soon.stop()
            self._latest.give_up()

    def _news(self) -> None:
        if self._wanted and not self._soon.isActive():
            self._soon.start()

    def _live(self, slot: EngineSlot, update: LiveUpdate) -> None:
        self._watches[slot].show(update.text.words, None)
        self._news()

    def _progressed(self, slot: EngineSlot, progress: Progress) -> None:
        if isinstance(progress, Partial) and progress.transcript is not None:
            self._watches[slot].show(progress.transcript.words, None)
            self._news()

    def _whole(self, slot: EngineSlot, transcript: Transcript) -> None:
        self._watches[slot].show(transcript.words, transcript)
        self._news()

    def _restored(self, slot: EngineSlot, transcript: Transcript | None) -> None:
        self._watches[slot].forget()
        if transcript is not None:
            self._watches[slot].show(transcript.words, transcript)
        self._news()

    def _state(self, slot: EngineSlot, state: EngineState) -> None:
        self._watches[slot].state(slot.host, state)

    def _forget(self) -> None:
        for watch in self._watches.values():
            watch.forget()
        self._news()

    def _compare(self) -> None:
        a, b = (self._watches[slot] for slot in self._bench.engines.slots)
        reference = self._bench.reference.transcript
        memory = [_memory(slot.host) for slot in self._bench.engines.slots]
        words = (a.words, b.words)
        known = [(watch.transcript, watch.first_text, mb) for watch, mb in zip((a, b), memory, strict=True)]

        def work() -> Comparison:
            found = align(*words, None if reference is None else reference.words)
            mine, its = (_figures(transcript, reference, first, mb) for transcript, first, mb in known)
            return Comparison(found, (mine, its))

        little = max(map(len, words)) + (len(reference.words) if reference is not None else 0) < LITTLE
        self._latest.ask(work, self.changed.emit, little=little)


def _figures(
    transcript: Transcript | None, reference: Transcript | None, first: float | None, memory: float | None
) -> Figures:
    """Any thread. Raises LabBenchError."""
    if transcript is None:
        return Figures(memory=memory)
    rates = None if reference is None else error_rates(reference.text, transcript.text, reference.language)
    return Figures(rates, transcript.real_time_factor or None, first, memory)


def _memory(host: EngineHost | None) -> float | None:
    """Of a host in a process of its own."""
    import psutil  # late: a window that is being opened need not wait for it

    pid = getattr(host, "pid", None)
    if pid is None:
        return None
    try:
        return float(psutil.Process(pid).memory_info().rss) / 1e6
    except psutil.Error:
        return None
