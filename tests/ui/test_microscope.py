"""The microscope in the real window: what it compares, live and still; what is heard of it by mouse and by keys."""

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from small_whisper import SPOKEN

from labbench.audio.files import read_clip
from labbench.audio.source import FileSpec
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.equipment import load_word_kit
from labbench.live.messages import Advance
from labbench.live.view_messages import Watch
from labbench.models.embedders import EmbedderSpec, make
from labbench.models.scripted_host import ScriptedHost
from labbench.testing.mouse import drag, hover
from labbench.ui.theme import THEMES
from labbench.ui.views.microscope.links import PAUSE_SECONDS, SOUNDLESS, MicroscopeLinks
from labbench.ui.views.microscope.parts import ticks
from labbench.ui.views.microscope.sides import take_side
from labbench.ui.views.microscope.text import match_text
from labbench.ui.views.microscope.view import UNTAUGHT, MicroscopeView
from labbench.ui.views.saving import save_view, table_bytes
from labbench.wakeword.dtw import match
from labbench.wakeword.landmarks import LandmarkBank
from labbench.wakeword.spotter import HOP, window_before
from labbench.wakeword.templates import in_context

CLIPS = assets() / "clips"
TAKES = CLIPS / "takes"


@pytest.fixture
def page(open_bench, moonshine):
    """Two words under the microscope, before any sound."""
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.window.resize(1366, 900)
    opened.teach("computer", [TAKES / f"computer_{number}.flac" for number in (1, 2, 3)])
    opened.teach("jarvis", [TAKES / f"jarvis_{number}.flac" for number in (1, 2)])
    opened.window.distances.show_view(view(opened))
    assert wait_until(lambda: opened.bench.landmarks.map is not None, 30)
    return opened


@pytest.fixture
def shown(page):
    """The same with a sound, at the moment that is nearest to a word."""
    page.show_file(SPOKEN / "words_and_digits.flac")
    assert wait_until(lambda: not page.bench.scores.running and len(page.bench.scores.frames) > 100, 60)
    hops = page.bench.scores.hops
    best = int(hops.index[int(np.argmin(hops.distances.min(axis=1)))])
    assert wait_until(lambda: found(page) is not None and found(page).other.index == best, 10)
    return page


def view(page):
    return page.window.distances.of(MicroscopeView)


def canvas(page):
    return view(page).canvas


def found(page):
    return canvas(page).found


def at_cursor(page, seconds):
    page.bench.axis.place_cursor(seconds)
    index = round(seconds * 16_000 / HOP) * HOP
    assert wait_until(lambda: found(page) is not None and found(page).other.index == index, 10)
    return index


def embedded(samples, index):
    return load_word_kit().embedder.embed(window_before(samples, index))


# What is compared -----------------------------------------------------------------------------------------------------


def test_an_empty_one_says_what_to_do(open_bench, moonshine):
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.window.distances.show_view(view(opened))
    assert opened.text("microscopeEmpty") == UNTAUGHT and found(opened) is None
    opened.teach("computer", [TAKES / "computer_1.flac"])
    assert wait_until(lambda: opened.text("microscopeEmpty") == SOUNDLESS, 30)
    opened.show_file(CLIPS / "speech_short.flac")
    assert wait_until(lambda: found(opened) is not None, 30), "one take is enough"


def test_the_moment_at_the_cursor_is_compared_with_its_nearest_take(shown):
    samples = read_clip(SPOKEN / "words_and_digits.flac").for_models()
    index = at_cursor(shown, 3.7)
    one, frames = found(shown), embedded(samples, index)
    assert one.other.frames == pytest.approx(frames, abs=2e-3)
    chart = shown.bench.landmarks.map
    distances = LandmarkBank(chart.landmarks).distances(frames)
    nearest = chart.landmarks[int(np.argmin(distances))]
    assert one.landmark.label == nearest.label and one.landmark.word == "computer"
    assert one.alone == pytest.approx(distances.min(), abs=0.02)
    known = match(nearest.frames, frames)
    assert one.alignment.distance == pytest.approx(known.distance, abs=2e-3)
    take = next(take for take in shown.bench.teaching.word("computer").takes if take.label == nearest.label)
    assert one.alignment.usual == take.templates[0].ordinary
    figures = [shown.text(f"microscopeFigure{number}") for number in range(4)]
    spread = take.templates[0].cohort.std()
    assert figures == [
        f"{one.alignment.distance:.3f}",
        f"{take.templates[0].ordinary:.3f} ± {spread:.3f}",
        f"{one.alignment.normalised:.2f}",
        f"{one.alone:.2f}",
    ]


