"""The documents: short enough to be read, and every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labbench.ui.help_pages import TITLES

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "assets" / "docs"


def links(page: Path) -> list[str]:
    """Files that a page leads to."""
    found = re.findall(r"\]\(([^)#]+)", page.read_text("utf-8"))
    return [link for link in found if "://" not in link]


def test_the_readme_is_read_in_one_go() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link).is_file()] == []


def test_each_page_is_found_from_the_readme_and_from_help() -> None:
    pages = {page.stem for page in DOCS.glob("*.md")}
    assert pages == set(TITLES)
    assert pages == {Path(link).stem for link in links(ROOT / "README.md") if link.startswith("assets/docs/")}
