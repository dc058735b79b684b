"""The room in the window: heard, cancelled, taken from a sound; the words are made anew with it, in one step."""

import json
import shutil
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from shiboken6 import isValid

from labbench.audio.files import read_clip
from labbench.audio.source import FileSpec
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.messages import Advance
from labbench.models.embedders import EmbedderSpec
from labbench.models.scripted_host import ScriptedHost
from labbench.session.labword_file import load_labword
from labbench.session.words_file import load_words
from labbench.ui.dialogs.room_dialog import ALARMS, DECIDED, NEAREST, THRESHOLD, WORD, RoomDialog
from labbench.ui.theme import THEMES
from labbench.ui.words.room_effect import RoomStage
from labbench.wakeword.calibration import Decided
from labbench.wakeword.room import room_of

RATE = 16_000
CLIPS = assets() / "clips"
TAKES = sorted((CLIPS / "takes").glob("computer_*.flac"))


LONGEST_SECONDS = 120


@cache
def minutes_of_a_fan(seed):
    white = np.random.default_rng(seed).normal(0, 1, LONGEST_SECONDS * RATE)
    low = np.convolve(white, np.ones(12) / 12, "same")
    return low / np.std(low)


def fan(seconds, level=0.02, seed=3):
    """A fan: noise that is stronger in the bass; always the same, so that what hears it does so once."""
    assert seconds <= LONGEST_SECONDS
    return (level * minutes_of_a_fan(seed)[: round(seconds * RATE)]).astype(np.float32)


def sound(path, samples):
    soundfile.write(path, samples, RATE, subtype="PCM_16")
    return FileSpec(path, "A room", stepped=True)


@pytest.fixture
def page(open_bench, moonshine):
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.teach("computer", [*TAKES[:3], CLIPS / "silence.flac"])
    return opened


@pytest.fixture
def dialog(page):
    page.act("actionRoom")
    found = page.window.findChild(RoomDialog)
    yield found
    if isValid(found):
        found.close()


def run(page, source):
    page.bench.start(source, record=False)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)


def hear(page, seconds):
    for _ in range(round(seconds / 0.5)):
        page.bench.sound.send(Advance(0.5))
        page.bench.sound.tick()


def until(page, *stages):
    desk = page.bench.words.room
    assert wait_until(lambda: desk.stage in stages, 30), desk.stage


def word(page, name="computer"):
    return page.bench.teaching.word(name)


def rooms(word):
    return {len(template.room) for take in (*word.takes, *word.against) for template in take.templates}


def row(dialog, number=0):
    return [dialog.table.topLevelItem(number).text(column) for column in range(dialog.table.columnCount())]


def test_half_a_minute_is_heard_and_the_words_are_made_anew_in_it(page, dialog, tmp_path):
    before, calibrated = word(page), page.bench.teaching.calibration("computer")
    assert dialog.says.text() == "The words do not know the room yet." and dialog.ring.part == 0
    assert not dialog.forget.isEnabled() and not dialog.table.isVisible()
    run(page, sound(tmp_path / "fan.wav", fan(45)))
    page.click("roomGo")
    assert page.bench.words.room.stage is RoomStage.HEARING
    hear(page, 12)
    assert 0.3 < dialog.ring.part < 0.5 and 16 <= int(dialog.ring.sign[0]) <= 20 and dialog.meter.isVisible()
    assert word(page) is before
    hear(page, 22)
    until(page, RoomStage.DONE)
    after = word(page)
    assert rooms(before) == {0} and rooms(after) == {29}
    assert len(after.templates) == len(before.templates)
    assert [take.verdict for take in after.takes] == [take.verdict for take in before.takes]
    old, new = (one.takes[0].templates for one in (before, after))
    assert np.array_equal(old[0].frames, new[0].frames) and not np.array_equal(old[1].frames, new[1].frames)
    assert page.bench.teaching.room.seconds == 30 and page.bench.sound.running is not None
    assert dialog.says.text() == "The words know this room: 30 s of it were heard."
    assert dialog.ring.sign == ("−34", "mean level, dBFS")
    now = page.bench.teaching.calibration("computer")
    shown = row(dialog)
    assert shown[WORD] == "computer" and float(shown[NEAREST]) > now.threshold
    assert shown[THRESHOLD].split(" → ")[0] == f"{calibrated.threshold:.2f}" and shown[DECIDED] == now.decided.value
    assert now.room is not None and shown[ALARMS]
    page.bench.undo.undo()
    assert word(page) is before and page.bench.teaching.room is None
    assert dialog.says.text() == "The words do not know the room yet." and dialog.table.topLevelItemCount() == 0
    page.bench.undo.redo()
    assert word(page) is after and page.bench.teaching.room is not None


