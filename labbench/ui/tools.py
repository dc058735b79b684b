"""What the bench is given by whoever wires it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from labbench.core import paths
from labbench.live.awake import KeepAwake, keep_awake
from labbench.live.ear_process import EarLink
from labbench.live.embedding_link import EmbeddingHosts
from labbench.live.split_ear import SplitEar
from labbench.live.worker import Worker
from labbench.models.engines import EngineSpec
from labbench.models.shelf import Shelf
from labbench.session.keys import KeyStore, SystemKeys
from labbench.session.settings import Settings
from labbench.session.store import Session
from labbench.ui.transcripts.transcribing import MakeHost


@dataclass(frozen=True)
class Tools:
    """How to reach processes, devices, the network and the disk."""

    ear: EarLink
    worker: Worker
    make_host: MakeHost
    embedder_identity: Callable[[], tuple[str, str]]
    doctor_report: Callable[[], str]
    session: Session
    engine_a: EngineSpec | None = None
    settings: Settings = field(default_factory=Settings)
    save_settings: Callable[[Settings], None] = lambda settings: None
    keep_awake: KeepAwake = keep_awake
    home: Path = field(default_factory=paths.sessions)
    models: Shelf = field(default_factory=Shelf)
    keys: KeyStore = field(default_factory=SystemKeys)
    embedding: EmbeddingHosts = field(default_factory=EmbeddingHosts)

    def listening_ear(self) -> EarLink:
        """The ear, with other embedders than its own beside it."""
        return SplitEar(self.ear, self.embedding)
