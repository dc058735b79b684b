"""The pages of help that come with the program: Markdown in `assets/docs`."""

from __future__ import annotations

from labbench.core import paths

TITLES = {
    "using": "Using the bench",
    "command-line": "The command line",
    "measuring": "Measuring",
    "session-format": "Session format",
    "automating": "Automating the window",
}
"""By the file's name, in the order of the menu."""


def page(name: str) -> str:
    """The text of a page, one of `TITLES`, as Markdown."""
    return (paths.assets() / "docs" / f"{name}.md").read_text(encoding="utf-8")
