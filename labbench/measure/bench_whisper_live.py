"""How late live text comes while the real ear listens: a clip as a microphone, words spotted, engines reading along."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from labbench.audio.ring import SharedRing
from labbench.audio.source import FileSpec
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.live.ear_process import EarProcess
from labbench.live.equipment import Equipment
from labbench.live.messages import (
    ClipSpotted,
    Closed,
    Event,
    Lost,
    Open,
    Opened,
    Refused,
    SpotClip,
    Spotted,
    Teach,
    Trouble,
)
from labbench.live.transcriber import LiveUpdate, transcribe_live
from labbench.measure.bench_whisper_material import Clip
from labbench.measure.figures import median, percentile
from labbench.measure.live_delay import Seen, delays, with_tail
from labbench.models.hosting import EngineHost
from labbench.signal.resampling import resample
from labbench.transcript.compare import error_rates
from labbench.transcript.engine import Options
from labbench.transcript.types import LiveText, Word, join
from labbench.wakeword.templates import WINDOW
from labbench.wakeword.words import WordModel

RATE = 48_000
"""Of the virtual microphone, as most real ones have it."""
READY_LIMIT_SECONDS = 180.0
_LOOK_SECONDS = 0.02


@dataclass
class Heard:
    """What came of one run: the live texts, the last of them settled; hops spotted and skipped; overruns of the sound.

    `notice` is what the engine said about its pace, "" where it keeps up.
    """

    seen: list[Seen] = field(default_factory=list)
    notice: str = ""
    hops: int = 0
    skipped: int = 0
    overruns: int = 0

    @property
    def words(self) -> Sequence[Word]:
        return self.seen[-1][1] if self.seen else ()


def live_figures(
    name: str,
    host: EngineHost,
    clip: Clip,
    beside: Sequence[EngineHost] = (),
    words: Sequence[WordModel] = (),
    equipment: Equipment | None = None,
) -> dict[str, Any]:
    """Delays and differences as `NAME_p50_s`, ..., of one run over the clip; as long as that lasts, and some seconds.

    `beside` are engines that read along, `words` what is spotted meanwhile. Raises LabBenchError.
    """
    for one in (host, *beside):
        one.load(CancelToken())
    after = host.transcribe(clip.samples, Options(), ignore_progress, CancelToken())
    heard = hear(host, clip, beside, words, equipment)
    found = delays(after.words, heard.seen)
    rates = error_rates(after.text, join(heard.words), "en")
    figures: dict[str, Any] = {
        f"{name}_p50_s": median(found) if found else None,
        f"{name}_p95_s": percentile(found, 0.95) if found else None,
        f"{name}_wer": rates.word_error_rate,
        f"{name}_words": rates.words,
        f"{name}_words_differ": rates.substitutions + rates.deletions + rates.insertions,
        f"{name}_words_unread": len(after.words) - len(found),
        f"{name}_hops": heard.hops,
        f"{name}_hops_skipped": heard.skipped,
        f"{name}_overruns": heard.overruns,
    }
    return figures | ({f"{name}_notice": heard.notice} if heard.notice else {})


def hear(
    host: EngineHost,
    clip: Clip,
    beside: Sequence[EngineHost] = (),
    words: Sequence[WordModel] = (),
    equipment: Equipment | None = None,
) -> Heard:
    """One run through a real ear process and loaded engines. Raises LabBenchError."""
    source = _as_microphone(clip)
    ear = EarProcess(equipment)
    try:
        if words:  # the model that hears them is loaded before the sound begins, as in a window that is open
            ear.send(Teach(tuple(words)))
            ear.send(SpotClip(1, np.zeros(WINDOW, np.float32)))
            _await(ear, ClipSpotted)
        ear.send(Open(source))
        return _Run(ear, _await(ear, Opened)).carry_out(host, beside)
    finally:
        ear.close()
        with suppress(OSError):
            source.path.unlink()


class _Run:
    """From the opening of the sound until all of it is text."""

    def __init__(self, ear: EarProcess, opened: Opened) -> None:
        self._ear = ear
        self._ring_name = opened.model_ring
        self._heard = Heard()
        self._began = time.monotonic()
        self._texts: list[tuple[float, LiveText]] = []

    def carry_out(self, host: EngineHost, beside: Sequence[EngineHost]) -> Heard:
        stop, cancel = CancelToken(), CancelToken()
        with (
            closing(SharedRing.attach(self._ring_name)) as ring,
            ThreadPoolExecutor(1 + len(beside), "live text") as pool,
        ):
            try:
                first = pool.submit(self._transcribe, host, self._note, stop, cancel)
                others = [pool.submit(self._transcribe, other, _ignore, stop, cancel) for other in beside]
                self._listen(ring, [first, *others])
                stop.cancel()
                settled = first.result()
                for other in others:
                    other.result()
            finally:
                cancel.cancel()
        self._note(settled)
        self._heard.seen = [(at - self._began, text.words) for at, text in self._texts]
        self._heard.notice = settled.notice
        return self._heard

    def _transcribe(
        self, host: EngineHost, note: Callable[[LiveText], None], stop: CancelToken, cancel: CancelToken
    ) -> LiveText:
        def update(live: LiveUpdate) -> None:
            note(live.text)

        return transcribe_live(host, self._ring_name, Options(), update, stop, cancel)

    def _note(self, text: LiveText) -> None:
        self._texts.append((time.monotonic(), text))

    def _listen(self, ring: SharedRing, running: Sequence[Future[LiveText]]) -> None:
        """Until the sound has ended, or an engine has failed. When it began is told by how much of it is there: the
        earliest time counts, since what is there may be told late but never early."""
        closed = False
        while not closed and not any(future.done() for future in running):
            self._ear.wait(_LOOK_SECONDS)
            self._began = min(self._began, time.monotonic() - ring.written / MODEL_RATE)
            for event in self._ear.poll():
                closed = self._take_in(event) or closed

    def _take_in(self, event: Event) -> bool:
        """Whether that was the end of the sound."""
        match event:
            case Spotted(frame):
                self._heard.hops += 1
                self._heard.skipped += frame.skipped
            case Closed(overruns=overruns, reason=reason, hint=hint):
                self._heard.overruns = overruns
                if reason:
                    raise LabBenchError(reason, hint)
                return True
            case _:
                _raise_if_wrong(event)
        return False


def _as_microphone(clip: Clip) -> FileSpec:
    path = clip.path.with_name(f"{clip.path.stem}-microphone.wav")
    soundfile.write(path, resample(with_tail(clip.samples), MODEL_RATE, RATE), RATE, subtype="PCM_16")
    return FileSpec(Path(path), "Read speech")


def _await(ear: EarProcess, kind: type[Any]) -> Any:
    deadline = time.monotonic() + READY_LIMIT_SECONDS
    while time.monotonic() < deadline:
        ear.wait(_LOOK_SECONDS)
        for event in ear.poll():
            if isinstance(event, kind):
                return event
            _raise_if_wrong(event)
    raise LabBenchError(f"The ear did not answer for {READY_LIMIT_SECONDS:.0f} s.", "Try again on a quiet machine.")


def _raise_if_wrong(event: Event) -> None:
    if isinstance(event, Refused | Lost | Trouble) and event.message:
        raise LabBenchError(event.message, event.hint)


def _ignore(text: LiveText) -> None:
    """The load's own text is of no interest."""
