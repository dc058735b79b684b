"""Learning from time: finds words that were nearly heard and then said again, live and in sounds that were searched.

They are left alone, offered, or learnt from unasked, as the user set it; what came of them is told and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from labbench.core.errors import LabBenchError
from labbench.live.messages import Opened
from labbench.session.learning_file import Event, Occasion
from labbench.ui.time_axis import Span
from labbench.ui.words.learner import Asked, Learner
from labbench.ui.words.learning_history import LearningHistory
from labbench.ui.words.moment_sound import Load, at_hand, load_moment, span_of, usual_seconds
from labbench.ui.words.moments import BEFORE_SECONDS, MOST_DETECTIONS, Found, all_moments, newest_moments, said_at
from labbench.wakeword.near_misses import NearMiss
from labbench.wakeword.retries import LATEST_SECONDS, repeated
from labbench.wakeword.spotter import Detection

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

LIVE_SECONDS = 45.0
"""While sound runs, moments of so long ago are listed: those whose sound is still at hand."""
MOST_LISTED = 500
ELSEWHERE = "Words, What was learnt has the others."


class Learning(QObject):
    """Looks at every sound that is searched and at every detection of running sound. Main thread.

    `changed` follows when there may be other moments to list, or something else is known of them.
    """

    changed = Signal()

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self.history = LearningHistory(bench)
        self._learner = Learner(bench, self.history)
        self._stream = ""
        bench.scores.clip_spotted.connect(lambda _: self._searched())
        bench.scores.detected.connect(self._heard)
        bench.sound.opened.connect(self._opened)
        bench.sound.closed.connect(lambda _: self.changed.emit())
        for signal in (self.history.changed, bench.scores.shown, bench.scores.decided_anew):
            signal.connect(self.changed)

    # What there is ----------------------------------------------------------------------------------------------------

    @property
    def place(self) -> str:
        """Which sound the moments of now belong to: a recording's name, or when it was listened to."""
        sound, shown = self._bench.sound, self._bench.shown.recording
        return shown.name if sound.running is None and shown is not None else self._stream

    def found(self, word: str | None = None) -> list[Found]:
        """Near misses and lone hops of the shown sound, of one word or of all; of running sound the newest.

        Of very many the nearest are given. In order of time.
        """
        scores, place = self._bench.scores, self.place
        live = self._bench.sound.running is not None
        misses, lone = newest_moments(scores, LIVE_SECONDS) if live else all_moments(scores)
        again = {id(miss): heard.start for miss, heard in repeated(misses, scores.detections)}
        thresholds = dict(scores.words)
        every = [
            *(Found(one.word, one.at_s, one.distance, one.threshold, again.get(id(one))) for one in misses),
            *(Found(one.word, one.at_s, one.distance, thresholds[one.word], lone=True) for one in lone),
        ]
        nearest = sorted((one for one in every if word in (None, one.word)), key=lambda one: one.above)[:MOST_LISTED]
        known = [replace(one, entry=self.history.about(Occasion(one.word, place, one.at_s))) for one in nearest]
        return sorted(known, key=lambda one: one.at_s)

    def span(self, name: str, at_s: float) -> Span:
        """Where the word lies that came near in the window that ended at `at_s`, with what is around it."""
        return span_of(said_at(self._bench.scores, name, at_s), usual_seconds(self._bench.teaching.word(name)))

    def play(self, found: Found) -> None:
        """Let the moment be heard."""
        bench, span = self._bench, self.span(found.word, found.at_s)
        recording = bench.shown.recording
        if bench.busy:
            bench.notices.error.emit(LabBenchError("What runs can't be played yet.", "Stop it first."))
        elif recording is not None:
            bench.playback.play(recording.path, recording.rate, span[0], min(span[1], recording.seconds))
        else:
            try:
                bench.playback.play_samples(at_hand(bench, span), bench.view.rate)
            except LabBenchError as error:
                bench.notices.error.emit(error)

    def show(self, found: Found) -> None:
        """Select the moment in the views."""
        axis, span = self._bench.axis, self.span(found.word, found.at_s)
        axis.reveal(*span)
        axis.place_cursor(span[0])
        axis.select(span)

    # What is made of it -----------------------------------------------------------------------------------------------

    def learn(self, found: Found) -> None:
        """Make a take of the moment at which a word was nearly heard; whether it is learnt is decided then."""
        load = self._load(found)
        if load is not None:
            moment = Occasion(found.word, self.place, found.at_s)
            self._learner.learn(Asked(moment, again=self._again(found.word, found.heard_s)), load)

    def not_this(self, found: Found) -> None:
        """What came near is not the word: from now on sound like it is kept apart."""
        load = self._load(found)
        if load is not None:
            moment, word = Occasion(found.word, self.place, found.at_s), self._bench.teaching.word(found.word)
            self._bench.words.takes.keep_apart(moment, load, usual_seconds(word))

    def _load(self, found: NearMiss | Found) -> Load | None:
        """The sound of it; None where that is gone, which is told."""
        try:
            return load_moment(self._bench, self.span(found.word, found.at_s))
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
            return None

    def _again(self, name: str, heard_s: float | None) -> Callable[[], Load] | None:
        """The sound of the word that was heard to begin at `heard_s`; None where it was not said again."""
        if heard_s is None:
            return None
        seconds = usual_seconds(self._bench.teaching.word(name))
        return lambda: load_moment(self._bench, span_of(heard_s + seconds, seconds))

    def noted(self, what: Event, moment: Occasion, before: float | None = None, after: float | None = None) -> None:
        """What was just done to a word, and can be undone: for the history."""
        self.history.add(what, moment, rates=(before, after), undoable=True)

    # When something is found ------------------------------------------------------------------------------------------

    def _opened(self, event: Opened) -> None:
        """What is only listened to has no number in the session."""
        now = f"listened {datetime.now():%Y-%m-%d %H.%M.%S}"
        self._stream = event.record_to.stem if event.record_to is not None else now
        self.changed.emit()

    def _searched(self) -> None:
        scores = self._bench.scores
        if self._bench.settings.near_misses != "off":
            self._propose(repeated(scores.near_misses, scores.detections))
        self.changed.emit()

    def _heard(self, detections: Sequence[Detection]) -> None:
        """Running sound: only what the newest detections may explain is looked at."""
        if self._bench.settings.near_misses != "off":
            misses, _ = newest_moments(self._bench.scores, LATEST_SECONDS + BEFORE_SECONDS)
            pairs = repeated(misses, self._bench.scores.detections[-MOST_DETECTIONS:])
            self._propose([(miss, heard) for miss, heard in pairs if heard in detections])
        self.changed.emit()

    def _propose(self, pairs: Sequence[tuple[NearMiss, Detection]]) -> None:
        """Offer the first one that nobody was asked about, or learn from all of which nothing has come yet."""
        place, history = self.place, self.history
        moments = [(Occasion(miss.word, place, miss.at_s), miss, heard) for miss, heard in pairs]
        if self._bench.settings.near_misses == "take":
            new = [one for one in moments if history.about(one[0]) is None and not self._learner.works_on(one[0])]
            for moment, miss, heard in new:
                if (load := self._load(miss)) is not None:
                    again = self._again(miss.word, heard.start)
                    self._learner.learn(Asked(moment, unasked=True, again=again), load)
            return
        new = [one for one in moments if not history.was_offered(one[0])]
        if new and (load := self._load(new[0][1])) is not None:
            moment, miss, heard = new[0]
            history.offer(moment)
            self._bench.notices.offer.emit(
                f"“{miss.word}” was nearly heard at {miss.at_s:.1f} s and said again at {heard.start:.1f} s. "
                "Was the first one meant as well?" + (f" {ELSEWHERE}" if len(new) > 1 else ""),
                "Learn from it",
                partial(self._learner.learn, Asked(moment, again=self._again(miss.word, heard.start)), load),
            )