def test_what_does_not_match_is_said_with_its_times(shown):
    at_cursor(shown, 16.0)
    one = found(shown)
    assert one.alignment.mismatches and shown.text("microscopeMatches") == match_text(one)
    assert "does not match" in match_text(one) or "Nothing" in match_text(one)
    at_cursor(shown, 7.12)
    assert shown.text("microscopeMatches") == f"All of “{found(shown).take.title}” matches."


def test_all_lanes_share_rows_and_columns(shown):
    for theme in THEMES.values():
        shown.window.set_theme(theme.name)
        canvas(shown).grab()
        lanes, one = canvas(shown).lanes, found(shown)
        assert (lanes.rows, lanes.columns) == one.alignment.cost.shape
        for other in (lanes.top, lanes.below):
            assert (other.left(), other.width()) == (lanes.area.left(), lanes.area.width())
        for other in (lanes.left, lanes.right):
            assert (other.top(), other.height()) == (lanes.area.top(), lanes.area.height())
        assert canvas(shown).rect().contains(lanes.area.toRect()) and lanes.right.right() <= canvas(shown).width()
        assert lanes.column(lanes.x(12.5)) == pytest.approx(12.5) and lanes.row(lanes.y(3.5)) == pytest.approx(3.5)


def test_the_map_s_distances_and_frames_stay_out_of_what_is_kept(shown):
    shown.bench.axis.place_cursor(None)
    shown.bench.start(FileSpec(SPOKEN / "words_and_digits.flac", "demo", stepped=True), record=False)
    assert wait_until(lambda: shown.bench.sound.running is not None, 10)
    shown.bench.sound.send(Advance(4.0))
    assert wait_until(lambda: found(shown) is not None and found(shown).live, 10)
    assert shown.bench.landmarks.frame.watched.frames is not None
    kept = [frame.watched for frame in shown.bench.scores.frames]
    assert kept and all(one is not None and one.frames is None and len(one.distances) for one in kept)
    shown.bench.stop()
    assert wait_until(lambda: shown.bench.sound.running is None, 10)


def test_it_follows_running_sound_until_it_is_frozen(page):
    samples = read_clip(SPOKEN / "words_and_digits.flac").for_models()
    page.bench.start(FileSpec(SPOKEN / "words_and_digits.flac", "demo", stepped=True), record=False)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    page.bench.sound.send(Advance(3.72))
    assert wait_until(lambda: found(page) is not None and found(page).other.index == 46 * HOP, 10)
    one = found(page)
    assert one.live and one.landmark.word == "computer" and one.other.first_s == pytest.approx(1.68)
    assert one.other.frames == pytest.approx(embedded(samples, 46 * HOP), abs=2e-3)
    watched = page.bench.landmarks.frame.watched.distances
    assert one.alone == pytest.approx(watched.min(), abs=1e-5)
    canvas(page).setFocus()
    QTest.keyClick(canvas(page), Qt.Key.Key_Space)
    assert view(page).freeze.isChecked() and not found(page).live
    page.bench.sound.send(Advance(0.5))
    assert wait_until(lambda: page.bench.landmarks.frame.index > 50 * HOP, 10)
    assert found(page).other.index == 46 * HOP, "it is held"
    view(page).take.setCurrentIndex(5)
    view(page).take.activated.emit(5)
    assert found(page).landmark.label == "jarvis 2" and found(page).other.index == 46 * HOP
    QTest.keyClick(canvas(page), Qt.Key.Key_Space)
    page.bench.sound.send(Advance(0.1))
    assert wait_until(lambda: found(page).other.index > 50 * HOP, 10)
    assert found(page).live and found(page).landmark.label == "jarvis 2", "the chosen take stays"
    page.bench.stop()
    assert wait_until(lambda: page.bench.sound.running is None, 10)


def test_distances_to_the_takes_of_before_are_not_read(page):
    """A moment that was measured just before another take came."""
    desk = page.bench.landmarks
    page.bench.start(FileSpec(SPOKEN / "words_and_digits.flac", "demo", stepped=True), record=False)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    page.bench.sound.send(Advance(3.72))
    assert wait_until(lambda: found(page) is not None and found(page).other.index == 46 * HOP, 10)
    frame, chart = desk.frame, desk.map
    assert desk.belongs(frame)
    page.teach("jarvis", [TAKES / "jarvis_3.flac"])
    assert wait_until(lambda: desk.map is not chart, 30)
    desk.frame = frame
    assert not desk.belongs(frame)
    desk.moved.emit()
    assert wait_until(lambda: found(page).other.index == frame.index and found(page).live, 10)
    nearest = LandmarkBank(desk.map.landmarks).distances(frame.watched.frames)
    assert found(page).landmark.label == desk.map.landmarks[int(np.argmin(nearest))].label
    page.bench.stop()
    assert wait_until(lambda: page.bench.sound.running is None, 10)


