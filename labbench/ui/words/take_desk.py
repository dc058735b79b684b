"""What one does with a word and its takes: leave out, order, name, cut by hand, replace. No widgets."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from labbench.core.errors import LabBenchError
from labbench.live import messages
from labbench.live.messages import TakeMade
from labbench.session.learning_file import Event, Occasion
from labbench.session.words_file import free_name
from labbench.ui.words.heard_by import same_cut
from labbench.ui.words.moment_sound import Load, likely_cut
from labbench.ui.words.take_again import TakeAgain
from labbench.wakeword.calibration import Calibration
from labbench.wakeword.takes import ADVICE
from labbench.wakeword.words import Take, TaughtWord

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

LONGEST_NAME = 40


@dataclass(frozen=True)
class _Pending:
    """A take that is being made, in place of `old`, or as a counter-example from a `moment`."""

    word: str
    old: Take | None
    text: str
    moment: Occasion | None = None
    seconds: float = 0.0
    """How long the word takes to say that is likely to be in it, where that has to tell its edges."""


class TakeDesk(QObject):
    """Every change can be undone. A take is known by its word's name and its place. Main thread."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._pending: dict[int, _Pending] = {}
        self.again = TakeAgain(bench)
        bench.sound.take_made.connect(self._take_made)
        bench.sound.refused.connect(lambda ticket: self._pending.pop(ticket, None))
        bench.sound.lost.connect(self._pending.clear)

    def distances(self, name: str) -> list[float]:
        """For each take its normalised distance to the others; NaN where there is nothing to compare, or not yet."""
        word = self._bench.teaching.word(name)
        if word is None:
            return []
        found = iter((self._bench.teaching.edits.apart(word) or ()) if word.templates else ())
        return [next(found, math.nan) if take.used else math.nan for take in word.takes]

    # Takes ----------------------------------------------------------------------------------------------------------

    def exclude(self, name: str, index: int, excluded: bool) -> None:
        """Leave a take out, or count it again."""
        text = "Leave {} out" if excluded else "Count {} again"
        self._alter(name, index, text, excluded=excluded)

    def label(self, name: str, index: int, label: str) -> None:
        """What a take is called."""
        if label.strip():
            self._alter(name, index, "Rename {}", label=label.strip()[:LONGEST_NAME])

    def speaker(self, name: str, index: int, speaker: str) -> None:
        """Who said it."""
        self._alter(name, index, "Speaker of {}", speaker=speaker.strip()[:LONGEST_NAME])

    def move(self, name: str, index: int, by: int) -> int:
        """Earlier (-1) or later (1) in the list; the new place."""
        word = self._bench.teaching.word(name)
        if word is None or not (0 <= index < len(word.takes) and 0 <= index + by < len(word.takes)):
            return index
        moved = word.takes[index]

        def change(word: TaughtWord) -> TaughtWord | None:
            takes = list(word.takes)
            place = next((place for place, take in enumerate(takes) if same_cut(take, moved)), None)
            if place is None or not 0 <= place + by < len(takes):
                return None
            takes.insert(place + by, takes.pop(place))
            return replace(word, takes=tuple(takes))

        self._bench.teaching.edits.alter(name, change, f"Move {moved.label}")
        return index + by

    def cut(self, name: str, index: int, start: int, stop: int) -> None:
        """Another stretch of a take's sound is the word (samples); its templates are made anew."""
        take = self._take(name, index)
        if take is not None and 0 <= start < stop <= len(take.samples) and (start, stop) != (take.start, take.stop):
            ticket = self._expect(name, take, f"Cut {take.label}")
            self._bench.sound.send(messages.MakeTake(ticket, take.label, take.samples, (start, stop)))

    def replace_by_selection(self, name: str, index: int) -> None:
        """What is selected in the views takes the place of a take."""
        take, span = self._take(name, index), self._bench.axis.selection
        if take is None:
            return
        if span is None:
            hint = "Click a word in the views, or drag over it with Shift."
            self._bench.notices.error.emit(LabBenchError("There is no selection to replace the take by.", hint))
            return
        job = self._bench.jobs.prepare(f"Reading a take of {name}", self._bench.selection.take_16k(span))
        job.done.connect(lambda samples: self._make(name, take, samples, take.label))
        job.failed.connect(self._bench.notices.error)
        job.start()

    def record_again(self, name: str, index: int) -> None:
        """The next spoken word takes the place of a take; asked once more, nothing is waited for."""
        take = self._take(name, index)
        if self.again.waiting:
            self.again.cancel()
        elif take is not None:
            self.again.begin(name, take)

    # Counter-examples -----------------------------------------------------------------------------------------------

    def counter_example(self, name: str) -> None:
        """What is selected is not the word, however near it came: sound that resembles it is kept apart from now on."""
        span = self._bench.axis.selection
        if self._bench.teaching.calibration(name) is None:
            hint = "Teach a word first: what is not the word only matters where something is."
            self._bench.notices.error.emit(LabBenchError("There is no word that this could be kept apart from.", hint))
        elif span is None:
            hint = "Click a detection, or drag over the sound with Shift."
            self._bench.notices.error.emit(LabBenchError("A counter-example needs a selection.", hint))
        else:
            place = self._bench.words.learning.place
            self.keep_apart(Occasion(name, place, span[0]), self._bench.selection.take_16k(span))

    def keep_apart(self, moment: Occasion, load: Load, seconds: float = 0.0) -> None:
        """The sound of a moment (`load` gives it at 16 kHz) is not the word.

        Where no pauses tell its edges it is cut as `likely_cut` has it for a word of so many `seconds`, if any.
        """
        job = self._bench.jobs.prepare(f"Reading a counter-example of {moment.word}", load)
        job.done.connect(lambda samples: self._make_apart(_Pending(moment.word, None, "", moment, seconds), samples))
        job.failed.connect(self._bench.notices.error)
        job.start()

    def _make_apart(self, pending: _Pending, samples: NDArray[np.float32], span: tuple[int, int] | None = None) -> None:
        ticket = self._bench.sound.ticket()
        self._pending[ticket] = pending
        label = f"{pending.moment.at_s:.2f} s" if pending.moment is not None else ""
        self._bench.sound.send(messages.MakeTake(ticket, label, samples, span))

    def forget_counter_example(self, name: str, index: int) -> None:
        word = self._bench.teaching.word(name)
        if word is not None and 0 <= index < len(word.against):
            gone = word.against[index]

            def change(word: TaughtWord) -> TaughtWord:
                return replace(word, against=tuple(take for take in word.against if not same_cut(take, gone)))

            self._bench.teaching.edits.alter(name, change, f"Remove the counter-example {gone.label}")

    def _keep_apart(self, moment: Occasion, take: Take) -> None:
        name = moment.word
        if self._bench.teaching.calibration(name) is None:
            return
        if not take.used:
            self._bench.notices.error.emit(LabBenchError("That can't be a counter-example.", ADVICE[take.verdict]))
            return
        before: list[Calibration | None] = []

        def change(word: TaughtWord) -> TaughtWord:
            before[:] = [self._bench.teaching.calibration(word.name)]
            return replace(word, against=(*word.against, take))

        def then() -> None:
            self._told_apart(moment, before[0])

        self._bench.teaching.edits.alter(name, change, f"Not “{name}”: {take.label}", then)

    def _told_apart(self, moment: Occasion, before: Calibration | None) -> None:
        """What a counter-example has brought."""
        teaching, name = self._bench.teaching, moment.word
        word, after = teaching.word(name), teaching.calibration(name)
        if word is None or before is None or after is None:
            return
        then, now = (one.at(before.threshold).false_accepts_per_hour for one in (before, after))
        self._bench.words.learning.noted(Event.NOT_THIS, moment, then, now)
        count = f"{len(word.against)} counter-example{'s' if len(word.against) > 1 else ''}"
        self._bench.notices.info.emit(
            f"“{name}” knows {count}. At the threshold {before.threshold:.2f} expect {now:.2g} false accepts an "
            f"hour instead of {then:.2g}, and none of what sounds like this."
        )

    # Words ----------------------------------------------------------------------------------------------------------

    def rename(self, name: str, new: str) -> None:
        """Another name for a word. One that is taken is refused."""
        word, new = self._bench.teaching.word(name), new.strip()[:LONGEST_NAME]
        if word is None or not new or new == name:
            return
        if self._bench.teaching.word(new) is not None:
            self._bench.notices.error.emit(LabBenchError(f"There is a word “{new}” already.", "Choose another name."))
            return

        def change(word: TaughtWord) -> TaughtWord | None:
            return replace(word, name=new) if self._bench.teaching.word(new) is None else None

        self._bench.teaching.edits.alter(name, change, f"Rename {name}")

    def duplicate(self, name: str) -> str:
        """A copy of a word under a free name, which is returned: to try something out."""
        teaching = self._bench.teaching
        word = teaching.word(name)
        if word is None:
            return name
        copy = free_name(name, [one.name for one in teaching.words])
        teaching.edits.add(replace(word, name=copy), f"Duplicate {name}")
        return copy

    def reset(self, name: str) -> None:
        """What somebody taught on purpose stays: all of it counts, at the threshold that follows from it."""
        teaching, before = self._bench.teaching, self._bench.teaching.calibration(name)

        def change(word: TaughtWord) -> TaughtWord:
            takes = tuple(replace(take, excluded=False) for take in word.takes if not take.learnt)
            return TaughtWord(word.name, takes, scoring=word.scoring)

        def then() -> None:
            rates = (
                one.false_accepts_per_hour if one is not None else None for one in (before, teaching.calibration(name))
            )
            self._bench.words.learning.noted(Event.RESET, Occasion(name, "", 0.0), *rates)

        teaching.edits.alter(name, change, f"Reset {name}", then)

    def _take(self, name: str, index: int) -> Take | None:
        word = self._bench.teaching.word(name)
        return word.takes[index] if word is not None and 0 <= index < len(word.takes) else None

    def _alter(self, name: str, index: int, text: str, **changes: str | bool) -> None:
        take = self._take(name, index)
        if take is not None and any(getattr(take, field) != value for field, value in changes.items()):
            self._swap(name, take, lambda now: replace(now, **changes), text.format(take.label))  # type: ignore[arg-type]

    def _swap(self, name: str, old: Take, new: Callable[[Take], Take], text: str) -> None:
        """What is `new` in the place of `old`, as that is then, where it is still there."""

        def change(word: TaughtWord) -> TaughtWord | None:
            if not any(same_cut(take, old) for take in word.takes):
                return None
            return replace(word, takes=tuple(new(take) if same_cut(take, old) else take for take in word.takes))

        self._bench.teaching.edits.alter(name, change, text)

    def _expect(self, name: str, old: Take | None, text: str) -> int:
        ticket = self._bench.sound.ticket()
        self._pending[ticket] = _Pending(name, old, text)
        return ticket

    def _make(self, name: str, old: Take | None, samples: NDArray[np.float32], label: str) -> None:
        ticket = self._expect(name, old, f"Replace {label}")
        self._bench.sound.send(messages.MakeTake(ticket, label, samples))

    def _take_made(self, event: TakeMade) -> None:
        pending = self._pending.pop(event.ticket, None)
        if pending is None or event.take is None:
            return
        old = pending.old
        if pending.moment is not None and not event.take.used and pending.seconds:
            samples = event.take.samples
            self._make_apart(replace(pending, seconds=0.0), samples, likely_cut(samples, pending.seconds))
        elif pending.moment is not None:
            self._keep_apart(pending.moment, event.take)
        if old is None:
            return
        made = event.take

        def new(now: Take) -> Take:
            return replace(made, label=now.label, speaker=now.speaker, excluded=now.excluded)

        self._swap(pending.word, old, new, pending.text)
