"""The coach: counts down, lets a word be said, tells what it thinks of the take, and goes on until there are enough.

No widgets. Takes are made as everywhere; the coach only says when to speak and what to do next.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from labbench.wakeword.takes import ADVICE, REJECTED, Verdict
from labbench.wakeword.words import Take

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

WANTED_TAKES = 5
COUNT_FROM = 3
COUNT_MS = 700
PRAISE_MS = 1200
"""How long a good take is praised before the next one is counted down."""


class Stage(Enum):
    """Where the coach is. In `JUDGED` and `SILENT` it waits for the user where a take was not good."""

    READY = "ready"
    OPENING = "opening"
    COUNTING = "counting"
    LISTENING = "listening"
    JUDGED = "judged"
    SILENT = "silent"
    DONE = "done"


class Coach(QObject):
    """Leads through takes of one word. Main thread; `changed` follows whenever there is something else to show.

    The microphone is opened for as long as the coach works, and nothing of it is recorded but the takes.
    """

    changed = Signal()

    def __init__(self, bench: Bench, word: str, wanted: int = WANTED_TAKES, count_ms: int = COUNT_MS) -> None:
        super().__init__(bench)
        self._bench = bench
        self.word = word
        self.wanted = wanted
        self.stage = Stage.READY
        self.count = COUNT_FROM
        self.take: Take | None = None
        self._opened = False
        self._timer = QTimer(self)
        self._timer.setInterval(count_ms)
        self._timer.timeout.connect(self._tick)
        self._praise = QTimer(self)
        self._praise.setSingleShot(True)
        self._praise.setInterval(max(1, PRAISE_MS * count_ms // COUNT_MS))
        self._praise.timeout.connect(self.next)
        bench.running_changed.connect(self._running_changed)
        bench.teaching.take_added.connect(self._take_added)
        bench.teaching.waiting_changed.connect(self._waiting_changed)
        bench.teaching.words_changed.connect(self.changed)

    @property
    def good(self) -> int:
        """Takes of the word that are used."""
        word = self._bench.teaching.word(self.word)
        return sum(take.used for take in word.takes) if word is not None else 0

    @property
    def rejected(self) -> bool:
        """Whether the take that was just judged is of no use."""
        return self.take is not None and self.take.verdict in REJECTED

    @property
    def says(self) -> str:
        """One sentence for people."""
        match self.stage:
            case Stage.READY:
                return f"Say “{self.word}” {self._times()} when it is your turn. Different people make it better."
            case Stage.OPENING:
                return "Opening the microphone …"
            case Stage.COUNTING:
                return "Get ready …"
            case Stage.LISTENING:
                return f"Say “{self.word}” now."
            case Stage.SILENT:
                return "Nothing was heard. Come nearer, and speak when you are asked to."
            case Stage.JUDGED if self.take is not None:
                return ADVICE[self.take.verdict]
            case _:
                return f"“{self.word}” has {self.good} takes. Say it, and see whether it is recognised."

    def begin(self) -> None:
        """Open the microphone where nothing runs, and count down."""
        bench = self._bench
        if bench.sound.running is not None:
            self._count_down()
        elif not bench.sound.opening:
            self._opened = True
            self._set(Stage.OPENING)
            bench.listen_briefly(bench.words.source_for_take())

    def next(self) -> None:
        """The next take, or the end where there are enough."""
        self._praise.stop()
        if self.good >= self.wanted:
            self.stop(Stage.DONE)
        elif self._bench.sound.running is None:
            self.begin()
        else:
            self._count_down()

    def again(self) -> None:
        """The take that was just judged goes, and is said once more."""
        word = self._bench.teaching.word(self.word)
        if self.take is not None and word is not None:
            at = next((number for number, take in enumerate(word.takes) if take.samples is self.take.samples), None)
            if at is not None:
                self._bench.teaching.remove_take(self.word, at)
        self.take = None
        self.next()

    def stop(self, stage: Stage = Stage.READY) -> None:
        """Close the microphone where the coach opened it."""
        self._timer.stop()
        self._praise.stop()
        opened, self._opened = self._opened, False
        self._set(stage)
        if opened and self._bench.busy:
            self._bench.stop()

    def _count_down(self) -> None:
        self.count, self.take = COUNT_FROM, None
        self._set(Stage.COUNTING)
        self._timer.start()

    def _tick(self) -> None:
        self.count -= 1
        if self.count > 0:
            self.changed.emit()
            return
        self._timer.stop()
        self._set(Stage.LISTENING)
        self._bench.teaching.hear_take(self.word)

    def _running_changed(self, source: object, opening: bool) -> None:
        if self.stage is Stage.OPENING and source is not None and not opening:
            self._count_down()
        elif source is None and not opening and self.stage not in (Stage.READY, Stage.DONE):
            self._opened = False
            self.stop()  # it was closed by somebody else, or could not be opened

    def _take_added(self, name: str, take: Take) -> None:
        if self.stage is not Stage.LISTENING or name != self.word:
            return
        word = self._bench.teaching.word(name)
        self.take = word.takes[-1] if word is not None and word.takes else take
        self._set(Stage.JUDGED)
        if self.take.verdict is Verdict.GOOD:
            self._praise.start()

    def _waiting_changed(self, waiting: bool) -> None:
        """No take came although one was waited for: nobody spoke."""
        if self.stage is Stage.LISTENING and not waiting and not self._bench.teaching.listening:
            QTimer.singleShot(0, self, self._look_for_silence)

    def _look_for_silence(self) -> None:
        if self.stage is Stage.LISTENING and not self._bench.teaching.waiting:
            self._set(Stage.SILENT)

    def _set(self, stage: Stage) -> None:
        self.stage = stage
        self.changed.emit()

    def _times(self) -> str:
        left = max(1, self.wanted - self.good)
        return "once" if left == 1 else f"{left} times"
