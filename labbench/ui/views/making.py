"""Makes a view of distances and connects it with the window. What it needs is imported then, not at the start."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from labbench.ui.views import tabs
from labbench.ui.views.tabs import Tab
from labbench.ui.views.view import View

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow


def make_view(window: MainWindow, tab: Tab) -> View:
    """The view of a tab, as it is with the window now. Main thread."""
    makers: dict[Tab, Callable[[MainWindow], View]] = {
        tabs.DISTANCES: lambda window: window.strip_view,
        tabs.MAP: _map,
        tabs.MATRIX: _matrix,
        tabs.MICROSCOPE: _microscope,
        tabs.THRESHOLD: _threshold,
        tabs.EMBEDDERS: _embedders,
    }
    return makers[tab](window)


def _map(window: MainWindow) -> View:
    from labbench.ui.views.map.links import MapLinks
    from labbench.ui.views.map.view import MapView

    view = MapView(window.theme)
    MapLinks(window, view)
    return view


def _matrix(window: MainWindow) -> View:
    from labbench.ui.views.matrix.view import MatrixView, connect_matrix_view

    view = MatrixView(window.theme)
    connect_matrix_view(window, view)
    return view


def _microscope(window: MainWindow) -> View:
    from labbench.ui.views.microscope.links import MicroscopeLinks
    from labbench.ui.views.microscope.view import MicroscopeView

    view = MicroscopeView(window.theme)
    MicroscopeLinks(window, view)
    return view


def _threshold(window: MainWindow) -> View:
    from labbench.ui.views.threshold.view import ThresholdView, connect_threshold_view

    view = ThresholdView(window.bench.thresholds, window.theme)
    connect_threshold_view(window, view)
    return view


def _embedders(window: MainWindow) -> View:
    from labbench.ui.views.embedders.view import EmbeddersView, connect_embedders_view

    view = EmbeddersView(window.theme)
    connect_embedders_view(window, view)
    return view
