"""Connects the map with the bench: what it shows, live and at the cursor, and what is done with its points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from labbench.live.messages import Spotted
from labbench.ui.views.map.deeds import MapDeeds
from labbench.ui.views.map.scene import MapScene, rings_of
from labbench.ui.views.map.view import MapView
from labbench.ui.views.strip.links import near_misses_now
from labbench.ui.words.moments import newest_moments
from labbench.wakeword.near_misses import NearMiss

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

LOOKED_BACK_SECONDS = 6.0
EVERY_HOPS = 5
"""While sound runs near misses are looked for so often, among the newest hops alone."""


class MapLinks(QObject):
    """Main thread. While the map is hidden, nothing of it is worked out."""

    def __init__(self, window: MainWindow, view: MapView) -> None:
        super().__init__(view)
        bench = window.bench
        self._window, self._bench, self._view = window, bench, view
        self._desk = desk = bench.landmarks
        self._near: list[NearMiss] = []
        self._hops = 0
        self.deeds = MapDeeds(bench)
        self._soon = QTimer(self)  # rings follow once distances, detections and near misses are all there
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._show_rings)
        view.opened.connect(self._open)
        view.closed.connect(lambda: desk.leave("map"))
        view.measure_asked.connect(desk.measure)
        view.picked.connect(self._pick)
        view.take_asked.connect(self._take)
        view.against_asked.connect(self._against)
        view.leave_asked.connect(self._leave)
        desk.changed.connect(lambda _: self._show())
        desk.progressed.connect(self._progressed)
        desk.moved.connect(self._moved)
        desk.measured.connect(self._show)
        bench.axis.cursor_changed.connect(self._cursor)
        bench.scores.spotted.connect(self._spotted)
        bench.running_changed.connect(lambda *_: self._show_measure())
        for signal in (bench.scores.clip_spotted, bench.scores.shown, bench.scores.decided_anew, bench.sound.closed):
            signal.connect(lambda *_: self._soon.start())
        window.words.words.currentTextChanged.connect(view.name_word)
        bench.teaching.words_changed.connect(self._words_changed)
        self._words_changed()

    def _open(self) -> None:
        self._desk.want("map")
        self._show()

    def _words_changed(self) -> None:
        """The panel may show another word now, without saying so; other names have other colours."""
        self._view.name_word(self._window.words.current)
        scene = self._view.canvas.scene
        if scene is not None and scene.words != self._words:
            self._show()

    @property
    def _words(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self._bench.teaching.live_words)

    def _show(self) -> None:
        """Another map, another sound, or more of it."""
        view, chart = self._view, self._desk.map
        if not view.isVisible():
            return
        if chart is None:
            view.show_scene(None, working=bool(self._bench.teaching.live_words))
            return
        self._near, self._hops = [], 0
        view.show_scene(MapScene(chart, self._words, self._desk.moments))
        self._show_rings()
        self._cursor(self._bench.axis.cursor)
        self._show_measure()

    def _progressed(self, progress: object) -> None:
        if self._desk.map is None and self._view.isVisible():
            self._view.show_scene(None, working=progress is not None)

    def _show_measure(self) -> None:
        if self._view.isVisible():
            self._view.side.measure.setVisible(self._desk.can_measure and not self._bench.scores.running)

    # The moment of now ------------------------------------------------------------------------------------------------

    def _moved(self) -> None:
        if self._view.isVisible():
            moments = self._desk.moments
            self._view.show_moments(moments, len(moments.index) - 1, live=True)

    def _cursor(self, seconds: float | None) -> None:
        """In a sound that lies still, and while it is played, now is where the cursor is."""
        scene = self._view.canvas.scene
        if self._view.isVisible() and scene is not None and self._bench.sound.running is None:
            self._view.show_now(scene.row_at(seconds) if seconds is not None else None)

    def _spotted(self, event: Spotted) -> None:
        if not self._view.isVisible():
            return
        self._hops += 1
        if event.detections or self._hops % EVERY_HOPS == 0:
            self._show_rings()

    def _show_rings(self) -> None:
        view, scores = self._view, self._bench.scores
        if not view.isVisible() or view.canvas.scene is None:
            return
        if self._bench.sound.running is None:
            self._near = near_misses_now(self._bench)
        elif scores.frames:
            begin = scores.frames[-1].index / 16_000 - LOOKED_BACK_SECONDS
            found, _ = newest_moments(scores, LOOKED_BACK_SECONDS)
            self._near = [*(one for one in self._near if one.at_s < begin), *(one for one in found if one.close)]
        view.show_rings(rings_of(view.canvas.scene.moments, scores.detections, self._near))
        self._show_measure()

    # Deeds ------------------------------------------------------------------------------------------------------------

    def _pick(self, spot: object) -> None:
        scene = self._view.canvas.scene
        if scene is not None:
            self.deeds.pick(scene, spot)  # type: ignore[arg-type]

    def _take(self) -> None:
        scene = self._view.canvas.scene
        if scene is not None:
            self.deeds.use_as_takes(scene, self._view.chosen_rows, self._window.words.current)
            self._view.canvas.choose(())

    def _against(self) -> None:
        scene = self._view.canvas.scene
        if scene is not None:
            self.deeds.keep_apart(scene, self._view.chosen_rows, self._window.words.current)
            self._view.canvas.choose(())

    def _leave(self) -> None:
        scene = self._view.canvas.scene
        if scene is not None:
            self.deeds.leave_out([scene.chart.landmarks[number] for number in self._view.chosen_takes])
            self._view.canvas.choose(())
