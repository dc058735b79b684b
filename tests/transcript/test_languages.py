"""The table of languages, against Whisper's own."""

import ast
import importlib.util
from pathlib import Path

from labbench.transcript.languages import LANGUAGES, language_name


def test_the_codes_are_whispers():
    """Read from its source: importing it takes seconds."""
    package = importlib.util.find_spec("whisper")
    source = (Path(package.submodule_search_locations[0]) / "tokenizer.py").read_text("utf-8")
    tables = [node for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    whispers = next(ast.literal_eval(node.value) for node in tables if node.targets[0].id == "LANGUAGES")
    assert set(LANGUAGES) == set(whispers) and len(LANGUAGES) >= 99
    assert list(LANGUAGES.values()) == sorted(LANGUAGES.values())
    assert LANGUAGES["de"] == "German" and all(name[0].isupper() for name in LANGUAGES.values())


def test_names_for_people():
    assert language_name("fr") == "French"
    assert language_name("xx") == "xx"
    assert language_name(None) == "Let the model decide"
