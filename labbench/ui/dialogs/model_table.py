"""The table of models: what each needs on this computer, where it lies, what is being done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from labbench.core.progress import Progress
from labbench.models.rate_meter import size_text
from labbench.models.shelf import Kind
from labbench.ui.theme import Theme
from labbench.ui.transcripts.model_rows import Doing, Model, Work
from labbench.ui.widgets import named

COLUMNS = ("Model", "Size", "Languages", "Memory (est.)", "Speed (est.)", "Where it lies", "State")
NAME, SIZE, LANGUAGES, MEMORY, SPEED, WHERE, STATE = range(len(COLUMNS))
WHERE_TITLES: Mapping[Kind, str] = {
    "own": "own folder",
    "named": "LABBENCH_MODELS",
    "whisper": "openai-whisper's cache",
}
MEMORY_TIP = "An estimate: the program around it, and four bytes for each of the model's weights."
SPEED_TIP = (
    "How many times as fast as speech it reads on this computer, or how many times as long as the sound it takes. "
    "An estimate, right within a factor of two or so: counted from the model's dimensions and a short measurement of "
    "this computer's processor (how fast it multiplies matrices and reads memory). A graphics card is faster."
)
MODEL = Qt.ItemDataRole.UserRole


class ModelTable(QTreeWidget):
    """Rows in the order given; the current one stays current."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "models", "Models")
        self._theme = theme
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setHeaderLabels(list(COLUMNS))
        head, header = self.headerItem(), self.header()
        for column in (SIZE, MEMORY):
            head.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.setToolTip(MEMORY, MEMORY_TIP)
        head.setToolTip(SPEED, SPEED_TIP)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)

    def set_theme(self, theme: Theme) -> None:
        """Colours are set anew with the next `show_models`."""
        self._theme = theme

    @property
    def chosen(self) -> Model | None:
        """The model of the current row."""
        row = self.currentItem()
        found = row.data(NAME, MODEL) if row is not None else None
        return found if isinstance(found, Model) else None

    def choose(self, name: str) -> None:
        """Make the row of that name the current one."""
        for number in range(self.topLevelItemCount()):
            row = self.topLevelItem(number)
            if row is not None and row.text(NAME) == name:
                self.setCurrentItem(row)

    def show_models(self, models: Sequence[Model], works: Mapping[str, Work], used: Mapping[str, str]) -> None:
        """Fill the rows; `used` says by name as which engines a model is in use, such as "A and B"."""
        while self.topLevelItemCount() > len(models):
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        while self.topLevelItemCount() < len(models):
            self.addTopLevelItem(QTreeWidgetItem())
        for number, model in enumerate(models):
            row = self.topLevelItem(number)
            assert row is not None
            self._fill(row, model, works.get(model.name), used.get(model.name, ""))
        if self.currentItem() is None and models:
            self.choose(models[0].name)

    def _fill(self, row: QTreeWidgetItem, model: Model, work: Work | None, used: str) -> None:
        expected = model.expected
        memory = size_text(expected.memory_bytes) if expected is not None else ""
        speed = expected.speed_figure if expected is not None else ""
        kinds = list(dict.fromkeys(WHERE_TITLES[place.kind] for place in model.places))
        if model.found is not None and not kinds:
            kinds = ["another program's folder"]
        state = state_text(model, work, used)
        languages = model.languages.removesuffix(" languages")
        texts = (model.name, size_text(model.size_bytes), languages, memory, speed, ", ".join(kinds), state)
        for column, text in enumerate(texts):
            row.setText(column, text)
            row.setForeground(column, QColor(self._theme.muted))
        row.setForeground(NAME, QColor(self._theme.text))
        row.setForeground(STATE, QColor(self._colour(model, work)))
        for column in (SIZE, MEMORY):
            row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.setToolTip(MEMORY, MEMORY_TIP if memory else "")
        row.setToolTip(SPEED, SPEED_TIP if speed else "")
        found = [model.found.path] if model.found is not None else []
        row.setToolTip(WHERE, "\n".join(str(path) for path in [*(place.path for place in model.places), *found]))
        row.setToolTip(STATE, state)
        row.setData(NAME, MODEL, model)
        said = ", ".join(f"{title} {text}" for title, text in zip(COLUMNS, texts, strict=True) if text)
        row.setData(NAME, Qt.ItemDataRole.AccessibleTextRole, said)

    def _colour(self, model: Model, work: Work | None) -> str:
        theme = self._theme
        if work is not None:
            return theme.accent
        if model.right is False:
            return theme.record
        if model.places:
            return theme.good
        return theme.text if model.found is not None else theme.muted


def state_text(model: Model, work: Work | None, used: str) -> str:
    """A few words on a model: what is done with it, whether it is here and whole, which engine uses it."""
    if work is not None:
        part = f" {share_text(work.progress)}" if work.doing is not Doing.DELETE else ""
        return f"{work.doing.value.lower()}{part}"
    if not model.places and model.found is not None:
        return f"found: {model.found.format}, can be imported"
    if not model.places:
        return f"{size_text(model.partial_bytes)} of it are here" if model.partial_bytes else "not here"
    parts = [f"in use as {used}" if used else "here"]
    if model.right is not None:
        parts = [*parts, "checksum right"] if model.right else ["damaged", *(parts if used else [])]
    return ", ".join(parts)


def share_text(progress: Progress) -> str:
    """`40 %`, "" where that is not known."""
    return f"{100 * progress.done / progress.total:.0f} %" if progress.total else ""


def progress_text(work: Work) -> str:
    """What is being done and how far it is, with the rate and the time left where they are known."""
    progress = work.progress
    sizes = f": {size_text(progress.done)} of {size_text(progress.total)}" if progress.total else ""
    note = f", {progress.note}" if progress.note and progress.note not in ("checking", "copying") else ""
    return f"{work.doing.value} {work.name}{sizes}{note}"
