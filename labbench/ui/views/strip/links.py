"""Connects the strip of distances with the bench: near misses, the card of a moment, scrubbing, the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from labbench.core.timebase import MODEL_RATE
from labbench.live.messages import Spotted
from labbench.ui.theme import Theme
from labbench.ui.views.strip.card import MomentCard
from labbench.ui.views.strip.hand import StripHand
from labbench.ui.views.strip.scrubber import Scrubber
from labbench.ui.words.moments import newest_moments
from labbench.wakeword.near_misses import NearMiss

if TYPE_CHECKING:
    from labbench.ui.bench import Bench
    from labbench.ui.main_window import MainWindow

LOOKED_BACK_SECONDS = 6.0
"""While sound runs: what came near longer ago is known by now."""
EVERY_HOPS = 5
"""While sound runs near misses are looked for so often; one is known only when the distance rises again."""
MOST_HOPS_AT_ONCE = 10_000
"""Of a longer sound (13 minutes) near misses wait until a hand lets the threshold go: there may be thousands."""


def near_misses_now(bench: Bench) -> list[NearMiss]:
    """Those of a sound that lies still which are worth a look; none while there is no time to look for them."""
    held_long = bench.teaching.ear.held and len(bench.scores.frames) > MOST_HOPS_AT_ONCE
    if bench.sound.running is not None or held_long:
        return []
    return [one for one in bench.scores.near_misses if one.close]


class StripLinks(QObject):
    """`hand` is what mouse and keyboard can do. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        bench, strip, panel = window.bench, window.strip, window.words
        self._bench, self._strip = bench, strip
        self._hops = 0
        self.card = MomentCard(window, window.theme, lambda: bench.view)
        self.hand = hand = StripHand(strip, bench.axis, self.card, Scrubber(bench), window.strip_view.scrub)
        hand.threshold_set.connect(bench.teaching.set_threshold)
        hand.word_chosen.connect(panel.words.setCurrentText)
        hand.hindered.connect(bench.notices.status)
        strip.choose(panel.current)
        panel.words.currentTextChanged.connect(strip.choose)
        bench.teaching.words_changed.connect(self._words_changed)
        bench.theme_changed.connect(self._dress)
        bench.running_changed.connect(lambda *_: hand.refresh())
        bench.scores.spotted.connect(self._spotted)
        bench.sound_changed.connect(lambda _: self._refresh())
        for signal in (bench.scores.clip_spotted, bench.scores.shown, bench.scores.decided_anew, bench.sound.closed):
            signal.connect(lambda *_: self._refresh())
        bench.teaching.ear.released.connect(self._refresh)
        bench.shown.shown.connect(lambda _: hand.refresh())
        self._window = window
        hand.refresh()

    def _dress(self, theme: Theme) -> None:
        self.card.set_theme(theme)

    def _words_changed(self) -> None:
        """The panel may show another word now, without saying so."""
        if self._strip.chosen != self._window.words.current:
            self._strip.choose(self._window.words.current)
        self.hand.refresh()

    def _refresh(self) -> None:
        self._hops = 0
        if self._bench.sound.running is None:
            self._strip.mark_near(near_misses_now(self._bench))
        else:
            self._look_back()
        self.hand.refresh()

    def _spotted(self, _: Spotted) -> None:
        self._hops += 1
        if self._hops % EVERY_HOPS == 0 and self._strip.isVisible():
            self._look_back()

    def _look_back(self) -> None:
        """Running sound: those that are known stay, what came near lately is looked at once more."""
        scores = self._bench.scores
        if not scores.frames:
            return
        begin = scores.frames[-1].index / MODEL_RATE - LOOKED_BACK_SECONDS
        before = self._strip.marks.near_misses
        found, _ = newest_moments(scores, LOOKED_BACK_SECONDS)
        now: list[NearMiss] = [*(one for one in before if one.at_s < begin), *(one for one in found if one.close)]
        if now != before:
            self._strip.mark_near(now)
