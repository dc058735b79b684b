"""A server as engine in the window: off at first, tried, switched on and off, and always seen while sound is sent."""

import json
import threading
from collections.abc import Iterator

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton
from small_whisper import SPOKEN

from labbench.jobs.waiting import wait_until
from labbench.models.engines import MOONSHINE, remote
from labbench.models.hosting import HostProcess
from labbench.models.scripted_host import ScriptedHost
from labbench.session.keys import ENVIRONMENT, KEPT_FOR_THIS_RUN, MemoryKeys, SystemKeys
from labbench.session.settings import Settings, load_settings, save_settings
from labbench.transcript.guard import BlockList
from labbench.ui.dialogs.remote_dialog import RemoteDialog
from labbench.ui.dialogs.settings_dialog import SettingsDialog
from labbench.ui.theme import THEMES
from tests.models.transcription_server import Conduct, TranscriptionServer

CLIP = SPOKEN / "digits_short.flac"
STAYS = "Everything stays on this computer"
SECRET = "sk-very-secret"


@pytest.fixture
def server() -> Iterator[TranscriptionServer]:
    with TranscriptionServer() as running:
        running.conduct = Conduct()
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


class Safe:
    """The system's safe, as far as keyring's functions tell."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, key: str) -> None:
        self.kept[service, name] = key

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


def rest(page) -> bool:
    desk = page.bench.engines.remote
    return wait_until(lambda: not (page.bench.jobs.running or desk.changing or desk.trying), 25)


@pytest.fixture
def opened(open_bench, labbench_home):
    """A window whose settings are written to the real file, with the dialog open."""
    path = labbench_home / "settings.json"

    def open_it(make_host=ScriptedHost, keys=None, settings=None):
        page = open_bench(
            twin=True,
            make_host=make_host,
            keys=keys or MemoryKeys(),
            settings=settings or Settings(),
            save_settings=lambda found: save_settings(path, found),
        )
        page.act("actionRemote")
        dialog = page.window.findChild(RemoteDialog, "remoteDialog")
        assert rest(page)
        return page, dialog

    return open_it


def write(dialog, name: str, text: str) -> None:
    field = dialog.findChild(QLineEdit, name)
    field.setFocus()
    field.clear()
    QTest.keyClicks(field, text)
    field.editingFinished.emit()


def press(dialog, name: str) -> None:
    QTest.mouseClick(dialog.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def switch(page, dialog, on: bool) -> None:
    box = dialog.findChild(QCheckBox, "remoteOn")
    assert box.isChecked() is not on
    box.click()
    assert rest(page)


def says(dialog) -> str:
    return dialog.findChild(QLabel, "remoteSays").text()


def choices(page, slot: str) -> list[str]:
    box = page.find(QComboBox, f"engine{slot}Choice")
    return [box.itemText(number) for number in range(box.count())]


def pick(page, slot: str, title: str) -> None:
    box = page.find(QComboBox, f"engine{slot}Choice")
    box.setCurrentIndex(box.findText(title))
    box.activated.emit(box.currentIndex())


# Off at first; trying -----------------------------------------------------------------------------------------------


def test_it_is_off_at_first_and_trying_sends_the_bundled_clip_alone(opened, server):
    page, dialog = opened(make_host=HostProcess)
    assert page.text("privacy") == STAYS and not dialog.on.isChecked()
    assert not any("Server" in title for slot in "AB" for title in choices(page, slot))
    write(dialog, "remoteAddress", server.address)
    press(dialog, "remoteTry")
    assert rest(page)
    assert says(dialog).startswith("127.0.0.1 works: openai/whisper-small read the test clip in ")
    assert says(dialog).endswith("as “w0 w1 w2”.")
    [asked] = server.conduct.asked
    assert asked.key is None and 2.5 < len(asked.samples) / 16_000 < 4.5
    assert page.text("privacy") == STAYS and not page.bench.engines.remote.on


@pytest.mark.parametrize(
    ("conduct", "sentence"),
    [
        (Conduct(key=SECRET), "127.0.0.1 wants a key (HTTP 401). Enter the key that whoever runs it gave you."),
        (Conduct(status=503), "127.0.0.1 is out of order (HTTP 503). Try again, or choose another engine."),
        (Conduct(answer=lambda asked: {"text": ""}), "but openai/whisper-small heard no words in the test clip."),
    ],
    ids=["key", "broken", "silent"],
)
def test_what_came_of_a_trial_is_one_sentence(opened, server, conduct, sentence):
    server.conduct = conduct
    page, dialog = opened(make_host=HostProcess)
    write(dialog, "remoteAddress", server.address)
    press(dialog, "remoteTry")
    assert rest(page)
    assert sentence in says(dialog)
    assert page.notice == ""


def test_a_trial_can_be_stopped(opened, server):
    server.conduct.hold = threading.Event()
    page, dialog = opened(make_host=HostProcess)
    write(dialog, "remoteAddress", server.address)
    press(dialog, "remoteTry")
    assert wait_until(server.conduct.arrived.is_set, 60)
    assert dialog.try_button.text() == "Stop"
    press(dialog, "remoteTry")
    assert rest(page)
    server.conduct.hold.set()
    assert says(dialog) == "The trial was stopped." and dialog.try_button.text() == "Try it"


def test_what_is_blocked_is_not_shown_of_a_trial_either(opened, server):
    page, dialog = opened(make_host=HostProcess)
    options = page.bench.engines.options
    page.bench.engines.set_options(type(options)(blocked=BlockList(("w1",))))
    write(dialog, "remoteAddress", server.address)
    press(dialog, "remoteTry")
    assert rest(page)
    assert "works" in says(dialog) and "w1" not in says(dialog)


@pytest.mark.parametrize("address", ["http://example.org", "ftp://x", "https://me:secret@lab.org", "not an address"])
def test_an_address_that_can_not_be_used_changes_nothing(opened, address):
    page, dialog = opened()
    write(dialog, "remoteAddress", address)
    assert rest(page)
    assert says(dialog) and "secret" not in says(dialog)
    dialog.on.click()
    assert rest(page)
    assert not page.bench.engines.remote.on and not dialog.on.isChecked()


def test_without_an_address_it_stays_off(opened):
    page, dialog = opened()
    dialog.on.click()
    assert rest(page)
    assert not dialog.on.isChecked() and says(dialog) == "Enter the server's address first."


# On, in use, off ----------------------------------------------------------------------------------------------------


def test_while_an_engine_is_remote_the_window_shows_it(opened, server):
    page, dialog = opened(make_host=HostProcess)
    write(dialog, "remoteAddress", server.address)
    switch(page, dialog, on=True)
    assert dialog.state.text().startswith("On: choose “Server 127.0.0.1”")
    assert choices(page, "A")[-1] == choices(page, "B")[-1] == "Server 127.0.0.1"
    assert page.text("privacy") == STAYS, "offered is not used"
    dialog.accept()
    page.show_file(CLIP, 60)
    assert server.conduct.asked == []
    pick(page, "B", "Server 127.0.0.1")
    sign = page.find(QLabel, "privacy")
    assert sign.isVisible() and sign.text() == sign.accessibleName() == "Sound is sent to 127.0.0.1"
    assert sign.property("role") == "warning" and "engine B runs on" in sign.toolTip()
    assert server.address in sign.toolTip()
    page.bench.reading.transcribe_again()
    assert wait_until(lambda: page.engine_text("B").startswith("w0 w1"), 60)
    page.window.resize(1000, 560)
    page.window.set_compact(True)
    column = page.find(QLabel, "engineBKnows")
    assert column.isVisible() and column.text() == "Sound is sent to 127.0.0.1."
    assert column.property("role") == "warning" and "openai/whisper-small" in column.toolTip()
    assert not page.find(QLabel, "engineAKnows").isVisible()
    page.act("actionRemote")
    switch(page, page.window.findChild(RemoteDialog), on=False)
    assert page.bench.engines.b.spec.title == "Moonshine tiny-en" and page.text("privacy") == STAYS
    assert "Server 127.0.0.1" not in choices(page, "A")
    count = len(server.conduct.asked)
    assert rest(page)
    page.bench.reading.transcribe_again()
    assert wait_until(lambda: not page.bench.jobs.running, 60)
    assert len(server.conduct.asked) == count, "nothing is sent any more"


def test_another_key_means_another_host_and_is_in_no_command_line(opened, server, labbench_home):
    server.conduct.key = SECRET
    safe = Safe()
    page, dialog = opened(make_host=HostProcess, keys=SystemKeys(safe))
    write(dialog, "remoteAddress", server.address)
    write(dialog, "remoteKey", "sk-wrong")
    switch(page, dialog, on=True)
    pick(page, "A", "Server 127.0.0.1")
    first = page.bench.engines.a
    first.warm_up()
    assert rest(page)
    host = first.host
    write(dialog, "remoteKey", SECRET)
    assert rest(page)
    assert first.spec.key == SECRET and first.host is None, "the old host is of no use any more"
    assert dialog.key.text() == "" and dialog.key.placeholderText() == "a key is kept; type to replace it"
    first.warm_up()
    assert rest(page)
    assert first.host is not host and first.host.info.device == "127.0.0.1: openai/whisper-small"
    process = psutil.Process(first.host.pid)
    assert SECRET not in " ".join(process.cmdline()) and SECRET not in json.dumps(process.environ())
    assert list(safe.kept.values()) == [SECRET]
    write(dialog, "remoteModel", "other")
    assert rest(page)
    assert first.spec.model == "other" and first.spec.key == SECRET and first.host is None
    written = [path for path in labbench_home.rglob("*") if path.is_file()]
    assert labbench_home / "settings.json" in written
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]
    settings, _ = load_settings(labbench_home / "settings.json")
    assert (settings.remote_on, settings.remote_address, settings.remote_model) == (True, server.address, "other")
    press(dialog, "remoteForget")
    assert rest(page)
    assert safe.kept == {} and first.spec.key == "" and dialog.key.placeholderText() == "none"


def test_a_key_goes_to_its_own_server_alone(opened):
    page, dialog = opened()
    write(dialog, "remoteAddress", "https://one.example.org")
    write(dialog, "remoteKey", SECRET)
    assert rest(page)
    assert says(dialog) == KEPT_FOR_THIS_RUN
    switch(page, dialog, on=True)
    pick(page, "B", "Server one.example.org")
    write(dialog, "remoteAddress", "https://two.example.org")
    assert rest(page)
    assert page.bench.engines.b.spec.address == "https://two.example.org" and page.bench.engines.b.spec.key == ""
    assert page.text("privacy") == "Sound is sent to two.example.org"
    assert not dialog.forget.isEnabled()


def test_the_environment_s_key_is_named_and_not_asked_for(opened, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, SECRET)
    page, dialog = opened()
    assert not dialog.key.isEnabled() and dialog.key.placeholderText() == f"that of {ENVIRONMENT}"
    write(dialog, "remoteAddress", "https://one.example.org")
    switch(page, dialog, on=True)
    assert page.bench.engines.remote.spec.key == SECRET


# From one start to the next -----------------------------------------------------------------------------------------


def test_it_is_offered_again_at_the_next_start_and_not_used(opened, labbench_home):
    safe = Safe()
    keys = SystemKeys(safe)
    keys.keep("https://one.example.org", SECRET)
    page, dialog = opened(keys=keys, settings=Settings(remote_address="https://one.example.org", remote_on=True))
    assert dialog.on.isChecked() and page.bench.engines.remote.spec.key == SECRET
    assert choices(page, "B")[-1] == "Server one.example.org" and page.text("privacy") == STAYS
    page.bench.keep_settings(theme="light")
    assert load_settings(labbench_home / "settings.json")[0].remote_on
    page.act("actionSettings")
    settings = page.window.findChild(SettingsDialog)
    assert settings.server.text() == "on: https://one.example.org"
    switch(page, dialog, on=False)
    assert settings.server.text() == "off: everything stays on this computer"
    assert not load_settings(labbench_home / "settings.json")[0].remote_on


def test_off_means_that_nobody_is_asked_for_a_key_at_the_start(open_bench):
    class Asked(MemoryKeys):
        def get(self, address: str) -> str:
            raise AssertionError("the safe was asked")

    page = open_bench(twin=True, keys=Asked(), settings=Settings(remote_address="https://one.example.org"))
    assert rest(page)
    assert page.bench.engines.remote.address == "https://one.example.org"


def test_an_engine_of_the_command_line_is_shown_too(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost, engine_a=remote("https://one.example.org"))
    assert page.text("privacy") == "Sound is sent to one.example.org"
    page.bench.engines.b.choose(remote("https://two.example.org"))
    assert page.text("privacy") == "Sound is sent to one.example.org and two.example.org"
    for slot in page.bench.engines.slots:
        slot.choose(MOONSHINE)
    assert page.text("privacy") == STAYS


def test_a_damaged_address_of_the_last_time_is_told(open_bench):
    page = open_bench(twin=True, settings=Settings(remote_address="ftp://x", remote_on=True), keys=MemoryKeys())
    assert rest(page)
    assert "begins with https" in page.notice and page.bench.engines.remote.spec is None


@pytest.mark.parametrize("theme", THEMES)
def test_names_and_room(opened, theme):
    page, dialog = opened()
    page.window.set_theme(theme)
    fields = [*dialog.findChildren(QLineEdit), *dialog.findChildren(QPushButton), *dialog.findChildren(QCheckBox)]
    assert all(one.objectName() and one.accessibleName() for one in fields)
    assert wait_until(lambda: all(one.width() >= one.minimumSizeHint().width() for one in fields), 5)
    assert dialog.key.echoMode() is QLineEdit.EchoMode.Password
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert wait_until(lambda: page.window.findChild(RemoteDialog) is None, 10)
