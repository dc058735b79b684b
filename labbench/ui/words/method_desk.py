"""Which embedder and which scoring words are heard by: chosen, taught anew, compared, and left where it fails.

No widgets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.jobs.runner import Job
from labbench.live.embedding_link import EmbeddingHosts
from labbench.live.embedding_messages import EmbedderLoading, EmbedderLost, UseEmbedder
from labbench.live.messages import ClipSpotted, Spotted
from labbench.live.teaching_anew import Cost, TaughtAnew, cost_of, no_models, teach_anew
from labbench.live.worker import Worker
from labbench.models.embedders import EMBEDDERS, EmbedderSpec, made_by
from labbench.session.words_file import WordsFile
from labbench.ui.undo import Change
from labbench.ui.words.heard_by import Made, Method, make
from labbench.ui.words.way_desk import WayDesk
from labbench.wakeword.embedder import Frames
from labbench.wakeword.scoring import DEFAULT, SCORINGS, needs_windows
from labbench.wakeword.spotter import SpotFrame
from labbench.wakeword.words import TaughtWord, WordModel

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

WHISPER = "whisper"
MOST_MEASURED = 60
"""Hops whose cost is remembered: the last five seconds of running sound."""
State = tuple[tuple[TaughtWord, ...], Method]


@dataclass(frozen=True)
class Checkpoint:
    """A Whisper whose encoder can be used."""

    title: str
    path: Path | None


class MethodDesk(QObject):
    """Main thread. `changed` when another method holds or another cost is known, `progressed` while words are taught
    anew or an embedder loads (None: that is over). While the embedder is `loading`, or is `lost`, no word is heard."""

    changed = Signal()
    progressed = Signal(object)

    def __init__(self, bench: Bench, hosts: EmbeddingHosts, worker: Worker) -> None:
        super().__init__(bench)
        self.ways = WayDesk(bench, hosts, worker)
        self._bench = bench
        self._hosts = hosts
        self._job: Job | None = None
        self._measured: Cost | None = None
        self._fell_back = False  # since the last one was lost
        self._hops: deque[SpotFrame] = deque(maxlen=MOST_MEASURED)
        self.loading = self.lost = False
        bench.sound.happened.connect(self._happened)
        bench.sound.spotted.connect(self._spotted)
        bench.sound.clip_spotted.connect(self._clip_spotted)

    @property
    def method(self) -> Method:
        """What holds now."""
        return self._bench.teaching.heard_by.method

    @property
    def busy(self) -> bool:
        """Whether words are being taught anew."""
        return self._job is not None

    @property
    def cost(self) -> Cost | None:
        """What a hop costs with the words as they are; None before any was heard."""
        return cost_of(self._hops) or self._measured

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """What Whisper's encoder can be taken from: the models that the engines can be chosen from."""
        engines = self._bench.engines
        return [
            Checkpoint(spec.title.removeprefix("Whisper "), spec.path)
            for spec in engines.specs_for(engines.a)
            if spec.path
        ]

    def missing(self, name: str) -> str:
        """Why an embedder can't be used here and what to do; empty where it can."""
        if name == WHISPER and not self.checkpoints and not EMBEDDERS[name].missing:
            return "Whisper is not on this computer yet. Get it under Transcribe, Models."
        return EMBEDDERS[name].missing

    def apply(self, spec: EmbedderSpec, scoring: str) -> None:
        """Words are heard in this way once they have been taught anew from their takes; one thing to undo."""
        bench, now = self._bench, self.method
        same = spec == now.spec and not self.lost
        if self.busy or (same and scoring == now.scoring and self._all_scored(scoring)):
            return
        if bench.teaching.waiting:
            bench.notices.error.emit(LabBenchError("A take is on its way.", "Change the method once it is there."))
            return
        if same and (not needs_windows(scoring) or now.codes is not None or EMBEDDERS[spec.name].cohort is not None):
            self._only_score(scoring)
            return
        words = tuple(replace(word, scoring=scoring) for word in bench.teaching.words)
        self._teach(spec, words, partial(self._taught, bench.teaching.words, spec, scoring))

    def cancel(self) -> None:
        """Everything stays as it was."""
        if self._job is not None:
            self._job.cancel()

    def teach_here(self, words: Sequence[TaughtWord], then: Any) -> None:
        """Words of another embedder, taught anew by the one that holds now; `then` gets them."""
        if self.busy:
            self._bench.notices.error.emit(
                LabBenchError("Words are being taught anew.", "Try again once that is done.")
            )
            return
        self._teach(self.method.spec, tuple(words), lambda found, _: then(found.words))

    def follow(self, words: Sequence[TaughtWord]) -> None:
        """New words are scored as these are, which came from a file."""
        if words:
            self._bench.teaching.heard_by.use(replace(self.method, scoring=words[0].scoring))
            self.changed.emit()

    def adopt(self, content: WordsFile) -> None:
        """Words of a session that other weights made: hear them by those, where they are at hand. Else it is offered
        to teach them anew."""
        if self.busy:
            self.cancel()
        paths = tuple(one.path for one in self.checkpoints if one.path is not None)

        def find(progress: OnProgress, cancel: CancelToken) -> tuple[EmbedderSpec | None, Any]:
            spec = made_by(content.checksum, paths, cancel)
            scored = any(needs_windows(word.scoring) for word in content.words)
            if spec is None or not scored or EMBEDDERS[spec.name].cohort is not None:
                return spec, None
            return spec, teach_anew(self._hosts, spec, (), None, no_models, progress, cancel).codes

        self._run(f"Looking for {content.embedder}", find, partial(self._adopted, content))

    def _all_scored(self, scoring: str) -> bool:
        return all(word.scoring == scoring for word in self._bench.teaching.words)

    def _only_score(self, scoring: str) -> None:
        """The same frames, compared in another way."""
        teaching = self._bench.teaching
        before = teaching.words
        words = tuple(replace(word, scoring=scoring, threshold_set=None) for word in before)

        def made() -> None:
            if teaching.words is not before:  # they have changed in the meantime
                return self.apply(self.method.spec, scoring)
            return self._push(words, replace(self.method, scoring=scoring), None, ())

        teaching.edits.make(words, made)

    def _teach(self, spec: EmbedderSpec, words: tuple[TaughtWord, ...], then: Any) -> None:
        made: list[Made] = []
        room = self._bench.teaching.room

        def models(words: Sequence[TaughtWord], *windows: tuple[Frames, ...]) -> list[WordModel]:
            made[:] = [make(word, "", *windows) for word in words if word.templates]
            return [one.model for one in made]

        def task(progress: OnProgress, cancel: CancelToken) -> TaughtAnew:
            return teach_anew(self._hosts, spec, words, room, models, progress, cancel)

        def done(found: TaughtAnew) -> None:
            if room is not None and found.room:
                self._bench.teaching.room_windows.remember(room, found.checksum, found.room)
            then(found, [replace(one, checksum=found.checksum) for one in made])

        self._run(f"Teaching the words anew with {spec.title}", task, done)

    def _run(self, title: str, task: Any, done: Any) -> None:
        self._job = job = self._bench.jobs.prepare(title, task)
        job.progressed.connect(self.progressed)
        job.done.connect(lambda found: done(found) if self._job is job else None)
        job.failed.connect(self._bench.notices.error)
        job.ended.connect(lambda: self._ended(job))
        self.progressed.emit(Progress(0.0, None))
        self.changed.emit()
        job.start()

    def _ended(self, job: Job) -> None:
        if self._job is not job:  # another one took its place
            return
        self._job = None
        self.progressed.emit(None)
        self.changed.emit()
        if self.lost and not self._fell_back:
            self._fall_back()

    def _taught(
        self, before: tuple[TaughtWord, ...], spec: EmbedderSpec, scoring: str, found: TaughtAnew, made: Sequence[Made]
    ) -> None:
        if self._bench.teaching.words is not before:
            again = "Choose the method once more."
            self._bench.notices.error.emit(LabBenchError("The words have changed while they were taught anew.", again))
            return
        known = None if spec.is_default else (found.name, found.checksum)
        self._push(found.words, Method(spec, scoring, known, found.codes), found.cost, made)

    def _push(self, words: tuple[TaughtWord, ...], method: Method, cost: Cost | None, made: Sequence[Made]) -> None:
        bench = self._bench
        before: State = (bench.teaching.words, self.method)
        dropped = [word.name for word in bench.teaching.words if word.threshold_set is not None]
        bench.teaching.heard_by.use(self.method, made)
        text = f"Hear words by {method.spec.title}, {SCORINGS[method.scoring].name}"
        bench.undo.push(Change(text, self._put, before, (words, method)))
        self._measured = cost
        said = f"Words are heard by {method.spec.title} now: {SCORINGS[method.scoring].title}."
        if dropped:
            names = ", ".join(f"“{name}”" for name in dropped)
            said += f" Thresholds that were set by hand mean something else now and were dropped: {names}."
        bench.notices.info.emit(said)
        self.changed.emit()

    def _put(self, state: State) -> None:
        words, method = state
        teaching = self._bench.teaching
        other = method.spec != self.method.spec or self.lost
        teaching.heard_by.use(method)
        self._measured = None
        self._hops.clear()
        if other:
            self.loading = self.lost = False
            self._bench.sound.send(UseEmbedder(method.spec))
            teaching.use_room(teaching.room)
        teaching.put(words)
        if self._bench.sound.running is not None:  # what was measured so far lies on another scale
            self._bench.scores.begin()
            self._bench.scores.shown.emit()
        self.changed.emit()

    def _adopted(self, content: WordsFile, found: tuple[EmbedderSpec | None, Any]) -> None:
        spec, codes = found
        bench = self._bench
        if spec is None:
            bench.notices.offer.emit(
                f"The words were taught with a model that is not here ({content.embedder}).",
                "Teach them anew",
                lambda: self.teach_here(content.words, self._arrived),
            )
            return
        scoring = content.words[0].scoring if content.words else DEFAULT
        known = None if spec.is_default else (content.embedder, content.checksum)
        bench.teaching.keeper.keeps_aside = False
        bench.teaching.room = content.room
        self._put((content.words, Method(spec, scoring, known, codes)))
        bench.undo.clear()  # opening a session is nothing to be undone

    def _arrived(self, words: tuple[TaughtWord, ...]) -> None:
        teaching = self._bench.teaching
        teaching.load(replace(teaching.content(), words=words))

    # What the embedder does ------------------------------------------------------------------------------------------

    def _happened(self, event: object) -> None:
        if isinstance(event, EmbedderLoading) and event.spec == self.method.spec:
            self.loading = event.progress is not None
            if event.progress is not None:
                self._bench.notices.status.emit(f"{event.spec.title}: {event.progress.note or 'loading'}")
            if not self.busy:
                self.progressed.emit(event.progress)
        elif isinstance(event, EmbedderLost) and event.spec == self.method.spec:
            self.loading, self.lost, self._fell_back = False, True, False
            again = f"The words are taught with {EmbedderSpec().title} again."
            self._bench.notices.error.emit(LabBenchError(event.message, f"{event.hint} {again}"))
            if not self.busy:
                self._fall_back()

    def _fall_back(self) -> None:
        """To the embedder that listens in the ear; tried once for each that was lost."""
        self._fell_back = True
        default, scoring, words = EmbedderSpec(), self.method.scoring, self._bench.teaching.words
        wanted = tuple(replace(word, scoring=scoring) for word in words)
        self._teach(default, wanted, partial(self._taught, words, default, scoring))

    def _spotted(self, event: Spotted) -> None:
        self._hops.append(event.frame)
        if len(self._hops) in (10, MOST_MEASURED):
            self.changed.emit()

    def _clip_spotted(self, event: ClipSpotted) -> None:
        self._hops.extend(event.frames[-MOST_MEASURED:])
        self.changed.emit()
