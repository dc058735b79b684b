"""What is plugged in and out is noticed, but never by touching PortAudio while it is in use."""

from __future__ import annotations

import pytest

from labbench.audio.devices import Device, DeviceList
from labbench.core.errors import LabBenchError
from labbench.live.device_watch import DeviceWatch
from labbench.live.messages import DevicesListed, Event

BUILT_IN = Device(0, "Built-in", "ALSA", 2, 48_000, True)
HEADSET = Device(1, "Headset", "ALSA", 1, 16_000, False)


class Computer:
    """What is plugged in, and how often it was listed."""

    def __init__(self) -> None:
        self.inputs: tuple[Device, ...] = (BUILT_IN,)
        self.mark: str | None = "one"
        self.listings = 0
        self.broken = False

    def list_them(self) -> DeviceList:
        self.listings += 1
        if self.broken:
            raise LabBenchError("The sound library PortAudio is missing.", "Install it.")
        return DeviceList(inputs=self.inputs)

    def plug_in(self) -> None:
        self.inputs, self.mark = (BUILT_IN, HEADSET), "two"


@pytest.fixture
def computer() -> Computer:
    return Computer()


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def watch(computer: Computer, told: list[Event]) -> DeviceWatch:
    made = DeviceWatch(computer.list_them, lambda: computer.mark, told.append)
    made.look(in_use=False, only_changes=False)
    assert told == [DevicesListed(DeviceList((BUILT_IN,)))]
    told.clear()
    return made


def test_as_long_as_nothing_changes_nothing_is_listed(
    watch: DeviceWatch, computer: Computer, told: list[Event]
) -> None:
    for _ in range(5):
        watch.look(in_use=False, only_changes=True)
    assert computer.listings <= 2 and told == []


def test_what_is_plugged_in_is_told_once(watch: DeviceWatch, computer: Computer, told: list[Event]) -> None:
    computer.plug_in()
    for _ in range(4):
        watch.look(in_use=False, only_changes=True)
    assert told == [DevicesListed(DeviceList((BUILT_IN, HEADSET)))]
    computer.inputs, computer.mark = (BUILT_IN,), "three"
    watch.look(in_use=False, only_changes=True)
    assert told[1:] == [DevicesListed(DeviceList((BUILT_IN,)))]


def test_a_sound_server_that_needs_a_moment_is_not_missed(
    watch: DeviceWatch, computer: Computer, told: list[Event]
) -> None:
    watch.look(in_use=False, only_changes=True)
    computer.mark = "two"  # the card is there, its device is not yet
    watch.look(in_use=False, only_changes=True)
    computer.inputs = (BUILT_IN, HEADSET)
    watch.look(in_use=False, only_changes=True)
    assert told == [DevicesListed(DeviceList((BUILT_IN, HEADSET)))]


def test_in_use_it_waits_says_so_once_and_lists_afterwards(
    watch: DeviceWatch, computer: Computer, told: list[Event]
) -> None:
    before = computer.listings
    watch.look(in_use=True, only_changes=True)
    assert told == []
    computer.plug_in()
    for _ in range(3):
        watch.look(in_use=True, only_changes=True)
    assert told == [DevicesListed(DeviceList((BUILT_IN,)), waiting=True)]
    assert computer.listings == before, "PortAudio was left alone"
    watch.look(in_use=False, only_changes=True)
    assert told[1:] == [DevicesListed(DeviceList((BUILT_IN, HEADSET)))]


@pytest.mark.parametrize(("changed", "waiting"), [(False, False), (True, True)])
def test_who_asks_while_it_is_in_use_gets_what_is_known(
    watch: DeviceWatch, computer: Computer, told: list[Event], changed: bool, waiting: bool
) -> None:
    if changed:
        computer.plug_in()
    watch.look(in_use=True, only_changes=False)
    assert told == [DevicesListed(DeviceList((BUILT_IN,)), waiting=waiting)]


def test_where_only_a_listing_can_tell_it_lists_each_time_but_not_in_use(computer: Computer, told: list[Event]) -> None:
    computer.mark = None
    watch = DeviceWatch(computer.list_them, lambda: computer.mark, told.append)
    watch.look(in_use=False, only_changes=True)
    watch.look(in_use=False, only_changes=True)
    watch.look(in_use=True, only_changes=True)
    assert computer.listings == 2 and len(told) == 1
    computer.inputs = ()
    watch.look(in_use=False, only_changes=True)
    assert told[1:] == [DevicesListed(DeviceList())]


def test_without_portaudio_only_who_asks_is_told(computer: Computer, told: list[Event]) -> None:
    computer.broken = True
    watch = DeviceWatch(computer.list_them, lambda: computer.mark, told.append)
    watch.look(in_use=False, only_changes=True)
    with pytest.raises(LabBenchError, match="PortAudio is missing"):
        watch.look(in_use=False, only_changes=False)
    assert told == []
    computer.broken = False
    watch.look(in_use=False, only_changes=False)
    assert told == [DevicesListed(DeviceList((BUILT_IN,)))]