def test_while_it_is_hidden_nothing_is_asked_for(page, monkeypatch):
    told, send = [], page.bench.sound.send
    monkeypatch.setattr(page.bench.sound, "send", lambda one: (told.append(one), send(one)))
    page.window.distances.show_view(page.window.strip_view)
    assert [one for one in told if isinstance(one, Watch)][-1].frames is False
    page.show_file(CLIPS / "speech_short.flac")
    page.bench.axis.place_cursor(2.5)
    assert page.window.findChild(MicroscopeLinks).desk.comparison is None
    page.window.distances.show_view(view(page))
    assert [one for one in told if isinstance(one, Watch)][-1].frames is True
    assert wait_until(lambda: found(page) is not None and found(page).other.index == round(2.5 * 12.5) * HOP, 10)


def test_two_takes_can_be_compared_with_each_other(page):
    chart = page.bench.landmarks.map
    view(page).chosen.emit(("computer", "computer 1", False), ("jarvis", "jarvis 2", False))
    assert wait_until(lambda: found(page) is not None, 10)
    one = found(page)
    frames = {each.label: each.frames for each in chart.landmarks}
    assert one.alignment.distance == match(frames["computer 1"], frames["jarvis 2"]).distance
    assert page.text("microscopeTitle") == "“computer 1” in “jarvis 2”"
    assert view(page).take.currentText() == "computer 1" and view(page).other.currentText() == "jarvis 2"
    QTest.keyClick(canvas(page), Qt.Key.Key_T)
    assert found(page).take.title == "computer 2", "the next take"
    page.bench.teaching.remove_word("jarvis")
    assert wait_until(lambda: view(page).other.currentText() == "This sound", 30), "what is gone is not held"


def test_another_embedder_has_longer_or_shorter_frames_and_another_scoring_is_shown_as_well(shown):
    at_cursor(shown, 3.7)
    shown.bench.words.method.apply(EmbedderSpec("mfcc"), "nearest")
    assert wait_until(
        lambda: not shown.bench.words.method.busy and shown.bench.words.method.method.spec.name == "mfcc", 60
    )
    mfcc = make("mfcc")
    dimensions = mfcc.dimensions
    assert wait_until(lambda: found(shown) is not None and found(shown).other.frames.shape[1] == dimensions, 60)
    one = found(shown)
    index = round(3.7 * 12.5) * HOP
    assert one.other.index == index and one.alignment.frame == one.take.frame == mfcc.frame
    expected = mfcc.embed(window_before(read_clip(SPOKEN / "words_and_digits.flac").for_models(), index))
    assert one.other.frames == pytest.approx(expected, abs=2e-3)
    assert one.alignment.distance == match(one.landmark.frames, one.other.frames).distance
    assert one.other.stop_s == pytest.approx(one.other.first_s + len(expected) * mfcc.frame / 16_000)


# Hearing and pointing -------------------------------------------------------------------------------------------------


def test_a_drag_in_the_matrix_moves_the_cursor_and_plays_that_bit(shown, played):
    at_cursor(shown, 7.12)
    one, samples = found(shown), read_clip(SPOKEN / "words_and_digits.flac").for_models()
    rows = one.alignment.cost.shape[0]
    drag(canvas(shown), [canvas(shown).place_of(rows / 2, column) for column in (50.0, 60.0, 72.0)])
    start, stop = (one.other.seconds(column) for column in (50.0, 72.0))
    assert shown.bench.axis.cursor == pytest.approx(stop, abs=0.02)
    assert played[-1].samples == pytest.approx(
        samples[round(start * 16e3) : round(stop * 16e3)][: len(played[-1].samples)]
    )
    assert len(played[-1].samples) == pytest.approx((stop - start) * 16e3, abs=400)
    assert not wait_until(lambda: found(shown) is not one, 0.3), "what is looked at stays"
    shown.bench.axis.place_cursor(3.7)
    assert wait_until(lambda: found(shown).other.index == round(3.7 * 12.5) * HOP, 10)


