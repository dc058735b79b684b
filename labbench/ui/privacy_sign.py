"""The line that says where the sound goes: nowhere, or to which server."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from labbench.models.remote_address import host_of
from labbench.ui.transcripts.engine_shelf import EngineShelf
from labbench.ui.widgets import named, set_role

STAYS = "Everything stays on this computer"
STAYS_TIP = "Sound and text never leave this computer. The network is used for getting models alone."
SENT_TIP = (
    "The engine {engines} runs on {addresses}. What is recorded, opened or heard live is sent there, and whoever runs "
    "that server can hear it. Choose another engine, or switch the server off in the settings, and nothing is sent."
)


class PrivacySign(QLabel):
    """Follows the engines in use."""

    def __init__(self, engines: EngineShelf) -> None:
        super().__init__()
        named(self, "privacy", STAYS)
        self._engines = engines
        for slot in engines.slots:
            slot.chosen.connect(self._show)
        self._show()

    def _show(self, _: object = None) -> None:
        engines, servers = self._engines, self._engines.servers
        hosts = list(dict.fromkeys(host_of(spec.address) for spec in servers))
        text, tip = f"Sound is sent to {' and '.join(hosts)}", STAYS_TIP
        if servers:
            letters = [letter for letter, slot in zip("AB", engines.slots, strict=True) if slot.spec.is_remote]
            addresses = list(dict.fromkeys(spec.address for spec in servers))
            tip = SENT_TIP.format(engines=" and ".join(letters), addresses=" and ".join(addresses))
        else:
            text = STAYS
        self.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(text)
        self.setAccessibleDescription(tip)
        font = self.font()
        font.setBold(bool(servers))
        self.setFont(font)
        set_role(self, "warning" if servers else "muted")
