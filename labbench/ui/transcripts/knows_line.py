"""The line under an engine that warns: the sound leaves this computer, it runs on less than it could, or too slowly."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QSizePolicy

from labbench.models.devices import CPU, CUDA, MPS
from labbench.models.engines import EngineSpec
from labbench.models.remote_address import host_of
from labbench.transcript.engine import EngineInfo
from labbench.ui.widgets import set_role

DEVICE_TITLES = {CPU: "the processor", CUDA: "the graphics card (CUDA)", MPS: "Apple's graphics (MPS)"}


class KnowsLine(QLabel):
    """Hidden unless it warns, and whole: a long warning takes several lines.

    `about` says at length what the engine can do and where it runs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "muted")
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._spec: EngineSpec | None = None
        self._info: EngineInfo | None = None
        self._pace = ""
        self.about = ""
        self.hide()

    def show_spec(self, spec: EngineSpec) -> None:
        """The engine in use; where it runs is not known before it is loaded."""
        if self._spec != spec:
            self._spec, self._info = spec, None
        self._refresh()

    def show_info(self, info: EngineInfo | None) -> None:
        """What the engine says of itself once it is loaded."""
        self._info = info
        self._refresh()

    def show_pace(self, notice: str) -> None:
        """That live text does not come at the pace of speech; "" where it does."""
        if notice != self._pace:
            self._pace = notice
            self._refresh()

    def _refresh(self) -> None:
        spec = self._spec
        if spec is None:
            return
        device, notice = (self._info.device, self._info.notice) if self._info is not None else ("", "")
        title = DEVICE_TITLES.get(device, "")
        aside = f" Runs on {title}." if title and (device != CPU or notice) else ""
        self.setText(f"Sound is sent to {host_of(spec.address)}." if spec.is_remote else f"{spec.knows}{aside}")
        where = f"It runs on {title}." if title else f"Server and model: {device}." if device else ""
        if self._pace:
            self.setText(self._pace)
        self.about = " ".join(part for part in (self._pace, spec.details, where, notice) if part)
        self.setToolTip(self.about)
        self.setAccessibleDescription(self.about)
        warns = spec.is_remote or bool(notice) or bool(self._pace)
        set_role(self, "warning" if warns else "muted")
        self.setVisible(warns)