def test_a_click_plays_enough_to_be_heard_of_sound_or_take(shown, played):
    at_cursor(shown, 7.12)
    lanes = canvas(shown).lanes
    drag(canvas(shown), [canvas(shown).place_of(5, 60)])
    assert len(played[-1].samples) / played[-1].rate == pytest.approx(0.24, abs=0.03)
    place = lanes.left.center()
    drag(canvas(shown), [place])
    side = found(shown).take
    take = next(take for take in shown.bench.teaching.word("computer").takes if take.label == side.title)
    middle = take.start + round((side.seconds(lanes.row(place.y())) - 0.12) * 16e3)
    assert played[-1].samples == pytest.approx(take.samples[middle : middle + len(played[-1].samples)])


def test_keys_walk_along_the_path_and_return_plays_both(shown, played):
    at_cursor(shown, 7.12)
    one = found(shown)
    canvas(shown).setFocus()
    for key, step in ((Qt.Key.Key_Right, 0), (Qt.Key.Key_Right, 1), (Qt.Key.Key_End, len(one.alignment.path) - 1)):
        QTest.keyClick(canvas(shown), key)
        assert canvas(shown).step == step
    QTest.keyClick(canvas(shown), Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert canvas(shown).step == len(one.alignment.path) - 6
    about = canvas(shown).accessibleDescription()
    assert "“computer" in about and f"cost {one.alignment.along[canvas(shown).step]:.2f}, matches" in about
    assert shown.text("microscopeStep").casefold().startswith(about[:20].casefold())
    QTest.keyClick(canvas(shown), Qt.Key.Key_Return)
    first, stop = one.alignment.columns
    take_s, other_s = len(one.take.frames) * 0.024, (stop - first) * 0.024
    assert len(played[-1].samples) / 16e3 == pytest.approx(take_s + PAUSE_SECONDS + other_s, abs=0.02)
    assert not played[-1].samples[round((take_s + 0.05) * 16e3) : round((take_s + 0.25) * 16e3)].any()


def test_the_mouse_points_at_the_nearest_step(shown):
    at_cursor(shown, 7.12)
    path = found(shown).alignment.path
    for step in (0, len(path) // 2, len(path) - 1):
        hover(canvas(shown), canvas(shown).place_of(*(path[step] + 0.5)))
        assert canvas(shown).step == step
    hover(canvas(shown), canvas(shown).lanes.left.center())
    middle = path[canvas(shown).step][0]
    assert abs(middle - len(found(shown).take.frames) / 2) <= 1, "beside the take it is the step of that row"


# Files ----------------------------------------------------------------------------------------------------------------


def test_figures_and_pictures_leave_as_files(shown, tmp_path):
    at_cursor(shown, 7.12)
    one = found(shown)
    rows = list(csv.DictReader(io.StringIO(table_bytes(view(shown)).decode())))
    assert len(rows) == len(one.alignment.path) and {row["matches"] for row in rows} == {"yes"}
    assert [float(row["cost"]) for row in rows] == pytest.approx(one.alignment.along, abs=1e-4)
    assert float(rows[0]["sound, seconds"]) == pytest.approx(one.other.seconds(one.alignment.columns[0]), abs=1e-4)
    for ending in ("png", "svg"):
        save_view(view(shown), shown.window.theme, tmp_path / f"view.{ending}")
    assert QImage(str(tmp_path / "view.png")).width() > 800
    assert "All of “" in (tmp_path / "view.svg").read_text(encoding="utf-8")


def test_a_take_lies_in_time_as_it_was_cut(moonshine):
    kit = load_word_kit()
    take = kit.take("computer", read_clip(TAKES / "computer_1.flac").for_models())
    side = take_side(take, kit.embedder.frame)
    assert np.array_equal(side.cut(0.0, take.seconds), take.samples[take.start : take.stop])
    assert -side.frame / 16_000 < side.first_s <= 0.0 and take.seconds <= side.stop_s < take.seconds + 0.048
    window, first = in_context(take.samples, take.start, take.stop)
    begin = first + round(side.first_s * 16_000)
    assert begin % side.frame == 0, "where a frame begins"
    expected = kit.embedder.embed(window)[begin // side.frame :][: len(side.frames)]
    assert side.frames == pytest.approx(expected, abs=5e-3), "but for its storing in bytes"
    assert side.picture.first_s == pytest.approx(side.first_s, abs=0.011)


def test_ticks_are_round_and_apart():
    assert ticks(5.13, 7.12, 800, 64) == pytest.approx([5.2, 5.4, 5.6, 5.8, 6.0, 6.2, 6.4, 6.6, 6.8, 7.0])
    assert ticks(-0.02, 0.7, 100, 25) == pytest.approx([0.0, 0.2, 0.4, 0.6])