def test_the_room_is_kept_with_the_session_and_not_with_the_word(page, dialog, tmp_path):
    page.show_file(sound(tmp_path / "fan.wav", fan(14)).path)
    page.click("roomWhole")
    until(page, RoomStage.DONE)
    assert page.bench.teaching.room.seconds == pytest.approx(14, abs=0.01)
    page.bench.teaching.save()
    kept = load_words(page.bench.desk.session.words_path)
    assert kept.room is not None and np.array_equal(kept.room.samples, page.bench.teaching.room.samples)
    assert rooms(kept.words[0]) == {13}
    page.bench.words.export_word("computer", tmp_path / "c.labword")
    assert rooms(load_labword(tmp_path / "c.labword").word) == {0}
    with zipfile.ZipFile(tmp_path / "c.labword") as packed:
        written = json.loads(packed.read("word.json"))
    assert {template["room"] for take in written["takes"] for template in take["templates"]} == {""}
    page.bench.words.import_word(tmp_path / "c.labword")
    assert wait_until(lambda: word(page, "computer 2") is not None, 20)
    assert rooms(word(page, "computer 2")) == {13}
    page.bench.keeping.load_words()
    assert page.bench.teaching.room is not None and rooms(word(page)) == {13}
    set_aside = shutil.copy(page.bench.desk.session.words_path, tmp_path)  # a new take is saved by itself
    page.teach("computer", TAKES[3:4])
    assert rooms(word(page)) == {13} and len(word(page).takes) == 5
    page.bench.words.open_words(Path(set_aside))
    assert wait_until(lambda: len(word(page).takes) == 4, 20)
    assert rooms(word(page)) == {13}


def test_forgetting_the_room_makes_the_words_as_they_were(page, dialog, tmp_path):
    before = word(page)
    page.show_file(sound(tmp_path / "fan.wav", fan(12)).path)
    page.click("roomWhole")
    until(page, RoomStage.DONE)
    page.click("roomForget")
    assert wait_until(lambda: page.bench.teaching.room is None, 20)
    assert dialog.says.text().startswith("The room is forgotten")
    for old, new in zip(before.templates, word(page).templates, strict=True):
        assert np.array_equal(old.frames, new.frames) and np.array_equal(old.cohort, new.cohort)
    assert page.bench.teaching.calibration("computer").room is None
    page.bench.undo.undo()
    assert page.bench.teaching.room is not None


def test_cancelled_at_any_moment_everything_stays(page, dialog, tmp_path):
    before, desk = word(page), page.bench.words.room
    page.bench.sources.use(sound(tmp_path / "fan.wav", fan(45)))
    desk.listen(sound(tmp_path / "fan.wav", fan(45)))
    until(page, RoomStage.HEARING)
    hear(page, 5)
    page.click("roomCancel")
    assert desk.stage is RoomStage.READY
    assert wait_until(lambda: page.bench.sound.running is None, 10)  # it was opened for the room only
    page.show_file(tmp_path / "fan.wav")
    page.click("roomWhole")
    until(page, RoomStage.MAKING)
    page.click("roomCancel")
    assert desk.stage is RoomStage.READY
    page.teach("computer", TAKES[3:4])
    assert rooms(word(page)) == {0} and page.bench.teaching.room is None
    assert word(page).takes[0].templates == before.takes[0].templates
    page.click("roomWhole")
    until(page, RoomStage.MAKING)
    page.bench.undo.undo()
    page.bench.undo.redo()
    dialog.close()
    assert desk.stage is RoomStage.READY and page.bench.teaching.room is None


