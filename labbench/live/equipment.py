"""What the ear works with: real devices, files and models, each of which a test may replace."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labbench.audio.clip_stream import DecodedClip
from labbench.audio.device_source import DeviceSource
from labbench.audio.devices import DeviceList, find_device, fingerprint, list_devices
from labbench.audio.files import read_clip
from labbench.audio.player import DeviceOutput, Output, Sound
from labbench.audio.source import AudioSource, DeviceSpec, SourceSpec
from labbench.audio.virtual import PacedMicrophone, VirtualMicrophone
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.live.listener import WordKit
from labbench.models.moonshine_embedder import MoonshineEmbedder
from labbench.wakeword.cohort import load_cohort

ListDevices = Callable[[bool], DeviceList]
ANSWER_SECONDS = 15.0
"""Longer than a Bluetooth headset needs to be opened."""


def real_devices(refresh: bool) -> DeviceList:
    """What PortAudio lists. Raises LabBenchError."""
    return list_devices(refresh=refresh)


def load_word_kit() -> WordKit:
    """The embedder, the background cohort and the babble that come with the program. Raises LabBenchError."""
    embedder = MoonshineEmbedder()
    cohort = load_cohort(paths.assets() / "cohort.npz")
    if cohort.checksum != embedder.checksum:
        raise LabBenchError("The background cohort belongs to another model.", "Install the program again.")
    babble = read_clip(paths.assets() / "clips" / "babble.flac").for_models()
    return WordKit(embedder, cohort, babble)


def open_stored(path: Path) -> Sound:
    """A sound file of a session, to be played. Raises LabBenchError."""
    from labbench.audio.stored import StoredSound

    return StoredSound(path)


@dataclass(frozen=True)
class Equipment:
    """Top-level functions, so that it can be handed to a spawned process.

    With `paced`, clips arrive from a thread, as devices' sound does; without, when the ear's loop asks for them, by the
    clock or, where they are `hurried`, as fast as it asks. A device that has not answered after `answer_seconds` never
    will.
    """

    list_devices: ListDevices = real_devices
    fingerprint: Callable[[], str | None] = fingerprint
    load_kit: Callable[[], WordKit] = load_word_kit
    open_sound: Callable[[Path], Sound] = open_stored
    open_output: Callable[[str | None], Output] = DeviceOutput
    paced: bool = True
    hurried: bool = False
    answer_seconds: float = ANSWER_SECONDS

    def in_step(self, *, hurried: bool) -> Equipment:
        """The same for the ear's twin: clips arrive when its loop asks for them."""
        other = copy.copy(self)
        object.__setattr__(other, "paced", False)  # `replace` would call the constructors of other kinds of equipment
        object.__setattr__(other, "hurried", hurried)
        return other

    def open_source(self, spec: SourceSpec, *, refresh: bool = True) -> AudioSource:
        """The source that a spec describes; devices are listed afresh with `refresh`. Raises LabBenchError."""
        if isinstance(spec, DeviceSpec):
            return DeviceSource(find_device(self.list_devices(refresh).inputs, spec.device))
        clip = DecodedClip(spec.path)
        if spec.stepped or not self.paced:
            hurried = self.hurried and not spec.stepped
            return VirtualMicrophone(clip, clip.rate, spec.title, stepped=spec.stepped, hurried=hurried)
        return PacedMicrophone(clip, clip.rate, spec.title)
