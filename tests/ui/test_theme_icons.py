"""What the stylesheet names is there."""

import re
from pathlib import Path

import pytest

from labbench.ui.theme import THEMES, stylesheet


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_every_picture_of_the_stylesheet_is_there(theme):
    named = re.findall(r'url\("(.+?)"\)', stylesheet(theme))
    assert named and all(Path(name).is_file() for name in named)