def test_a_take_that_comes_back_meanwhile_is_made_anew_as_well(page, dialog, tmp_path):
    page.show_file(sound(tmp_path / "fan.wav", fan(12)).path)
    page.bench.teaching.remove_take("computer", 0)
    page.click("roomWhole")
    until(page, RoomStage.MAKING)
    page.bench.undo.undo()
    until(page, RoomStage.DONE)
    assert [take.label for take in word(page).takes][:3] == ["computer 1", "computer 2", "computer 3"]
    assert rooms(word(page)) == {11}


def test_another_room_that_comes_back_meanwhile_ends_it(page, dialog, tmp_path):
    page.show_file(sound(tmp_path / "fan.wav", fan(12)).path)
    page.click("roomWhole")
    until(page, RoomStage.DONE)
    page.bench.axis.select((0.0, 10.5))
    page.click("roomSelection")
    until(page, RoomStage.MAKING)
    page.bench.undo.undo()
    assert page.bench.words.room.stage is RoomStage.READY and page.bench.teaching.room is None
    page.teach("computer", TAKES[3:4])
    assert rooms(word(page)) == {0} and page.bench.undo.undoText().startswith("Takes of")


def test_what_changes_while_takes_are_made_is_not_lost(page, dialog, tmp_path):
    page.show_file(sound(tmp_path / "fan.wav", fan(12)).path)
    page.click("roomWhole")
    until(page, RoomStage.MAKING)
    page.bench.words.takes.speaker("computer", 0, "Ada")
    page.bench.words.takes.move("computer", 0, 1)
    page.bench.teaching.teach_files("jarvis", sorted((CLIPS / "takes").glob("jarvis_*.flac"))[:1])
    until(page, RoomStage.DONE)
    assert wait_until(lambda: word(page, "jarvis") is not None and word(page, "jarvis").takes, 20)
    assert [take.speaker for take in word(page).takes[:2]] == ["", "Ada"]
    assert rooms(word(page)) == {11} and rooms(word(page, "jarvis")) == {11}


def test_a_word_that_was_said_in_it_is_noticed(page, dialog, tmp_path):
    samples = fan(20, 0.002)
    said = read_clip(TAKES[4]).for_models()
    samples[8 * RATE : 8 * RATE + len(said)] += said
    page.show_file(sound(tmp_path / "said.wav", samples).path)
    page.click("roomWhole")
    until(page, RoomStage.DOUBT)
    assert dialog.says.text() == "Something in it sounds like “computer”." and page.bench.teaching.room is None
    assert row(dialog)[NEAREST].endswith("came near") and dialog.go.text() == "Use it all the same"
    page.click("roomGo")
    until(page, RoomStage.DONE)
    assert page.bench.teaching.room is not None
    found = page.bench.teaching.calibration("computer")
    assert found.threshold < page.bench.words.room.effects[0].before.threshold
    assert found.decided in (Decided.ROOM, Decided.TAKES)


def test_what_is_no_room_is_refused(page, dialog, tmp_path):
    told = []
    page.bench.notices.error.connect(lambda error: told.append(error.message))
    assert not dialog.selection.isEnabled() and not dialog.whole.isEnabled()
    page.show_file(sound(tmp_path / "short.wav", fan(12)).path)
    page.bench.axis.select((1.0, 6.0))
    page.click("roomSelection")
    until(page, RoomStage.READY)
    assert told == ["5 s are too short to know a room by."]
    page.bench.words.room.listen(FileSpec(tmp_path / "missing.wav", "missing", stepped=True))
    until(page, RoomStage.READY)
    assert len(told) == 2 and page.bench.teaching.room is None
    run(page, sound(tmp_path / "ends.wav", fan(4)))
    page.bench.words.room.listen()
    hear(page, 6)
    until(page, RoomStage.READY)
    assert told[2] == "4 s are too short to know a room by."


