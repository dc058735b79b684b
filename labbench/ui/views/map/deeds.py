"""What can be done with points of the map: hear them, see them in the signal, teach with them. No widgets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.ui.time_axis import Span
from labbench.ui.views.map.scene import Kind, MapScene, Ring, Spot
from labbench.ui.words.moment_sound import load_moment, usual_seconds
from labbench.ui.words.moments import Found, said_at
from labbench.wakeword.landmarks import Landmark
from labbench.wakeword.templates import WINDOW
from labbench.wakeword.words import Take

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

APART_SECONDS = 1.2
"""Moments that are closer together hear the same utterance."""
MOST_AT_ONCE = 8
"""So many utterances of a selection are learnt from: those that lie nearest to the word."""
EDGE_SECONDS = 0.1
"""Around a word that is cut out of running speech."""


class MapDeeds(QObject):
    """Everything that teaches can be undone. Main thread."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench

    def take_of(self, landmark: Landmark) -> Take | None:
        """The take, or counter-example, as it is now; None where it is gone."""
        place = self._place(landmark)
        word = self._bench.teaching.word(landmark.word)
        if place is None or word is None:
            return None
        return (word.against if landmark.against else word.takes)[place]

    def pick(self, scene: MapScene, spot: Spot) -> None:
        """Hear a point; a moment is selected in the signal as well."""
        if spot.kind is Kind.TAKE:
            take = self.take_of(scene.chart.landmarks[spot.number])
            if take is not None:
                self._bench.words.play_take(take)
        elif spot.kind is Kind.MOMENT:
            self._show(self.span(scene, spot.number))

    def span(self, scene: MapScene, row: int) -> Span:
        """What is heard of a moment: the word where one was recognised or nearly was, else all that was compared."""
        ring, end = scene.ring_at(row), scene.seconds(row)
        if ring is None:
            return max(0.0, end - WINDOW / MODEL_RATE), end
        return self._word_span(ring.word, ring)

    def _word_span(self, word: str, ring: Ring) -> Span:
        return ring.span if ring.span is not None else self._bench.words.learning.span(word, ring.at_s)

    def _show(self, span: Span) -> None:
        bench = self._bench
        bench.axis.reveal(*span)
        bench.axis.select(span)
        recording = bench.shown.recording
        if bench.busy:
            bench.notices.status.emit("It is selected in the signal. What runs can't be played yet: stop it first.")
        elif recording is not None:
            bench.playback.play(recording.path, recording.rate, span[0], min(span[1], recording.seconds))

    # Teaching ---------------------------------------------------------------------------------------------------------

    def leave_out(self, landmarks: Iterable[Landmark]) -> None:
        """These takes do not count any more."""
        for landmark in landmarks:
            place = self._place(landmark)
            if place is None:
                continue
            if landmark.against:
                self._bench.words.takes.forget_counter_example(landmark.word, place)
            else:
                self._bench.words.takes.exclude(landmark.word, place, True)

    def use_as_takes(self, scene: MapScene, rows: Iterable[int], word: str) -> None:
        """Each utterance that these moments hear is a take of `word`."""
        for found in self.utterances(scene, rows, word):
            try:
                load = load_moment(self._bench, self._exact(scene, found))
            except LabBenchError as error:
                self._bench.notices.error.emit(error)
                return
            self._bench.teaching.teach_later(word, f"{found.at_s:.1f} s", load)

    def keep_apart(self, scene: MapScene, rows: Iterable[int], word: str) -> None:
        """None of what these moments hear is `word`."""
        for found in self.utterances(scene, rows, word):
            self._bench.words.learning.not_this(found)

    def utterances(self, scene: MapScene, rows: Iterable[int], word: str) -> list[Found]:
        """One moment for each utterance, in order of time: that at which `word` lies nearest."""
        numbers = [n for n in scene.chart.watched if scene.chart.landmarks[n].word == word]
        columns = [place for place, n in enumerate(scene.chart.watched) if n in numbers]
        rows = sorted(rows)
        if not rows:
            return []
        distances = scene.moments.distances[rows]
        near = (distances[:, columns] if columns else distances).min(axis=1)
        threshold = dict(self._bench.teaching.live_words).get(word, 0.0)
        found: list[Found] = []
        for number in np.argsort(near, kind="stable").tolist():
            at = scene.seconds(rows[number])
            if all(abs(one.at_s - at) >= APART_SECONDS for one in found):
                found.append(Found(word, at, float(near[number]), threshold))
        return sorted(found[:MOST_AT_ONCE], key=lambda one: one.at_s)

    def _exact(self, scene: MapScene, found: Found) -> Span:
        """Where the word itself lies in a moment, as nearly as that is known."""
        row = scene.row_at(found.at_s)
        ring = scene.ring_at(row) if row is not None else None
        if ring is not None and ring.span is not None:
            start, stop = ring.span
        else:
            stop = said_at(self._bench.scores, found.word, found.at_s)
            start = stop - usual_seconds(self._bench.teaching.word(found.word))
        return max(0.0, start - EDGE_SECONDS), stop + EDGE_SECONDS

    def _place(self, landmark: Landmark) -> int | None:
        """Its place now: others may have come or gone since the map was made."""
        word = self._bench.teaching.word(landmark.word)
        takes = () if word is None else word.against if landmark.against else word.takes
        same = [n for n, take in enumerate(takes) if take.label == landmark.label and _same(take, landmark)]
        return min(same, key=lambda n: abs(n - landmark.number), default=None)


def _same(take: Take, landmark: Landmark) -> bool:
    return bool(take.templates) and np.array_equal(take.templates[0].frames, landmark.frames)
