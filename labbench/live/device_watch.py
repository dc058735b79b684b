"""Notices what is plugged in and out, without touching PortAudio while a stream of this process is open."""

from __future__ import annotations

from collections.abc import Callable

from labbench.audio.devices import DeviceList
from labbench.core.errors import LabBenchError
from labbench.live.messages import DevicesListed, Event

ListThem = Callable[[], DeviceList]


class DeviceWatch:
    """Lists devices when asked. Used by the ear's loop only."""

    def __init__(
        self, list_them: ListThem, fingerprint: Callable[[], str | None], emit: Callable[[Event], None]
    ) -> None:
        self._list = list_them
        self._fingerprint = fingerprint
        self._emit = emit
        self._known = DeviceList()
        self._seen: str | None = None
        self._listed = self._settled = False
        self._told_waiting: str | None = None

    def look(self, *, in_use: bool, only_changes: bool) -> None:
        """List devices, or say that it must wait. With `only_changes` nothing is told where nothing has changed.

        Raises LabBenchError where PortAudio is missing, unless only changes were asked for.
        """
        now = self._fingerprint()
        unchanged = self._listed and now is not None and now == self._seen
        if only_changes and (
            (unchanged and (self._settled or in_use)) or (in_use and now in (None, self._told_waiting))
        ):
            return
        if in_use:
            self._told_waiting = now
            self._emit(DevicesListed(self._known, waiting=not unchanged))
            return
        # The card comes first and the sound server's device a moment later: after a change it is looked at twice.
        self._settled = unchanged or not self._listed
        try:
            devices = self._list()
        except LabBenchError:
            self._seen, self._listed = now, True
            if only_changes:
                return
            raise
        changed = devices != self._known or not self._listed
        self._known, self._seen, self._listed = devices, now, True
        self._told_waiting = None
        if changed or not only_changes:
            self._emit(DevicesListed(devices))
