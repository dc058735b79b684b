"""The tour's steps through the views of distances: each in every theme, on a small and on a large screen, and live."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from labbench.ui.views.embedders.view import EmbeddersView
from labbench.ui.views.map.view import MapView
from labbench.ui.views.matrix.view import MatrixView
from labbench.ui.views.microscope.view import MicroscopeView
from labbench.ui.views.threshold.view import ThresholdView

if TYPE_CHECKING:
    from labbench.measure.tour_views import ViewSteps, Wait
    from labbench.ui.main_window import MainWindow

SIZES = ((1366, 768), (1920, 1080))
THEMES = ("dark", "light", "projector")
LIVE_SECONDS = 4.5
"""Of the demo clip: by then a word was said, and the comet has a trail."""

Step = tuple[str, Callable[[], str]]


class DistanceSteps:
    """Works with the words that are taught and the sound that the window shows."""

    def __init__(self, window: MainWindow, views: ViewSteps, wait: Wait) -> None:
        self._window = window
        self._bench = window.bench
        self._views = views
        self._wait = wait
        self._shows = {
            "strip": self._strip,
            "map": self._map,
            "matrix": self._matrix,
            "microscope": self._microscope,
            "threshold": self._threshold,
            "embedders": self._embedders,
        }

    def steps(self) -> Iterator[Step]:
        """By name, in order."""
        yield "the takes have speakers", self._speakers
        for size in SIZES:
            for theme in THEMES:
                for name in self._shows:
                    yield f"{name} {theme} {size[0]}x{size[1]}", partial(self._look, name, theme, size)
        yield "map live", self._map_live
        yield "microscope live", self._microscope_live

    def _speakers(self) -> str:
        """Shapes by speaker, and the cursor where a word came nearest."""
        for word in self._bench.teaching.words:
            for number, take in enumerate(word.takes):
                if not take.speaker and not take.learnt:
                    self._bench.words.takes.speaker(word.name, number, ("Anna", "Ben", "Chiara")[number % 3])
        self._window.words.words.setCurrentText(self._bench.scores.detections[0].word)
        self._bench.axis.show_all()
        times, distances = self._window.strip.held(self._window.words.current)
        self._bench.axis.place_cursor(float(times[distances.argmin()]))
        return ", ".join(word.name for word in self._bench.teaching.words)

    def _look(self, name: str, theme: str, size: tuple[int, int]) -> str:
        said = self._shows[name]()
        self._views.themed(theme, size)
        return said

    # Each view, and what it holds ------------------------------------------------------------------------------------

    def _strip(self) -> str:
        window = self._window
        window.distances.show_view(window.strip_view)
        return f"{len(window.strip.held('computer')[0])} moments"

    def _map(self) -> str:
        canvas = self._window.distances.of(MapView).canvas
        self._window.distances.show_tab(MapView.tab)
        self._wait(
            lambda: canvas.scene is not None and len(canvas.scene.moments.points) > 100, 60, "a map with a trail"
        )
        self._wait(lambda: canvas.now is not None, 10, "the moment at the cursor")
        return self._window.distances.of(MapView).side.fidelity.text()

    def _matrix(self) -> str:
        view = self._window.distances.of(MatrixView)
        self._window.distances.show_view(view)
        self._wait(lambda: view.canvas.table is not None, 30, "a matrix")
        view.canvas.point_at((1, 0))
        return view.odd.text()

    def _microscope(self) -> str:
        view = self._window.distances.of(MicroscopeView)
        self._window.distances.show_view(view)
        self._wait(lambda: view.canvas.found is not None, 30, "a comparison")
        return view.matches.text()

    def _threshold(self) -> str:
        view, desk = self._window.distances.of(ThresholdView), self._bench.thresholds
        self._window.distances.show_view(view)
        self._wait(lambda: not desk.working and desk.count() is not None, 60, "what the threshold does")
        return view.counts.text()

    def _embedders(self) -> str:
        view, desk = self._window.distances.of(EmbeddersView), self._bench.words.embedders
        self._window.distances.show_view(view)
        if desk.missing:
            view.compare.click()
            self._wait(lambda: not desk.busy and not desk.missing, 180, "both embedders")
        return view.verdict.text()

    # While sound runs -------------------------------------------------------------------------------------------------

    def _map_live(self) -> str:
        view, desk = self._window.distances.of(MapView), self._bench.landmarks
        self._views.themed("dark", SIZES[1])
        self._window.distances.show_view(view)
        self._run()
        self._wait(lambda: len(desk.moments.index) > 20 and view.canvas.now is not None, 20, "a comet with a trail")
        return f"{len(desk.moments.index)} moments, nearest {view.side.title.text()}"

    def _microscope_live(self) -> str:
        view = self._window.distances.of(MicroscopeView)
        self._window.distances.show_view(view)
        self._wait(lambda: view.canvas.found is not None and view.canvas.found.live, 20, "a comparison of now")
        said = view.about.text()
        self._bench.stop()
        self._wait(lambda: self._bench.sound.running is None, 20, "the end of the sound")
        return said

    def _run(self) -> None:
        from labbench.ui.sounds.sources import demo_source

        self._bench.start(demo_source())
        self._wait(lambda: self._bench.sound.seconds > LIVE_SECONDS, 30, "sound")
