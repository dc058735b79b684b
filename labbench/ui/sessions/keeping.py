"""What is kept of the shown recording: gathered from the parts of the bench, and given back to them. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from labbench.core.errors import LabBenchError
from labbench.session.recordings import Recording
from labbench.session.results import Label, ModelNote, Results, Scores, StoredTranscript, ViewState
from labbench.session.words_file import load_words
from labbench.transcript.types import Transcript
from labbench.ui.transcripts.transcribing import EngineSlot, EngineState
from labbench.ui.words.heard_by import scorings_of
from labbench.ui.words.hops import Hops

if TYPE_CHECKING:
    from labbench.ui.bench import Bench


MANY_WORDS, MANY_ROWS = 3000, 10_000
"""Half an hour of speech, or of distances to taught words, which take some 20 ms to draw."""

STEP_MS = 2
"""Between steps of drawing; with none at all Qt would do them in one go."""


class Keeping(QObject):
    """Everything new about the shown recording is written soon after. `restored` gives what was known of one."""

    restored = Signal(object)
    labels_changed = Signal()
    reference_changed = Signal()

    def __init__(self, bench: Bench, identity: Callable[[], tuple[str, str]]) -> None:
        super().__init__(bench)
        self._bench = bench
        self._identity = identity
        self._models: dict[EngineSlot, StoredTranscript] = {}
        self.labels: tuple[Label, ...] = ()
        self.reference: StoredTranscript | None = None
        self.spectrogram = ViewState().spectrogram
        self._to_draw: list[Callable[[], None]] = []
        self._waiting: Scores | None = None  # of those to be drawn
        self._gathered: tuple[tuple[object, ...], Scores | None] | None = None  # hours of distances, put together once
        bench.desk.collect_from(self.collect)
        for slot in bench.engines.slots:
            slot.transcribed.connect(lambda transcript, slot=slot: self._transcribed(slot, transcript))
        for signal in (bench.axis.selection_changed, bench.axis.cursor_changed):
            signal.connect(lambda _: bench.desk.changed())
        bench.axis.range_changed.connect(lambda *_: bench.desk.changed())
        bench.scores.clip_spotted.connect(lambda _: bench.desk.changed())
        bench.scores.decided_anew.connect(bench.desk.changed)

    @property
    def matches(self) -> bool:
        """Whether the distances that are shown were made with the words as they are now."""
        return self._bench.scores.templates == self._bench.teaching.templates

    def begin(self, recording: Recording) -> None:
        """A recording that has just ended: its distances came while it ran."""
        self.forget()
        self._bench.desk.changed()

    def forget(self) -> None:
        """Nothing is known of what is shown."""
        self.labels, self.reference = (), None
        self._models.clear()
        self._to_draw, self._waiting = [], None
        self.labels_changed.emit()
        self.reference_changed.emit()

    @property
    def restoring(self) -> bool:
        """Whether something of the recording that is shown is still to be drawn."""
        return bool(self._to_draw)

    def restore(self, recording: Recording, known: Results) -> None:
        """Draw a recording again as it was left; no model is needed.

        Of hours of sound, words and distances follow one after the other, so that the window answers in between.
        """
        bench = self._bench
        kept = dict(zip(bench.engines.slots, (known.transcript_a, known.transcript_b), strict=True))
        self._models = {slot: stored for slot, stored in kept.items() if stored is not None}
        self.labels, self.reference = known.labels or (), known.reference
        for slot in kept:
            slot.cancel()  # what is still made of another sound
        bench.scores.stop()
        self._to_draw = [
            *(partial(self._draw_transcript, slot, stored) for slot, stored in kept.items()),
            partial(self._draw_scores, known.scores),
        ]
        if _is_large(known):
            for slot in kept:
                slot.show(None)
            bench.scores.show([], (), ())
            self._waiting = known.scores
            QTimer.singleShot(STEP_MS, self, lambda: self._draw_next(recording))
        else:
            while self._to_draw:
                self._to_draw.pop(0)()
        if known.view is not None:
            if known.view.visible is not None:
                bench.axis.show(*known.view.visible)
            bench.axis.select(known.view.selection)
            bench.axis.place_cursor(known.view.cursor)
        self.restored.emit(known)
        self.labels_changed.emit()
        self.reference_changed.emit()

    def _draw_next(self, recording: Recording) -> None:
        if self._bench.desk.shown != recording or not self._to_draw:  # another sound came, or begins
            return
        self._to_draw.pop(0)()
        QTimer.singleShot(STEP_MS, self, lambda: self._draw_next(recording))

    def _draw_transcript(self, slot: EngineSlot, stored: StoredTranscript | None) -> None:
        if self._models.get(slot) is stored and slot.state is EngineState.IDLE:  # else a newer one has come, or comes
            slot.show(stored.transcript if stored is not None else None)

    def _draw_scores(self, scores: Scores | None) -> None:
        self._waiting = None
        if self._bench.scores.running:  # they are made anew
            return
        if scores is not None:
            self._restore_scores(scores)
        else:
            self._bench.scores.show([], (), ())

    def load_words(self) -> None:
        """The words of a session that was opened, in place of those of the last one."""
        bench = self._bench
        path = bench.desk.session.words_path
        bench.teaching.forget_all()
        bench.teaching.keeper.keeps_aside = False
        if not path.exists():
            return
        try:
            content = load_words(path)
        except LabBenchError as error:
            bench.teaching.keeper.keeps_aside = True
            bench.notices.error.emit(error)
            return
        if content.checksum == self._identity()[1]:
            bench.teaching.load(content)
            bench.words.method.follow(content.words)
            bench.undo.clear()  # opening a session is nothing to be undone
        else:
            bench.teaching.keeper.keeps_aside = True
            bench.words.method.adopt(content)

    def stored(self, slot: EngineSlot) -> StoredTranscript | None:
        """What is kept of an engine's transcript, with the model that made it."""
        return self._models.get(slot)

    def put_transcript(self, slot: EngineSlot, recording: Recording | None, stored: StoredTranscript | None) -> None:
        """Another transcript of that recording, if it is still shown."""
        if recording is None or self._bench.desk.shown != recording:
            return
        stored = self._bench.preferences.blocking.clean_stored(stored)
        if stored is None:
            self._models.pop(slot, None)
        else:
            self._models[slot] = stored
        slot.show(stored.transcript if stored is not None else None)
        self._bench.desk.changed()

    def scrub(self, clean: Callable[[StoredTranscript | None], StoredTranscript | None]) -> None:
        """What is blocked by now goes from what is kept, too."""
        before = (dict(self._models), self.reference)
        self._models = {slot: clean(stored) or stored for slot, stored in self._models.items()}
        reference = clean(self.reference)
        if reference is not self.reference:
            self.reference = reference
            self.reference_changed.emit()
        if before != (self._models, self.reference):
            self._bench.desk.changed()

    def set_labels(self, labels: tuple[Label, ...]) -> None:
        """Other labels, in order of time."""
        self.labels = tuple(sorted(labels, key=lambda label: (label.start, label.end)))
        self.labels_changed.emit()
        self._bench.desk.changed()

    def set_reference(self, stored: StoredTranscript | None) -> None:
        """What was really said in the shown recording."""
        self.reference = self._bench.preferences.blocking.clean_stored(stored)
        self.reference_changed.emit()
        self._bench.desk.changed()

    def collect(self) -> Results:
        """All that is known now."""
        bench = self._bench
        axis = bench.axis
        a, b = (self._models.get(slot) for slot in bench.engines.slots)
        view = ViewState(axis.selection, axis.view, axis.cursor, self.spectrogram)
        return Results(a, b, self._waiting or self._scores(), view, self.labels, self.reference)

    def _scores(self) -> Scores | None:
        state = self._state()
        if self._gathered is not None and _same(state, self._gathered[0]):
            return self._gathered[1]
        found = self._gather()
        self._gathered = (state, found)
        return found

    def _state(self) -> tuple[object, ...]:
        """What differs as soon as scores do."""
        scores = self._bench.scores
        return (scores.frames, len(scores.frames), scores.detections, len(scores.detections), list(scores.words))

    def _gather(self) -> Scores | None:
        scores = self._bench.scores
        words = scores.words
        frames = [frame for frame in scores.frames if len(frame.distances) == len(words)]
        if not words or not frames:
            return None
        names, thresholds = [name for name, _ in words], [threshold for _, threshold in words]
        return Scores.of(names, thresholds, frames, scores.detections, self._made_by())

    def _made_by(self) -> ModelNote:
        """What the shown distances were made by, as far as that is known."""
        heard = self._bench.scores.templates or self._bench.teaching.templates
        if not heard:
            return ModelNote(self._identity()[0], "", self._identity()[1])
        return ModelNote(heard[0].embedder, scorings_of(heard), heard[0].checksum)

    def _restore_scores(self, scores: Scores) -> None:
        teaching = self._bench.teaching
        words = list(zip(scores.words, scores.thresholds, strict=True))
        hops = Hops(scores.index, scores.distances.astype(np.float64), scores.muted)
        self._bench.scores.show(words, scores.frames(), scores.detections, hops)
        self._gathered = (self._state(), scores)  # what was read need not be put together again
        now = [name for name, _ in teaching.live_words]
        made_by, heard = scores.embedder, teaching.templates
        present = [(one.checksum, scorings_of(heard)) for one in heard[:1]]
        same = not made_by.checksum or [(made_by.checksum, made_by.version)] == present
        if (now == list(scores.words) and same) or not now:
            self._bench.scores.templates = teaching.templates
        elif now == list(scores.words):
            self._bench.reading.search_soon()

    def _transcribed(self, slot: EngineSlot, transcript: Transcript) -> None:
        host = slot.host
        checksum = host.info.checksum if host is not None and host.info is not None else ""
        library = "openai-whisper" if slot.spec.is_whisper else "moonshine-voice"
        version = "" if slot.spec.is_remote else f"{library} {_version(library)}"
        note = ModelNote(slot.spec.name, version, checksum)
        self._models[slot] = StoredTranscript(transcript, note, slot.language)
        self._bench.desk.changed()


def _is_large(known: Results) -> bool:
    """Whether drawing it takes so long that somebody would notice."""
    transcripts = [stored.transcript for stored in (known.transcript_a, known.transcript_b) if stored is not None]
    words = sum(len(segment.words) for transcript in transcripts for segment in transcript.segments)
    return words > MANY_WORDS or (known.scores is not None and len(known.scores.index) > MANY_ROWS)


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """The very same lists, as long as they were, and equal words."""
    return all(a is b or (isinstance(a, int) and a == b) for a, b in zip(one[:4], other[:4], strict=True)) and (
        one[4] == other[4]
    )


def _version(library: str) -> str:
    from importlib import metadata  # late: a window that is being opened need not wait for it

    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return ""
