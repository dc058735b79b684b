"""The user's own labels on the time axis: written, deleted, read from files; each can be undone. No widgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from labbench.core.errors import LabBenchError
from labbench.session.labels import read_labels
from labbench.session.recordings import Recording
from labbench.session.results import Label, load_results, save_labels
from labbench.ui.undo import Change

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

Labels = tuple[Label, ...]


class LabelDesk(QObject):
    """Changes the labels of the shown recording."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench

    def add(self, text: str) -> None:
        """A label at the selection, or at the cursor."""
        axis = self._bench.axis
        span = axis.selection or ((axis.cursor, axis.cursor) if axis.cursor is not None else None)
        if span is None:
            self._bench.notices.error.emit(
                LabBenchError("A label needs a place.", "Select something, or set the cursor.")
            )
        elif text.strip():
            self._change((*self._bench.keeping.labels, Label(*span, text.strip())), "Label")

    @property
    def chosen(self) -> Label | None:
        """The label that is selected: of those in the selection, or at the cursor, the one that fits it best."""
        axis = self._bench.axis
        span = axis.selection or ((axis.cursor, axis.cursor) if axis.cursor is not None else None)
        if span is None:
            return None
        near = [label for label in self._bench.keeping.labels if label.end >= span[0] and label.start <= span[1]]
        return min(near, key=lambda one: abs(one.start - span[0]) + abs(one.end - span[1]), default=None)

    def rename(self, label: Label, text: str) -> None:
        """Another text for a label; an empty one leaves it as it is."""
        labels = list(self._bench.keeping.labels)
        if label in labels and text.strip() not in ("", label.text):
            labels[labels.index(label)] = replace(label, text=text.strip())
            self._change(tuple(labels), "Edit label")

    def delete(self) -> None:
        """Delete the labels that lie in the selection."""
        span = self._bench.axis.selection
        if span is None:
            self._bench.notices.error.emit(
                LabBenchError("No labels are selected.", "Select the stretch that they are in.")
            )
            return
        labels = self._bench.keeping.labels
        kept = tuple(label for label in labels if label.end < span[0] or label.start > span[1])
        if kept != labels:
            self._change(kept, "Delete labels")

    def read(self, path: Path) -> None:
        """Labels from a file of Audacity's or Praat's, beside those that are there."""
        try:
            found = read_labels(path)
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
            return
        seconds = self._bench.view.seconds
        inside = tuple(label for label in found if label.start <= seconds)
        self._change((*self._bench.keeping.labels, *inside), f"Import {path.name}")
        late = len(found) - len(inside)
        left_out = f" {late} lie after the end of this sound and were left out." if late else ""
        self._bench.notices.info.emit(f"{len(inside)} labels from {path.name}.{left_out}")

    def _change(self, labels: Labels, text: str) -> None:
        recording = self._bench.desk.shown
        if recording is None:
            self._bench.notices.error.emit(
                LabBenchError("There is no recording to label.", "Record or open a sound first.")
            )
            return
        before = self._bench.keeping.labels
        self._bench.undo.push(Change(text, lambda value: self._put(recording, value), before, labels))

    def _put(self, recording: Recording, labels: Labels) -> None:
        """The labels of that recording, also where another one is shown by now."""
        if self._bench.desk.shown == recording:
            self._bench.keeping.set_labels(labels)
            return
        session = self._bench.desk.session
        try:
            if load_results(session, recording)[0].labels != labels:
                save_labels(session, recording, labels)
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
