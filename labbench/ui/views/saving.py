"""A view as a file: a picture (PNG, SVG) or its figures (CSV). Main thread."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from labbench.core.errors import LabBenchError
from labbench.session.disk import write_bytes
from labbench.ui.drawn import drawn_png, drawn_svg
from labbench.ui.theme import Theme
from labbench.ui.views.view import Cell, View

KINDS = "Picture (*.png);;Vector picture (*.svg);;Table of the figures (*.csv)"


def save_view(view: View, theme: Theme, path: Path) -> None:
    """As the ending of `path` says. Raises LabBenchError."""
    match path.suffix.lower():
        case ".png":
            content = drawn_png(view.picture_size(), theme.surface, view.paint_picture)
        case ".svg":
            size, title = view.picture_size(), f"{view.tab.title} – Speech Lab Bench"
            content = drawn_svg(size, theme.surface, view.paint_picture, title, view.logicalDpiX())
        case ".csv":
            content = table_bytes(view)
        case other:
            raise LabBenchError(
                f"A view can't be written as {other or 'a file without an ending'}.", "Use .png, .svg or .csv."
            )
    write_bytes(path, content)


def table_bytes(view: View) -> bytes:
    """Its figures as CSV in UTF-8. Raises LabBenchError where there are none."""
    columns, rows = view.table()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8")


def _cell(value: Cell) -> str:
    """Figures with four decimals; a text that a spreadsheet would take for a formula is marked as text."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}"
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
