"""Models: which there are, what they need, which are here; getting, using, checking, importing, deleting."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QPushButton

from labbench.core.errors import LabBenchError
from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.dialogs.model_table import SPEED_TIP, ModelTable, progress_text
from labbench.ui.file_places import FilePlaces
from labbench.ui.transcripts.model_rows import IMPORT_FILTER, Doing, Model, Work
from labbench.ui.transcripts.transcribing import EngineSlot, EngineState
from labbench.ui.widgets import ElidedLabel, button, label, named, set_role

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

ABOUT = "OpenAI's Whisper in all its sizes, and models of your own. Larger ones hear better and take longer."
NAMED = "LABBENCH_MODELS is set: models are used from, and got first from, {places}."
NOT_NAMED = (
    "The variable LABBENCH_MODELS can name more places, separated by “{between}”: folders (a share, a USB stick) and "
    "addresses of a mirror."
)


IMPORT_TIP = (
    "Use a Whisper that you have as a file: a .pt, the model.bin of a folder of faster-whisper or WhisperX, the "
    "model.safetensors of a Hugging Face folder, or whisper.cpp's ggml-….bin. It is copied or converted."
)
GET_TIP = "Download this model once; then it works offline (Return)"
FOUND_TIP = "Another program has it on this computer: copy it from there, converted, without a download (Return)"


class ModelsDialog(BenchDialog):
    """Shows `bench.engines.models`; what was begun here goes on where the dialog is closed."""

    def __init__(self, window: MainWindow, reveal: Callable[[Path], None]) -> None:
        super().__init__(window, "modelsDialog", "Models", (window.theme.size(1000), window.theme.size(640)))
        self._reveal = reveal
        self._engines = self.bench.engines
        self._desk = self._engines.models
        self._shown: Work | None = None
        self.add_heading("Models", ABOUT)
        self.table = ModelTable(window.theme)
        self.body.addWidget(self.table, 1)
        self._add_progress()
        self.says = named(label("", wrap=True), "modelsSays", "News")
        self.says.setMinimumHeight(window.theme.size(20))
        self.body.addWidget(self.says)
        self.named_places = named(label(self._places_text(), "muted", wrap=True), "modelsPlaces", "LABBENCH_MODELS")
        self.named_places.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.addWidget(self.named_places)
        self._add_buttons()
        self.table.currentItemChanged.connect(lambda *_: self._selected())
        self.table.itemActivated.connect(lambda *_: self._activated())
        for key, do, place in (
            (QKeySequence.StandardKey.Delete, self._delete, self.table),
            (QKeySequence.StandardKey.Undo, self.bench.undo.undo, self),
            (QKeySequence.StandardKey.Redo, self.bench.undo.redo, self),
        ):
            QShortcut(QKeySequence(key), place, do, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._desk.changed.connect(self._refresh)
        self._desk.progressed.connect(self._progressed)
        self._desk.said.connect(self._tell)
        self._desk.trouble.connect(self._failed)
        for slot in self._engines.slots:
            slot.chosen.connect(self._refresh)
        self.bench.theme_changed.connect(self._theme_changed)
        self._refresh()
        self._desk.look()
        idle = not self.bench.busy and all(slot.state is EngineState.IDLE for slot in self._engines.slots)
        if self._desk.speed is None and idle:  # what else runs would be disturbed, and make it slower
            self._desk.measure()
        self.table.setFocus()

    def _add_progress(self) -> None:
        self.doing = named(ElidedLabel(""), "modelsDoing", "What is being done")
        self.progress = named(QProgressBar(), "modelsProgress", "Progress")
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(self.owner.theme.size(240))
        self.cancel = button("Cancel", "modelsCancel", "Stop this; a download can be continued later", "quiet")
        self.cancel.clicked.connect(self._cancel)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.doing, 1)
        for widget in (self.progress, self.cancel):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # so that the table does not jump
            widget.setSizePolicy(policy)
            row.addWidget(widget)
        self.body.addLayout(row)

    def _add_buttons(self) -> None:
        engines = self._engines
        self.get = button("Get", "modelsGet", GET_TIP, "primary")
        self.use_a = button("Use as A", "modelsUseA", "Engine A reads with this model from now on")
        self.use_b = button("Use as B", "modelsUseB", "Engine B reads with this model from now on")
        self.check = button("Check", "modelsCheck", "Compare its checksum (SHA-256) with OpenAI's")
        self.delete = button("Delete", "modelsDelete", "Move it to the system's trash (Delete)")
        self.import_button = button("Import…", "modelsImport", IMPORT_TIP)
        self.folder = button("Open folder", "modelsFolder", "Show where models are kept, in the file manager")
        self.measure = button("Measure speed", "modelsMeasure", f"Measure this computer. {SPEED_TIP}")
        acts: tuple[tuple[QPushButton, Callable[[], object]], ...] = (
            (self.get, self._get),
            (self.use_a, lambda: self._use(engines.a)),
            (self.use_b, lambda: self._use(engines.b)),
            (self.check, self._check),
            (self.delete, self._delete),
            (self.import_button, self._import),
            (self.folder, self._open_folder),
            (self.measure, self._desk.measure),
        )
        for widget, do in acts:
            widget.clicked.connect(do)
        self.end_with(
            *(self.get, self.use_a, self.use_b, self.check, self.delete),
            None,
            *(self.measure, self.import_button, self.folder),
        )

    def _places_text(self) -> str:
        places = self._desk.shelf.named
        return NAMED.format(places=", ".join(places)) if places else NOT_NAMED.format(between=os.pathsep)

    # Showing --------------------------------------------------------------------------------------------------------

    def _refresh(self, _: object = None) -> None:
        used: dict[str, list[str]] = {}
        for letter, slot in zip("AB", self._engines.slots, strict=True):
            for model in self._desk.models:
                if model.spec is not None and model.spec.path == slot.spec.path:
                    used.setdefault(model.name, []).append(letter)
        works = {work.name: work for work in self._desk.works}
        self.table.show_models(self._desk.models, works, {name: " and ".join(its) for name, its in used.items()})
        self.measure.setEnabled(not self._desk.measuring)
        self._selected()

    def _selected(self) -> None:
        model = self.table.chosen
        work = self._desk.work(model.name) if model is not None else None
        here = model is not None and bool(model.places)
        spec = model.spec if model is not None else None
        known = model is not None and model.official
        found = model is not None and model.found is not None and not here
        begun = model is not None and bool(model.partial_bytes) and not here
        self.get.setText("Import" if found else "Go on" if begun else "Get")
        self.get.setToolTip(FOUND_TIP if found else GET_TIP)
        self.get.setAccessibleName(self.get.text())
        self.get.setEnabled((known or found) and not here and work is None)
        for widget, slot in ((self.use_a, self._engines.a), (self.use_b, self._engines.b)):
            widget.setEnabled(spec is not None and work is None and slot.spec.path != spec.path)
        self.check.setEnabled(here and known and work is None)
        self.delete.setEnabled(here and work is None)
        self._show_work()

    def _show_work(self) -> None:
        """What is done with the chosen model, else what was begun last."""
        model, works = self.table.chosen, self._desk.works
        mine = self._desk.work(model.name) if model is not None else None
        self._shown = mine or (works[-1] if works else None)
        work = self._shown
        for widget in (self.progress, self.cancel):
            widget.setVisible(work is not None)
        self.cancel.setEnabled(work is not None and work.doing not in (Doing.DELETE, Doing.PUT_BACK))
        self.doing.setText(progress_text(work) if work is not None else "")
        if work is not None and work.progress.total:
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(1000 * work.progress.done / work.progress.total))
        else:
            self.progress.setRange(0, 0)

    def _progressed(self, work: Work) -> None:
        self._refresh()

    def _tell(self, sentence: str) -> None:
        self._say(sentence, "")

    def _failed(self, error: LabBenchError) -> None:
        self._say(f"{error.message} {error.hint}".strip(), "warning")

    def _say(self, text: str, role: str) -> None:
        self.says.setText(text)
        self.says.setAccessibleName(text or "News")
        set_role(self.says, role)

    def _theme_changed(self, _: object) -> None:
        self.table.set_theme(self.owner.theme)
        self._refresh()

    # Doing ----------------------------------------------------------------------------------------------------------

    def _activated(self) -> None:
        """Return or a double click: get it, or use it as A."""
        for first in (self.get, self.use_a):
            if first.isEnabled():
                first.click()
                return

    def _with_chosen(self, act: Callable[[Model], object]) -> None:
        model = self.table.chosen
        if model is not None:
            self._say("", "")
            act(model)

    def _get(self) -> None:
        self._with_chosen(lambda model: self._desk.get(model.name))

    def _use(self, slot: EngineSlot) -> None:
        def use(model: Model) -> None:
            if model.spec is not None:
                slot.choose(model.spec)
                self._tell(f"Engine {'A' if slot is self._engines.a else 'B'} reads with {model.spec.title} now.")

        self._with_chosen(use)

    def _check(self) -> None:
        self._with_chosen(lambda model: self._desk.check(model.name))

    def _delete(self) -> None:
        if self.delete.isEnabled():
            self._with_chosen(lambda model: self._desk.delete(model.name, self.bench.undo))

    def _cancel(self) -> None:
        if self._shown is not None:
            self._desk.cancel(self._shown.name)

    def _import(self) -> None:
        places = FilePlaces(self.bench)
        path, _ = QFileDialog.getOpenFileName(self, "Import a Whisper model", places.begin("models"), IMPORT_FILTER)
        if path:
            places.used("models", Path(path))
            self._say("", "")
            self._desk.import_file(Path(path))

    def _open_folder(self) -> None:
        """The chosen model's, else the program's own."""
        model = self.table.chosen
        files = [place.path for place in model.places] if model is not None else []
        if model is not None and model.found is not None:
            files.append(model.found.path)
        self._reveal(files[0].parent if files else self._desk.shelf.own)
