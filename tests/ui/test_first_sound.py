"""Around the first sound: it is recorded only once it comes, silence is told, and one click is one thing to undo."""

from collections import Counter

import pytest
from PySide6.QtWidgets import QMenu
from small_whisper import SPOKEN

from labbench.audio.devices import DeviceList
from labbench.audio.source import DeviceSpec, FileSpec
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.messages import Advance, DevicesListed
from labbench.models.scripted_host import ScriptedHost
from labbench.testing.devices import microphone
from labbench.ui.sounds.silence_watch import NOTHING
from labbench.ui.sounds.sound import Sound

CLIPS = assets() / "clips"


@pytest.fixture
def page(open_bench):
    return open_bench(twin=True, make_host=ScriptedHost)


def test_nothing_is_said_to_be_recorded_before_sound_comes(page):
    page.bench.start(FileSpec(SPOKEN / "digits.flac", "Stepped", stepped=True))
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    assert page.text("openState") == "Opening…" and not page.window.toolbar.recording.isVisible()
    page.bench.sound.send(Advance(0.25))
    page.bench.sound.tick()
    assert page.text("openState") == "Clip plays as microphone" and page.window.toolbar.recording.isVisible()
    page.bench.stop()
    assert wait_until(lambda: page.bench.sound.running is None, 10)


@pytest.mark.parametrize(
    ("source", "peaks", "told"),
    [
        (DeviceSpec(), [0.0, 0.0], True),
        (DeviceSpec(), [1e-5, 0.0], False),
        (FileSpec(CLIPS / "silence.flac", "Silence"), [0.0, 0.0], False),
    ],
)
def test_a_microphone_that_gives_nothing_is_told(page, monkeypatch, source, peaks, told):
    said = []
    page.bench.notices.info.connect(said.append)
    page.bench.running_changed.emit(source, False)
    page.bench.sound.advanced.emit(peaks[0])
    assert not said, "not at once"
    monkeypatch.setattr(Sound, "seconds", property(lambda self: 3.5))
    page.bench.sound.advanced.emit(peaks[1])
    page.bench.sound.advanced.emit(0.0)
    assert said == ([NOTHING] if told else [])


def test_takes_of_one_click_are_one_thing_to_undo(page):
    takes = sorted((CLIPS / "takes").glob("computer_*.flac"))[:3]
    page.teach("computer", takes)
    assert [len(word.takes) for word in page.bench.teaching.words] == [3]
    assert page.bench.undo.undoText() == "Takes of computer" and page.bench.undo.index() == 1
    page.act("actionUndo")
    assert not any(word.takes for word in page.bench.teaching.words)
    page.act("actionRedo")
    assert [len(word.takes) for word in page.bench.teaching.words] == [3]


def test_what_was_told_goes_with_what_is_undone(page):
    page.show_file(SPOKEN / "digits_short.flac")
    page.bench.axis.select((0.5, 1.0))
    page.bench.labels.add("one")
    page.bench.notices.info.emit("Something about the label.")
    assert page.window.notice.isVisible()
    page.act("actionUndo")
    assert not page.window.notice.isVisible()


def test_a_recording_that_is_opened_first_does_not_become_the_microphone(page):
    sources = page.bench.sources
    sources.devices, sources._listed, sources.choice = DeviceList(), False, None
    sources._watch.start()
    sources.add_file(FileSpec(SPOKEN / "digits.flac", "An old recording"))
    assert sources.choice is None
    page.bench.sound.devices_listed.emit(DevicesListed(DeviceList((microphone("Headset"),), ())))
    assert sources.choice == DeviceSpec()


def test_where_there_is_no_microphone_it_is_the_source(page):
    sources, spec = page.bench.sources, FileSpec(SPOKEN / "digits.flac", "An old recording")
    sources.devices, sources._listed, sources.choice = DeviceList(), False, None
    sources._watch.start()
    sources.add_file(spec)
    page.bench.sound.devices_listed.emit(DevicesListed(DeviceList()))
    assert sources.choice == spec


def test_each_key_of_a_menu_is_there_once(page):
    for menu in page.window.menuBar().findChildren(QMenu):
        keys = [text[text.index("&") + 1].lower() for text in (a.text() for a in menu.actions()) if "&" in text]
        doubled = [key for key, count in Counter(keys).items() if count > 1]
        assert not doubled, f"{menu.title()}: {doubled}"
