"""Settings: every change applies at once and is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QSignalBlocker, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QSizePolicy

from labbench.audio.devices import Device
from labbench.audio.source import DeviceSpec
from labbench.signal.rows import Kind
from labbench.transcript.languages import LANGUAGES, language_name
from labbench.ui.dialogs.base import BenchDialog, Form
from labbench.ui.dialogs.text_page import plain_text
from labbench.ui.menus import KINDS, RANGE_TIP, RANGES_DB, THEME_TITLES, WINDOW_TIP, WINDOWS_MS
from labbench.ui.preferences import NEAR_MISS_CHOICES, NEAR_MISS_TIP
from labbench.ui.sounds.playback import SPEEDS
from labbench.ui.theme import THEMES
from labbench.ui.widgets import ElidedLabel, button, named

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

SYSTEM = "System default"
Choices = Sequence[tuple[str, object]]


class SettingsDialog(BenchDialog):
    """Shows what holds now, and follows where it is changed elsewhere."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window, "settingsDialog", "Settings", (560, 0))
        bench, actions = self.bench, window.menus.actions
        self.add_heading("Settings")
        self._form = Form()
        self.body.addLayout(self._form)
        self.theme = self._row("Theme", "settingTheme", lambda name: actions[f"theme-{name}"].trigger())
        self._add_home()
        self._form.add_section("Sound")
        self.input = self._row("Microphone", "settingInput", self._use_input)
        self.output = self._row("Loudspeaker", "settingOutput", self._use_output)
        self.speed = self._row("Playback speed", "settingSpeed", self._use_speed)
        self._form.add_section("Transcription and wake words")
        self.language = self._row("Language", "settingLanguage", self._use_language)
        self.language.setToolTip(
            "The language that is spoken. Whisper can find it out itself; short or noisy sound is read better when it "
            "is told. A model of one language only reads that."
        )
        self._add_server()
        self.near_misses = self._row(
            "Near misses", "settingNearMisses", lambda policy: self.bench.keep_settings(near_misses=policy)
        )
        self.near_misses.setToolTip(NEAR_MISS_TIP)
        self._form.add_section("Spectrogram")
        self.kind = self._row("Scale", "settingKind", lambda kind: actions[f"spectrogram-kind-{kind}"].trigger())
        self.length = self._row("Window", "settingWindow", lambda ms: actions[f"spectrogram-window_ms-{ms}"].trigger())
        self.range = self._row("Range", "settingRange", lambda db: actions[f"spectrogram-floor_db-{db}"].trigger())
        self.length.setToolTip(WINDOW_TIP)
        self.range.setToolTip(RANGE_TIP)
        bench.sources.changed.connect(self._show_devices)
        bench.sources.chosen.connect(self._show_devices)
        bench.theme_changed.connect(self._show_choices)
        bench.keeping.restored.connect(self._show_choices)
        self._show_choices()
        self._show_devices()
        self.press_by_return(self.end_with(None))
        self.theme.setFocus()

    def _row(self, title: str, name: str, use: Callable[..., object]) -> QComboBox:
        """A line of the form whose choices are handed to `use`."""
        box = named(QComboBox(), name, title)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(24)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.activated.connect(lambda _: use(box.currentData()))
        self._form.add_row(title, box)
        return box

    def _add_server(self) -> None:
        remote = self.bench.engines.remote
        self.server = named(ElidedLabel(""), "settingServer", "A strong computer of the class")
        set_up = button("Set up…", "settingServerSetUp", "Let a server read the sound in place of this computer")
        set_up.clicked.connect(self.owner.asking.remote)
        self._form.add_row("Server", self.server, set_up)
        remote.changed.connect(self._show_server)
        self._show_server()

    def _show_server(self) -> None:
        remote = self.bench.engines.remote
        self.server.setText(f"on: {remote.address}" if remote.on else "off: everything stays on this computer")

    def _add_home(self) -> None:
        self.home = named(ElidedLabel(str(self.bench.home)), "settingHome", "Where sessions are kept")
        self.home.setToolTip(str(self.bench.home))
        reveal = button("Show folder", "settingReveal", "Open the folder of all sessions in the file manager")
        reveal.clicked.connect(self._reveal)
        self._form.add_row("Sessions", self.home, reveal)

    def _reveal(self) -> None:
        folder = self.bench.home
        while not folder.exists():
            folder = folder.parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    # What holds now -----------------------------------------------------------------------------------------------

    def _show_choices(self, _: object = None) -> None:
        spectrogram = self.owner.signal.spectrogram.settings
        speed = min(SPEEDS, key=lambda known: abs(known - self.bench.playback.speed))
        language = self.bench.engines.a.language
        codes = [code for code in (language,) if code is not None and code not in LANGUAGES]
        languages: Choices = [(language_name(code), code) for code in (None, *codes, *LANGUAGES)]
        themes = [(plain_text(THEME_TITLES[name]).removesuffix(" theme"), name) for name in THEMES]
        ranges = [(f"{db:g} dB", spectrogram.ceiling_db - db) for db in RANGES_DB]
        for box, choices, now in (
            (self.theme, themes, self.owner.theme.name),
            (self.speed, [(f"{speed:g}×", speed) for speed in SPEEDS], speed),
            (self.language, languages, language),
            (self.near_misses, list(NEAR_MISS_CHOICES), self.bench.settings.near_misses),
            (self.kind, [(plain_text(KINDS[kind]), kind) for kind in get_args(Kind)], spectrogram.kind),
            (self.length, [(f"{ms:g} ms", ms) for ms in WINDOWS_MS], spectrogram.window_ms),
            (self.range, ranges, spectrogram.floor_db),
        ):
            _fill(box, choices, now)

    def _show_devices(self, _: object = None) -> None:
        bench, found = self.bench, self.bench.sources.devices
        wanted = bench.sources.wanted
        _fill(self.input, _devices(found.inputs, wanted), wanted)
        _fill(self.output, _devices(found.outputs, bench.playback.device), bench.playback.device)

    # Changes ------------------------------------------------------------------------------------------------------

    def _use_input(self, device: str | None) -> None:
        self.bench.sources.choose(DeviceSpec(device))
        self.bench.keep_settings()

    def _use_output(self, device: str | None) -> None:
        self.bench.playback.device = device
        self.bench.keep_settings()

    def _use_speed(self, speed: float) -> None:
        self.bench.playback.speed = speed
        self.owner.selection.show_speed(speed)
        self.bench.keep_settings()

    def _use_language(self, code: str | None) -> None:
        for slot in self.bench.engines.slots:
            slot.language = code
        self.bench.keep_settings()


def _devices(found: Sequence[Device], wanted: str | None) -> Choices:
    """The system's own choice first; the one that is wanted also where it is not plugged in."""
    listed = [(device.title, device.label) for device in found]
    if wanted is not None and wanted not in [device.label for device in found]:
        listed.append((f"{wanted}, not plugged in", wanted))
    return [(SYSTEM, None), *listed]


def _fill(box: QComboBox, choices: Choices, now: object) -> None:
    with QSignalBlocker(box):
        box.clear()
        for title, value in choices:
            box.addItem(title, value)
        box.setCurrentIndex(next((number for number, (_, value) in enumerate(choices) if value == now), -1))