def test_with_an_ear_of_its_own_it_is_the_same(open_bench, moonshine, tmp_path):
    page = open_bench(make_host=ScriptedHost)
    page.teach("computer", TAKES[:2])
    before = word(page)
    page.show_file(sound(tmp_path / "fan.wav", fan(12)).path, 60)
    page.bench.words.room.use_recording()
    until(page, RoomStage.DONE)
    assert rooms(word(page)) == {11} and all(
        take.samples is old.samples for take, old in zip(word(page).takes, before.takes, strict=True)
    )
    page.bench.words.room.forget()
    until(page, RoomStage.DONE)
    assert wait_until(lambda: rooms(word(page)) == {0}, 20)


def test_a_take_that_was_made_for_a_room_that_never_came_forgets_it(page, dialog, tmp_path):
    page.show_file(sound(tmp_path / "fan.wav", fan(12)).path)
    page.bench.teaching.use_room(room_of(fan(12)))
    page.teach("computer", TAKES[3:4])
    assert rooms(word(page)) == {0} and len(word(page).takes) == 5
    page.bench.teaching.save()
    assert len(load_words(page.bench.desk.session.words_path).words[0].takes) == 5


def test_scorings_that_compare_windows_know_the_room_as_well(page, dialog, tmp_path):
    page.bench.words.method.apply(EmbedderSpec(), "nearest")
    assert word(page).scoring == "nearest"
    samples = fan(20, 0.002)
    said = read_clip(TAKES[4]).for_models()
    samples[8 * RATE : 8 * RATE + len(said)] += said
    page.show_file(sound(tmp_path / "said.wav", samples).path)
    page.click("roomWhole")
    until(page, RoomStage.DOUBT)
    assert row(dialog)[NEAREST].endswith("came near")
    page.click("roomGo")
    until(page, RoomStage.DONE)
    found = page.bench.teaching.calibration("computer")
    assert found.room is not None and found.threshold < page.bench.words.room.effects[0].before.threshold
    assert page.bench.words.room.effects[0].after == found
    page.bench.undo.undo()
    assert page.bench.teaching.calibration("computer").room is None
    page.bench.undo.redo()
    assert page.bench.teaching.calibration("computer") == found


def test_the_room_reaches_them_whichever_comes_first(page, dialog, tmp_path):
    page.show_file(sound(tmp_path / "fan.wav", fan(12)).path)
    page.click("roomWhole")
    until(page, RoomStage.DONE)
    teaching = page.bench.teaching
    page.bench.words.method.apply(EmbedderSpec(), "prototype")
    assert wait_until(lambda: teaching.calibration("computer").room is not None, 20)
    known = teaching.calibration("computer")
    assert teaching.models[0].threshold == known.threshold
    page.bench.teaching.save()
    page.bench.keeping.load_words()
    assert wait_until(lambda: teaching.calibration("computer").room is not None, 20)
    assert teaching.calibration("computer").threshold == pytest.approx(known.threshold, abs=1e-3)
    page.bench.words.method.apply(EmbedderSpec("mfcc"), "nearest")
    assert wait_until(lambda: not page.bench.words.method.busy and word(page).scoring == "nearest", 60)
    assert teaching.calibration("computer").room is not None
    page.bench.undo.undo()
    assert teaching.calibration("computer").room is not None
    page.bench.words.room.forget()
    until(page, RoomStage.DONE)
    assert teaching.calibration("computer").room is None


def test_all_ways_are_compared_in_the_room(page, dialog, tmp_path):
    page.show_file(sound(tmp_path / "fan.wav", fan(12)).path)
    page.click("roomWhole")
    until(page, RoomStage.DONE)
    desk, found = page.bench.words.method.ways, []
    desk.compared.connect(lambda _, ways: found.extend(ways))
    desk.compare(word(page))
    assert desk.busy
    assert wait_until(lambda: bool(found), 60)
    assert len(found) == 5 and all(way.calibration.room is not None for way in found)
    desk.cancel()
    assert wait_until(lambda: not desk.busy, 20)


def test_its_dialog_follows_the_theme(page, dialog):
    page.window.set_theme("light")
    middle = dialog.ring.rect().center()
    light = dialog.ring.grab().toImage().pixelColor(middle.x(), middle.y() + 40).name()
    page.window.set_theme("dark")
    dark = dialog.ring.grab().toImage().pixelColor(middle.x(), middle.y() + 40).name()
    assert (light, dark) == (THEMES["light"].raised, THEMES["dark"].raised)
