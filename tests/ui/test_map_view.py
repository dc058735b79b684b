"""The map in the real window: what it holds, live and still; points clicked, lassoed and walked through by key."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
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
from labbench.models.scripted_host import ScriptedHost
from labbench.testing.mouse import SHIFT, drag, hover, wheel
from labbench.ui.theme import THEMES
from labbench.ui.views.landmark_desk import Moments
from labbench.ui.views.map.frame import Frame, fitted
from labbench.ui.views.map.links import MapLinks
from labbench.ui.views.map.scene import Kind, MapScene, Spot, fidelity_text, rings_of
from labbench.ui.views.map.signs import cloud, tinted
from labbench.ui.views.map.view import MapView
from labbench.ui.views.saving import save_view, table_bytes
from labbench.wakeword.landmarks import LandmarkBank
from labbench.wakeword.mds import Fidelity
from labbench.wakeword.near_misses import NearMiss
from labbench.wakeword.spotter import HOP, Detection, window_before

CLIPS = assets() / "clips"
TAKES = CLIPS / "takes"


@pytest.fixture
def page(open_bench, moonshine):
    """Two words by three speakers, on the map, before any sound."""
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.window.resize(1366, 900)
    opened.teach("computer", [TAKES / f"computer_{number}.flac" for number in (1, 2, 3, 4)])
    opened.teach("jarvis", [TAKES / f"jarvis_{number}.flac" for number in (1, 2, 3)])
    opened.bench.words.takes.speaker("computer", 0, "Anna")
    opened.bench.words.takes.speaker("jarvis", 1, "Ben")
    opened.window.words.words.setCurrentText("computer")
    opened.window.distances.show_tab(MapView.tab)
    assert wait_until(lambda: canvas(opened).scene is not None, 30)
    return opened


@pytest.fixture
def shown(page):
    """The same with a sound that was measured."""
    page.show_file(CLIPS / "sentences_with.flac")
    assert wait_until(lambda: len(moments(page).points) > 100 and not page.bench.scores.running, 60)
    assert wait_until(lambda: len(canvas(page).scene.moments.points) == len(moments(page).points), 10)
    assert wait_until(lambda: bool(canvas(page).scene.rings), 10)
    return page


def canvas(page):
    return page.window.distances.of(MapView).canvas


def moments(page):
    return page.bench.landmarks.moments


def take(page, label):
    labels = [one.label for one in canvas(page).scene.chart.landmarks]
    return Spot(Kind.TAKE, labels.index(label))


def at(page, spot):
    return page.window.distances.of(MapView).place_of(spot)


# What it holds --------------------------------------------------------------------------------------------------------


def test_takes_lie_where_the_map_has_them_with_equal_scales(page):
    scene, frame = canvas(page).scene, canvas(page).frame
    places = np.array([at(page, Spot(Kind.TAKE, n)).toTuple() for n in range(len(scene.chart.landmarks))])
    assert len(places) == 7 and scene.words == ("computer", "jarvis") and scene.speakers == ("Anna", "", "Ben")
    drawn = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    truly = np.hypot(*(scene.chart.points[:, None] - scene.chart.points[None]).transpose(2, 0, 1))
    assert drawn == pytest.approx(truly * frame.scale, abs=0.01)
    assert (places > 0).all() and (places < [canvas(page).width(), canvas(page).height()]).all()
    canvas(page).grab()
    assert [name for name, _ in canvas(page).names] == ["computer", "jarvis", "ordinary speech"]


def test_names_do_not_overlap_and_are_in_view(page):
    for theme in THEMES.values():
        page.window.set_theme(theme.name)
        canvas(page).grab()
        rects = [rect for _, rect in canvas(page).names]
        assert len(rects) == 3 and not any(a.intersects(b) for n, a in enumerate(rects) for b in rects[:n])
        assert all(canvas(page).rect().contains(rect.toRect()) for rect in rects)


def test_true_distances_stand_beside_a_point_and_on_its_lines(page):
    spot = take(page, "computer 1")
    hover(canvas(page), at(page, spot))
    assert canvas(page).at == spot
    chart = canvas(page).scene.chart
    others = sorted((d, n) for n, d in enumerate(chart.between[spot.number].tolist()) if n != spot.number)[:3]
    rows = page.window.distances.of(MapView).side.nearest.rows
    assert [(row[0], row[1]) for row in rows] == [(chart.landmarks[n].label, d) for d, n in others]
    canvas(page).grab()
    written = [text for text, _ in canvas(page).distances_written]
    assert written and set(written) <= {f"{d:.2f}" for d, _ in others}
    assert "Anna" in page.text("mapAbout") and page.text("mapTitle") == "computer 1"
    assert canvas(page).accessibleDescription().startswith("computer 1, a take of “computer”, said by Anna")


def test_how_much_it_lies_is_said_in_plain_words(page):
    fidelity = canvas(page).scene.chart.fidelity
    assert page.text("mapFidelity") == f"This picture is {100 * fidelity.stress:.0f} % off; too few takes to say more."
    assert fidelity_text(Fidelity(0.13, 0.97)) == "This picture is 13 % off; 97 % of neighbours are right."
    assert "Kruskal" in page.window.distances.of(MapView).side.fidelity.toolTip()


def test_moments_lie_by_distances_that_the_ear_measured(shown):
    kit = load_word_kit()
    chart, held = canvas(shown).scene.chart, canvas(shown).scene.moments
    bank = LandmarkBank([chart.landmarks[n] for n in chart.watched])
    samples = read_clip(CLIPS / "sentences_with.flac").for_models()
    for row in (0, 40, len(held.index) - 1):
        apart = bank.distances(kit.embedder.embed(window_before(samples, int(held.index[row]))))
        assert held.distances[row] == pytest.approx(apart, abs=2e-3)
        assert held.points[row] == pytest.approx(chart.place(held.distances[row : row + 1])[0], abs=1e-6)
    assert np.array_equal(np.diff(held.index), np.full(len(held.index) - 1, HOP))
    found = [(ring.word, ring.at_s) for ring in canvas(shown).scene.rings if not ring.near]
    assert found == [(one.word, one.at) for one in shown.bench.scores.detections]
    near = {(ring.word, ring.at_s) for ring in canvas(shown).scene.rings if ring.near}
    assert near == {(one.word, one.at_s) for one in shown.bench.scores.near_misses if one.close}


def test_in_a_sound_that_lies_still_the_comet_is_at_the_cursor(shown):
    detection = shown.bench.scores.detections[-1]
    shown.bench.axis.place_cursor(detection.at)
    row, scene = canvas(shown).now, canvas(shown).scene
    assert scene.seconds(row) == pytest.approx(detection.at, abs=0.081)
    trail = scene.moments.index[scene.trail(row)]
    assert trail[-1] == scene.moments.index[row] and (trail[-1] - trail[0]) / 16_000 == 2.0
    label, distance, _, _ = shown.window.distances.of(MapView).side.nearest.rows[0]
    best = int(scene.moments.distances[row].argmin())
    assert (label, distance) == (scene.chart.landmarks[best].label, scene.moments.distances[row, best])
    shown.bench.axis.place_cursor(None)
    assert canvas(shown).now is None


def test_live_the_comet_follows_each_hop_and_the_map_stays(page):
    before, chart = canvas(page).frame, canvas(page).scene.chart
    page.bench.start(FileSpec(SPOKEN / "words_and_digits.flac", "Somebody", stepped=True), record=False)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    seen = []
    page.bench.landmarks.moved.connect(lambda: seen.append((canvas(page).now, len(canvas(page).scene.moments.index))))
    for _ in range(28):
        page.bench.sound.send(Advance(0.25))
        page.bench.sound.tick()
    assert [now for now, _ in seen] == list(range(len(seen))) and seen[-1][1] == len(seen) > 50
    now = canvas(page).now
    distances = page.bench.landmarks.frame.watched.distances
    assert canvas(page).scene.at(Spot(Kind.MOMENT, now)) == pytest.approx(chart.place(distances[None])[0])
    assert page.text("mapTitle") == "The moment of now"
    assert page.window.distances.of(MapView).side.nearest.rows[0][1] == pytest.approx(float(distances.min()))
    assert [ring.word for ring in canvas(page).scene.rings if not ring.near][:2] == ["jarvis", "computer"]
    assert canvas(page).frame == before and canvas(page).scene.chart is chart
    page.bench.stop()
    assert wait_until(lambda: page.bench.sound.running is None, 20)
    assert canvas(page).scene.chart is chart


def test_nothing_is_asked_of_the_ear_while_it_is_hidden(page, monkeypatch):
    told, send = [], page.bench.sound.send
    monkeypatch.setattr(page.bench.sound, "send", lambda one: (told.append(one), send(one)))
    page.window.distances.show_view(page.window.strip_view)
    assert [len(one.landmarks) for one in told if isinstance(one, Watch)] == [0]
    scene = canvas(page).scene
    page.show_file(CLIPS / "speech_short.flac")
    assert canvas(page).scene is scene, "nothing of it was worked out"
    page.window.distances.show_tab(MapView.tab)
    assert len([one for one in told if isinstance(one, Watch)][-1].landmarks) == 7


def test_a_sound_searched_without_it_can_be_measured(page):
    page.window.distances.show_view(page.window.strip_view)
    page.show_file(CLIPS / "sentences_with.flac")
    assert wait_until(lambda: bool(page.bench.scores.frames) and not page.bench.scores.running, 60)
    assert len(moments(page).points) == 0
    page.bench.landmarks.measure, measured = (lambda: None), page.bench.landmarks.measure
    page.window.distances.show_tab(MapView.tab)
    button = page.window.distances.of(MapView).side.measure
    assert button.isVisible()
    page.bench.landmarks.measure = measured
    button.click()
    page.bench.landmarks.measure()
    assert wait_until(lambda: len(canvas(page).scene.moments.points) > 100, 60)
    assert wait_until(lambda: not button.isVisible(), 10)


def test_an_empty_map_says_what_to_do(open_bench, moonshine):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.window.distances.show_tab(MapView.tab)
    assert page.window.distances.of(MapView).empty.isVisible() and "Teach a word" in page.text("mapEmpty")
    with pytest.raises(Exception, match="no map"):
        page.window.distances.of(MapView).table()


# Hearing and seeing ---------------------------------------------------------------------------------------------------


def test_a_click_on_a_take_plays_it(page, played):
    spot = take(page, "jarvis 2")
    drag(canvas(page), [at(page, spot)])
    (spec,) = played
    heard = page.bench.teaching.word("jarvis").takes[1]
    assert np.array_equal(spec.samples, heard.samples[heard.start : heard.stop]) and spec.rate == 16_000


def test_the_take_is_found_when_others_have_gone(page, played):
    page.bench.teaching.words = tuple(
        replace(word, takes=word.takes[1:]) if word.name == "computer" else word for word in page.bench.teaching.words
    )
    drag(canvas(page), [at(page, take(page, "computer 3"))])
    heard = page.bench.teaching.word("computer").takes[1]
    assert heard.label == "computer 3" and len(played[0].samples) == heard.stop - heard.start
    drag(canvas(page), [at(page, take(page, "computer 1"))])
    assert len(played) == 1, "one that is gone is not heard"


def test_a_click_on_a_moment_selects_and_plays_what_was_compared(shown, played):
    scene = canvas(shown).scene
    rings = {ring.row for ring in scene.rings}
    apart = [
        row
        for row in range(len(scene.moments.index))
        if row not in rings and canvas(shown).spot_at(at(shown, Spot(Kind.MOMENT, row))) == Spot(Kind.MOMENT, row)
    ]
    spot = Spot(Kind.MOMENT, apart[len(apart) // 2])
    drag(canvas(shown), [at(shown, spot)])
    end = scene.seconds(spot.number)
    assert shown.bench.axis.selection == pytest.approx((end - 2.0, end))
    (spec,) = played
    assert (spec.start, spec.stop) == (round((end - 2.0) * 16_000), round(end * 16_000))


def test_return_on_a_detection_selects_the_word(shown, played):
    ring = next(ring for ring in canvas(shown).scene.rings if not ring.near)
    canvas(shown).point_at(Spot(Kind.MOMENT, ring.row))
    QTest.keyClick(canvas(shown), Qt.Key.Key_Return)
    detection = shown.bench.scores.detections[0]
    assert shown.bench.axis.selection == pytest.approx((detection.start, detection.end)) and len(played) == 1


# Moving about ---------------------------------------------------------------------------------------------------------


def test_the_wheel_zooms_around_the_pointer_and_a_drag_moves(page):
    spot = take(page, "computer 2")
    before, scale = at(page, spot), canvas(page).frame.scale
    wheel(canvas(page), before, 2)
    assert canvas(page).frame.scale == pytest.approx(scale * 1.25**2)
    assert at(page, spot).toTuple() == pytest.approx(before.toTuple(), abs=0.5)
    begin = QPointF(20, 20)
    drag(canvas(page), [begin, begin + QPointF(15, 5), begin + QPointF(30, 10)])
    assert at(page, spot).toTuple() == pytest.approx((before + QPointF(30, 10)).toTuple(), abs=0.5)
    page.window.resize(1300, 860)
    assert canvas(page).frame.scale == pytest.approx(scale * 1.25**2), "what somebody chose stays"
    QTest.keyClick(canvas(page), Qt.Key.Key_0)
    assert not canvas(page).by_hand
    QTest.keyClick(canvas(page), Qt.Key.Key_Plus)
    assert canvas(page).by_hand
    QTest.mouseDClick(canvas(page), Qt.MouseButton.LeftButton, pos=QPointF(6, 6).toPoint())
    assert not canvas(page).by_hand


def test_arrows_reach_every_take(page):
    QTest.keyClick(canvas(page), Qt.Key.Key_Right)
    seen, todo = {canvas(page).at}, [canvas(page).at]
    while todo:
        begin = todo.pop()
        for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            canvas(page).point_at(begin)
            QTest.keyClick(canvas(page), key)
            if canvas(page).at not in seen:
                seen.add(canvas(page).at)
                todo.append(canvas(page).at)
    assert len(seen) == 7


@pytest.mark.parametrize("upright", [True, False])
def test_a_frame_and_its_inverse(upright):
    frame = Frame(640, 300, 150.0, (0.3, -0.2), upright)
    points = np.random.default_rng(1).normal(size=(20, 2))
    for point in points:
        assert frame.point(frame.place(point)) == pytest.approx(tuple(point))
    spread = np.hypot(*np.diff(points, axis=0).T) * 150
    assert np.hypot(*np.diff(frame.places(points), axis=0).T) == pytest.approx(spread)


def test_a_tall_map_lies_down_in_a_wide_view_and_stays_so(page):
    chart = canvas(page).scene.chart
    tall = replace(
        chart,
        points=chart.points * [0.2, 2.0],
        background=chart.background * [0.2, 2.0],
        speech=chart.speech * [0.2, 2.0],
    )
    frame = fitted(tall, 900, 200, 20, True)
    assert not frame.upright and frame.scale == pytest.approx(fitted(tall, 200, 900, 20, True).scale)
    places = frame.places(tall.points)
    assert (places > 0).all() and (places < [900, 200]).all()
    assert {fitted(tall, 205, 200, 20, upright).upright for upright in (True, False)} == {True, False}
    assert fitted(tall, 200, 900, 20, False).upright


# Selecting, and what comes of it --------------------------------------------------------------------------------------


def around(page, spots, reach=14):
    places = np.array([at(page, spot).toTuple() for spot in spots])
    (left, top), (right, bottom) = places.min(axis=0) - reach, places.max(axis=0) + reach
    return [QPointF(left, top), QPointF(right, top), QPointF(right, bottom), QPointF(left, bottom)]


def test_lassoed_takes_are_left_out_and_come_back_by_undo(page):
    spot = take(page, "jarvis 3")
    drag(canvas(page), around(page, [spot]), SHIFT)
    assert spot in canvas(page).chosen
    chosen = [canvas(page).scene.chart.landmarks[n].label for n in page.window.distances.of(MapView).chosen_takes]
    assert page.window.distances.of(MapView).side.leave.isVisible() and page.text("mapTitle").startswith(
        f"{len(chosen)} take"
    )
    page.click("mapLeaveOut")
    taught = {t.label: t.excluded for word in page.bench.teaching.words for t in word.takes}
    assert sorted(label for label, out in taught.items() if out) == sorted(chosen)
    assert not canvas(page).chosen
    assert wait_until(lambda: len(canvas(page).scene.chart.landmarks) == 7 - len(chosen), 20)
    for _ in chosen:
        page.bench.undo.undo()
    assert wait_until(lambda: len(canvas(page).scene.chart.landmarks) == 7, 20)


def test_the_button_and_its_key_switch_the_lasso(page):
    button, hand = page.window.distances.of(MapView).lasso, page.window.distances.of(MapView).hand
    QTest.keyClick(canvas(page), Qt.Key.Key_L)
    assert button.isChecked() and hand.lasso
    before = canvas(page).frame
    spots = [Spot(Kind.TAKE, n) for n in range(7)]
    drag(canvas(page), around(page, spots))
    assert canvas(page).frame == before and {s for s in canvas(page).chosen if s.kind is Kind.TAKE} == set(spots)
    QTest.keyClick(canvas(page), Qt.Key.Key_Escape)
    assert not canvas(page).chosen and not button.isChecked() and not hand.lasso
    canvas(page).point_at(spots[2])
    QTest.keyClick(canvas(page), Qt.Key.Key_Space)
    assert canvas(page).chosen == {spots[2]}
    QTest.keyClick(canvas(page), Qt.Key.Key_Space)
    assert not canvas(page).chosen


def ring_rows(page, near):
    scene = canvas(page).scene
    return [ring for ring in scene.rings if ring.near is near]


def test_moments_become_takes_of_the_word_and_undo_takes_them_back(shown):
    ring = ring_rows(shown, near=False)[0]
    canvas(shown).choose(Spot(Kind.MOMENT, row) for row in range(ring.row - 2, ring.row + 3))
    shown.click("mapUseAsTakes")
    assert wait_until(lambda: len(shown.bench.teaching.word("computer").takes) == 5, 30), "one utterance is one take"
    assert wait_until(lambda: not shown.bench.teaching.waiting, 30)
    made = shown.bench.teaching.word("computer").takes[-1]
    assert made.used and made.seconds == pytest.approx(ring.span[1] - ring.span[0], abs=0.35)
    shown.bench.undo.undo()
    assert len(shown.bench.teaching.word("computer").takes) == 4


def test_moments_that_are_not_the_word_are_kept_apart(shown):
    scene = canvas(shown).scene
    row = next(r for r in range(len(scene.moments.index)) if scene.seconds(r) > 5.0)
    canvas(shown).choose({Spot(Kind.MOMENT, row)})
    shown.click("mapNotTheWord")
    assert wait_until(lambda: bool(shown.bench.teaching.word("computer").against), 30)
    assert wait_until(lambda: any(one.against for one in canvas(shown).scene.chart.landmarks), 30)
    spot = next(Spot(Kind.TAKE, n) for n, one in enumerate(canvas(shown).scene.chart.landmarks) if one.against)
    assert canvas(shown).scene.about(spot) == "not “computer”"
    assert ("cross", "not the word") in shown.window.distances.of(MapView).side.key.entries
    shown.bench.undo.undo()
    assert not shown.bench.teaching.word("computer").against


def test_of_many_moments_the_nearest_of_each_utterance_counts(shown):
    scene = canvas(shown).scene
    found = shown.window.findChild(MapLinks).deeds.utterances(scene, range(len(scene.moments.index)), "computer")
    times = [one.at_s for one in found]
    assert len(found) == 8 and times == sorted(times) and np.diff(times).min() >= 1.2
    own = [n for n, at in enumerate(scene.chart.watched) if scene.chart.landmarks[at].word == "computer"]
    assert min(one.distance for one in found) == scene.moments.distances[:, own].min()


# Files and figures ----------------------------------------------------------------------------------------------------


def test_it_leaves_as_picture_and_table(shown, tmp_path):
    view = shown.window.distances.of(MapView)
    view.canvas.choose([Spot(Kind.TAKE, 0)])
    for name in ("map.png", "map.svg"):
        save_view(view, shown.window.theme, tmp_path / name)
    image = QImage(str(tmp_path / "map.png"))
    assert image.width() == 2 * view.width() and len({image.pixel(x, 200) for x in range(image.width())}) > 5
    svg = (tmp_path / "map.svg").read_text("utf-8")
    assert "computer" in svg and "ordinary speech" in svg
    rows = list(csv.DictReader(io.StringIO(table_bytes(view).decode())))
    scene = view.canvas.scene
    assert len(rows) == 7 + len(scene.moments.index) + len(scene.chart.background)
    assert rows[0]["label"] == "computer 1" and rows[0]["speaker"] == "Anna"
    assert float(rows[0]["x"]) == pytest.approx(scene.chart.points[0, 0], abs=1e-4)
    assert float(rows[7]["distance"]) == pytest.approx(scene.moments.distances[0].min(), abs=1e-4)
    kinds = [row["what"] for row in rows]
    assert kinds.count("detection") == len({ring.row for ring in scene.rings if not ring.near})


def test_a_cloud_is_as_opaque_as_dots_lie_on_one_another():
    alpha = cloud(np.array([[20.5, 10.5], [20.5, 10.5], [5.5, 10.5], [-3.0, 4.0]]), 40, 20, 1.6, 0.5)
    assert alpha.shape == (20, 40) and alpha[10, 5] == 128 and alpha[10, 20] == 191
    assert alpha[10, 30] == 0 and alpha[0].max() == 0
    image = tinted(alpha, "#ff0000")
    assert image.pixelColor(5, 10).red() == 255 and image.pixelColor(5, 10).alpha() == 128


def test_rings_are_where_something_was_decided():
    index = np.arange(1, 50, dtype=np.int64) * HOP
    held = Moments(index, np.zeros((49, 2)), np.zeros((49, 2)))
    detection = Detection("one", 0.5, 1.0, 0.4, 0.6, 20 * HOP / 16_000)
    misses = [NearMiss("two", 30 * HOP / 16_000, 0.7, 0.6), NearMiss("two", 90 * HOP / 16_000, 0.7, 0.6)]
    found = rings_of(held, [detection], misses)
    assert [(ring.row, ring.word, ring.near) for ring in found] == [(19, "one", False), (29, "two", True)]
    scene = MapScene.__new__(MapScene)
    object.__setattr__(scene, "moments", held)
    assert [scene.row_at(seconds) for seconds in (0.0, 0.08, 0.1, 3.92, 9.0)] == [None, 0, 0, 48, None]


def test_a_map_of_ten_thousand_points_costs_a_few_milliseconds_a_hop(page):
    """Its parts are painted once: what comes with a hop does not depend on how many there are."""
    scene = canvas(page).scene
    rng = np.random.default_rng(0)
    many = replace(scene.chart, background=rng.normal(size=(10_000, 2)))
    canvas(page).show_scene(replace(scene, chart=many))
    canvas(page).grab()
    kept = canvas(page)._cloud, canvas(page)._signs
    rows = Moments(np.arange(1, 9, dtype=np.int64) * HOP, np.ones((8, 7)), rng.normal(size=(8, 2)))
    for count in range(1, 9):
        canvas(page).show_moments(Moments(*(part[:count] for part in vars(rows).values())), count - 1)
        canvas(page).grab()
    assert (canvas(page)._cloud, canvas(page)._signs) == kept and canvas(page)._dots == 8
