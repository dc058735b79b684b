"""What sound can come from: clips, files, and microphones as they come and go. No widgets."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from labbench.audio.device_names import plain_label, worth_showing
from labbench.audio.devices import DeviceList
from labbench.audio.source import DeviceSpec, FileSpec, SourceSpec
from labbench.live.messages import DevicesListed, ListDevices
from labbench.ui.notices import Notices
from labbench.ui.sounds.sound import Sound
from labbench.ui.sounds.sources import SourceChoice, as_microphone, bundled_choices, device_choices

LOOK_EVERY_MS = 3000
"""How soon a microphone that is plugged in appears."""


class SourceList(QObject):
    """Asks the ear for devices now and then, keeps the user's choice, and says when something else stands in for it."""

    changed = Signal(object)
    chosen = Signal(object)

    def __init__(
        self, sound: Sound, is_active: Callable[[], bool], notices: Notices, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._notices = notices
        self._sound = sound
        self._is_active = is_active
        self._files: list[FileSpec] = []
        self._asked = False
        self._listed = False
        self.devices = DeviceList()
        self.wanted: str | None = None
        """The label of the microphone that the user chose last; it is used whenever it is there."""
        self.choice: SourceSpec | None = None
        self._watch = QTimer(self)
        self._watch.setInterval(LOOK_EVERY_MS)
        self._watch.timeout.connect(self._look_for_changes)
        sound.devices_listed.connect(self._devices_listed)

    @property
    def choices(self) -> list[SourceChoice]:
        """All that can be chosen, clips first."""
        clips = bundled_choices()
        files = [as_microphone(spec) for spec in self._files]
        return list(dict.fromkeys([*clips, *files, *device_choices(self.devices.inputs, self.wanted)]))

    @property
    def has_microphone(self) -> bool:
        """Whether the system has named one."""
        return bool(self.devices.inputs)

    @property
    def microphone(self) -> DeviceSpec:
        """The one that was chosen last where it is there, else the system's default."""
        there = any(device.label == self.wanted for device in self.devices.inputs)
        return DeviceSpec(self.wanted if there else None)

    def look(self, *, asked: bool = False) -> None:
        """List what there is: clips at once, devices as soon as the system has named them; from then on, changes."""
        self._asked = asked
        self.changed.emit(self.choices)
        self._sound.send(ListDevices())
        self._watch.start()

    def add_file(self, spec: FileSpec) -> None:
        """A file that was opened may be played as if it were a microphone; where there is none, it is chosen."""
        self._files = [spec, *(other for other in self._files if other != spec)][:8]
        self.changed.emit(self.choices)
        if not self.has_microphone and (self._listed or not self._watch.isActive()):  # else devices are on their way
            self.use(spec)

    def choose(self, spec: SourceSpec) -> None:
        """The user wants this source from now on."""
        if isinstance(spec, DeviceSpec):
            self.wanted = spec.device
        self.use(spec)

    def use(self, spec: SourceSpec) -> None:
        """This source is used now; one that stands in for the user's microphone does not take its place for ever."""
        self.choice = spec
        self.chosen.emit(spec)

    def stop(self) -> None:
        self._watch.stop()

    def _look_for_changes(self) -> None:
        if self._is_active() and not self._sound.opening:
            self._sound.send(ListDevices(only_changes=True))

    def _devices_listed(self, event: DevicesListed) -> None:
        if event.waiting:
            self._notices.info.emit("Devices have changed. They are listed anew when the microphone is closed.")
            return
        before, self.devices = self.devices, event.devices
        self.changed.emit(self.choices)
        self._follow_wanted(before)
        self._announce(before)
        self._asked, self._listed = False, True

    def _follow_wanted(self, before: DeviceList) -> None:
        """The chosen microphone by name where it is there, else the system's default; both are said."""
        if self.wanted is None and self.choice is None and self.devices.inputs:
            self.use(DeviceSpec())  # who presses Record wants to be heard
        elif self.choice is None and self._files and not self.devices.inputs:
            self.use(self._files[0])
        if self.wanted is None or (self._listed and not isinstance(self.choice, DeviceSpec)):
            return
        there = {device.label for device in self.devices.inputs}
        was = {device.label for device in before.inputs}
        if self.wanted in there and (self.wanted not in was or self.choice is None):
            self.choice = DeviceSpec(self.wanted)
            self.chosen.emit(self.choice)
        elif self.wanted not in there and self.devices.inputs and self.choice != DeviceSpec():
            self.choice = DeviceSpec()
            self.chosen.emit(self.choice)
            self._notices.info.emit(
                f"{plain_label(self.wanted)} is not here: the system's default microphone stands in for it."
            )

    def _announce(self, before: DeviceList) -> None:
        if not self.devices.inputs and (self._asked or not self._listed):
            tell = self._notices.info if self._asked else self._notices.status
            tell.emit("No microphone was found. Plug one in, or use the demo clip: it behaves like one.")
        elif self._listed:
            there, was = worth_showing(self.devices.inputs), worth_showing(before.inputs)
            came = [device.plain for device in there if device not in before.inputs]
            went = [device.plain for device in was if device not in self.devices.inputs]
            news = [f"{', '.join(names)} {verb}" for names, verb in ((came, "plugged in"), (went, "gone")) if names]
            if news:
                self._notices.status.emit("; ".join(news) + ".")
            elif self._asked:
                self._notices.info.emit(f"Found: {', '.join(device.title for device in there)}.")
