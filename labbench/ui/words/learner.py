"""Lets a word learn from a moment: a take is made of its sound, it is judged, and told what came of it. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.live import messages
from labbench.live.messages import TakeMade
from labbench.live.view_messages import Examine, Examined
from labbench.session.learning_file import Event, Occasion
from labbench.ui.words.heard_by import Made, make
from labbench.ui.words.learning_history import LearningHistory, same
from labbench.ui.words.moment_sound import Load, likely_cut, usual_seconds
from labbench.ui.words.moments import rate_text
from labbench.wakeword.embedder import Frames
from labbench.wakeword.learning import Learnt, learn
from labbench.wakeword.scoring import usable
from labbench.wakeword.words import Take

if TYPE_CHECKING:
    from labbench.ui.bench import Bench


@dataclass(frozen=True)
class Asked:
    """A moment to be learnt from; `unasked` where the user has left it to the program."""

    moment: Occasion
    unasked: bool = False
    cut: bool = False
    """Whether no pauses told where the word is, and it was cut where it is likely to be."""
    again: Callable[[], Load] | None = None
    """The sound of the same word said once more, asked for late: it may not have ended yet."""
    take: Take | None = None


class Learner(QObject):
    """Every step can be undone, and goes into the history. Main thread; what takes a while is done in jobs."""

    def __init__(self, bench: Bench, history: LearningHistory) -> None:
        super().__init__(bench)
        self._bench = bench
        self._history = history
        self._working: list[Asked] = []
        self._pending: dict[int, Asked] = {}
        bench.sound.take_made.connect(self._take_made)
        bench.sound.examined.connect(self._examined)
        bench.sound.refused.connect(self._refused)
        bench.sound.lost.connect(self._lost)

    def works_on(self, moment: Occasion) -> bool:
        """Whether what comes of that moment is being decided."""
        return any(same(moment, asked.moment) for asked in self._working)

    def learn(self, asked: Asked, load: Load) -> None:
        """Make a take of what `load` gives; whether it is learnt is decided then."""
        bench, word = self._bench, self._bench.teaching.word(asked.moment.word)
        if word is None or not word.templates:
            return
        self._working.append(asked)
        job = bench.jobs.prepare(f"Reading what {word.name} may learn", load)
        job.done.connect(lambda samples: self._make(asked, samples))
        job.failed.connect(bench.notices.error)
        job.failed.connect(lambda _: self._end(asked))
        job.start()

    def _make(self, asked: Asked, samples: NDArray[np.float32]) -> None:
        ticket = self._bench.sound.ticket()
        self._pending[ticket] = asked
        word = self._bench.teaching.word(asked.moment.word)
        span = likely_cut(samples, usual_seconds(word)) if asked.cut else None
        self._bench.sound.send(messages.MakeTake(ticket, f"learnt at {asked.moment.at_s:.1f} s", samples, span))

    def _take_made(self, event: TakeMade) -> None:
        asked = self._pending.pop(event.ticket, None)
        if asked is None or event.take is None:
            return
        if event.take.used or asked.cut:
            self._compare(replace(asked, take=event.take), asked)
        else:  # in the middle of other speech
            self._make(replace(asked, cut=True), event.take.samples)

    def _compare(self, made: Asked, asked: Asked) -> None:
        """With what was said again, where that is at hand."""
        self._working = [made if one is asked else one for one in self._working]
        try:
            load = made.again() if made.again is not None else None
        except LabBenchError:
            load = None
        if load is None:
            self._judge(made, None)
            return
        job = self._bench.jobs.prepare(f"Reading what {made.moment.word} was said again", load)
        job.done.connect(lambda samples: self._examine(made, samples))
        job.failed.connect(lambda _: self._judge(made, None))
        job.start()

    def _examine(self, made: Asked, samples: NDArray[np.float32]) -> None:
        ticket = self._bench.sound.ticket()
        self._pending[ticket] = made
        self._bench.sound.send(Examine(ticket, samples))

    def _examined(self, event: Examined) -> None:
        made = self._pending.pop(event.ticket, None)
        if made is not None:
            self._judge(made, event.frames)

    def _judge(self, asked: Asked, again: Frames | None) -> None:
        """It takes a while for a word with many takes: not in this thread."""
        teaching = self._bench.teaching
        word = teaching.word(asked.moment.word)
        if word is None or not word.templates:
            self._end(asked)
            return
        others = [other for other in teaching.words if other is not word]
        take = asked.take
        assert take is not None

        def judged(result: tuple[Learnt, Made | None]) -> None:
            found, made = result
            if teaching.word(word.name) is word and not teaching.edits.busy:
                if made is not None:
                    teaching.heard_by.remember(made)
                self._tell(asked, found)
            else:  # it has changed in the meantime
                self._judge(asked, again)

        windows, room = teaching.heard_by.parts(word)
        scoring = usable(word.scoring, windows)
        checksum = teaching.heard_by.identity()[1]

        def decide(_progress: OnProgress, _cancel: CancelToken) -> tuple[Learnt, Made | None]:
            found = learn(word, take, others, scoring, windows, again=again)
            return found, make(found.word, checksum, windows, room) if found.refusal is None else None

        job = self._bench.jobs.prepare(f"Deciding what {word.name} learns", decide)
        job.done.connect(judged)
        job.failed.connect(self._bench.notices.error)
        job.failed.connect(lambda _: self._end(asked))
        job.start()

    def _tell(self, asked: Asked, found: Learnt) -> None:
        bench, moment = self._bench, asked.moment
        self._end(asked)
        rates = (found.before, found.after)
        if found.refusal is not None:
            self._history.add(Event.REFUSED, moment, found.refusal.value, rates)
            tell = bench.notices.status if asked.unasked else bench.notices.info
            tell.emit(f"“{moment.word}” did not learn from {moment.at_s:.1f} s: {found.refusal.value}.")
            return
        text = f"“{moment.word}” learns from {moment.at_s:.1f} s"
        bench.teaching.edit(moment.word, found.word, text, judged=True)
        self._history.add(Event.LEARNT, moment, rates=rates, undoable=True)
        step = bench.undo.index()
        bench.notices.offer.emit(
            f"“{moment.word}” has learnt from {moment.at_s:.1f} s. Expected false accepts an hour: "
            f"{rate_text(found.after)}, before {rate_text(found.before)}.",
            "Undo",
            lambda: self._take_back(step),
        )

    def _take_back(self, step: int) -> None:
        undo = self._bench.undo
        if undo.index() == step:
            undo.undo()
        else:
            self._bench.notices.info.emit(
                "More has been done since then. Edit, Undo goes back one step after the other."
            )

    def _refused(self, ticket: int | None) -> None:
        """No take could be made; the reason is told elsewhere."""
        asked = self._pending.pop(ticket, None) if ticket is not None else None
        if asked is not None:
            self._end(asked)

    def _lost(self) -> None:
        self._pending.clear()
        self._working.clear()

    def _end(self, asked: Asked) -> None:
        self._working = [one for one in self._working if one.moment != asked.moment]
