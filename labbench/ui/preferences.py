"""Settings while the program runs: handed to the parts that they are about, and kept. No widgets."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from labbench.core.errors import LabBenchError
from labbench.session.settings import Settings
from labbench.ui.transcripts.block_desk import BlockDesk

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

RECENT = 12
NEAR_MISS_CHOICES = (("Leave them alone", "off"), ("Offer to learn from them", "offer"), ("Learn by itself", "take"))
NEAR_MISS_TIP = (
    "What becomes of a moment at which a word was nearly heard, and that was said again a few seconds later. What is "
    "learnt by itself is told, and can be undone."
)


class Preferences(QObject):
    """Between the bench and the file of settings."""

    def __init__(self, bench: Bench, settings: Settings, save: Callable[[Settings], None]) -> None:
        super().__init__(bench)
        self._bench = bench
        self._save = save
        self.settings = settings
        bench.playback.speed = settings.speed
        bench.playback.device = settings.output_device or None
        bench.sources.wanted = settings.input_device or None
        bench.keeping.spectrogram = settings.spectrogram
        bench.engines.set_options(replace(settings.options, language=settings.language))
        remote = bench.engines.remote
        remote.set_up(settings.remote_on, settings.remote_address, settings.remote_model)
        remote.changed.connect(self.keep)
        self.blocking = BlockDesk(bench, settings.options.blocked, settings.block_file, os.environ)
        bench.sources.chosen.connect(lambda _: self.keep())

    def keep(self, **changes: object) -> None:
        """Remember these, and what parts of the bench know of theirs. What has not changed is not written."""
        bench = self._bench
        known: dict[str, object] = {
            "speed": bench.playback.speed,
            "input_device": bench.sources.wanted or "",
            "output_device": bench.playback.device or "",
            "language": bench.engines.options.language,
            "options": replace(bench.engines.options, language=None, blocked=self.blocking.mine),
            "spectrogram": bench.keeping.spectrogram,
            "remote_on": bench.engines.remote.on,
            "remote_address": bench.engines.remote.address,
            "remote_model": bench.engines.remote.model,
        }
        settings = replace(self.settings, **(known | changes))  # type: ignore[arg-type]
        if settings == self.settings:
            return
        self.settings = settings
        try:
            self._save(settings)
        except LabBenchError as error:
            bench.notices.error.emit(error)

    def opened(self, path: Path) -> None:
        """A file for the list of recent ones."""
        name = str(path.absolute())
        others = tuple(other for other in self.settings.recent if other != name)
        self.keep(recent=(name, *others)[:RECENT])

    @property
    def channel(self) -> int | None:
        """Which channel of a file is heard, counted from 0; None for all of them mixed."""
        return int(self.settings.channel) - 1 if self.settings.channel.isdecimal() else None

    @property
    def recent(self) -> list[Path]:
        """Files that were opened, the newest first."""
        return [Path(name) for name in self.settings.recent]
