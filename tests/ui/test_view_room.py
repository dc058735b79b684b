"""Large views of distances have the room that they need, and give it back; menus and keys open them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost
from labbench.ui.views.map.view import MapView
from labbench.ui.views.matrix.view import MatrixView
from labbench.ui.views.room import ENOUGH
from labbench.ui.views.tabs import TABS

CLIPS = assets() / "clips"
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(open_bench):
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.show_file(CLIPS / "speech_short.flac")
    return opened


def sized(page, width, height):
    page.window.resize(width, height)
    assert wait_until(lambda: (page.window.width(), page.window.height()) == (width, height), 10)
    assert wait_until(lambda: page.window.distances.stack.width() > width / 2, 10)


def near(left, right):
    """Whether parts have the same shares."""
    return all(abs(one / sum(left) - other / sum(right)) < 0.01 for one, other in zip(left, right, strict=True))


@pytest.mark.parametrize("theme", ["dark", "projector"])
@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_every_view_can_be_read_on_small_and_large_screens(page, theme, size):
    window, panel = page.window, page.window.distances
    window.set_theme(theme)
    sized(page, *size)
    before = window.down.sizes()
    for view in map(panel.view, TABS[1:]):
        panel.show_view(view)
        least = ENOUGH * view.tab.min_height * window.theme.scale
        assert wait_until(lambda view=view, least=least: view.height() >= least, 5), view.tab.title
        assert window.across.isVisible() != panel.larger_button.isChecked()
        assert panel.line.isVisible() or not panel.larger_button.isChecked()
        assert panel.line.text() == view.words and panel.tabs.tabToolTip(panel.tabs.currentIndex()) == view.tab.sentence
        width = panel.hint.fontMetrics().horizontalAdvance(view.words)
        whole = wait_until(lambda width=width: not panel.hint.isVisible() or panel.hint.width() >= width, 5)
        assert whole, "none is cut"
    assert panel.larger_button.isChecked() == (size == (1366, 768))
    panel.show_view(window.strip_view)
    assert window.across.isVisible() and not panel.larger_button.isChecked()
    assert near(window.down.sizes(), before)


def test_what_was_brought_back_by_hand_stays(page):
    window, panel = page.window, page.window.distances
    sized(page, 1366, 768)
    panel.show_view(window.distances.of(MapView))
    assert not window.across.isVisible()
    page.click("largerView")
    assert window.across.isVisible()
    panel.show_view(window.distances.of(MatrixView))
    panel.show_view(window.strip_view)
    panel.show_view(window.distances.of(MapView))
    assert window.across.isVisible() and not panel.larger_button.isChecked()
    page.click("largerView")
    panel.show_view(window.strip_view)
    assert not window.across.isVisible(), "asked for by hand: for the strip as well"


def test_keys_open_views_and_make_them_larger(page):
    window, panel = page.window, page.window.distances
    sized(page, 1920, 1080)
    for number, view in enumerate(map(panel.view, TABS)):
        QTest.keyClick(window, Qt.Key(Qt.Key.Key_1 + number), CTRL)
        assert panel.current is view and view.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F11)
    assert not window.across.isVisible() and window.menus.actions["actionLarger"].isChecked()
    QTest.keyClick(window, Qt.Key.Key_F11)
    assert window.across.isVisible() and not window.menus.actions["actionLarger"].isChecked()


def test_a_window_left_with_a_large_view_opens_as_it_was_before(page, open_bench):
    window = page.window
    sized(page, 1366, 768)
    before = window.down.sizes()
    window.distances.show_tab(MapView.tab)
    window.leave()
    other = open_bench(twin=True, make_host=ScriptedHost)
    other.window.restore(page.bench.settings.layout)
    other.show_file(CLIPS / "speech_short.flac")
    sized(other, 1366, 768)
    assert other.window.across.isVisible() and near(other.window.down.sizes(), before)
