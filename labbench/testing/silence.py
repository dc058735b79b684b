"""A computer without any sound device, for tests that must not depend on what is plugged in. Picklable."""

from __future__ import annotations

from collections.abc import Callable

from labbench.audio.devices import DeviceList
from labbench.live.equipment import Equipment, load_word_kit
from labbench.live.listener import WordKit


def no_devices(refresh: bool) -> DeviceList:
    """Nothing is plugged in."""
    return DeviceList()


def never_changes() -> str:
    """Nothing comes and nothing goes."""
    return "the same"


def silent_equipment(load_kit: Callable[[], WordKit] = load_word_kit) -> Equipment:
    """The real thing, without devices."""
    return Equipment(list_devices=no_devices, fingerprint=never_changes, load_kit=load_kit)
