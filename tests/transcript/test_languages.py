"""The table of languages, against Whisper's own."""

import ast
import importlib.util
from pathlib import Path

import pytest

from labbench.core.errors import FormatError
from labbench.transcript.languages import LANGUAGES, language_code, language_name


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


def test_every_name_that_whispers_own_program_knows():
    package = importlib.util.find_spec("whisper")
    source = (Path(package.submodule_search_locations[0]) / "tokenizer.py").read_text("utf-8")
    tables = {node.targets[0].id: node.value for node in ast.parse(source).body if isinstance(node, ast.Assign)}
    names = {name: code for code, name in ast.literal_eval(tables["LANGUAGES"]).items()}
    more = tables["TO_LANGUAGE_CODE"]
    names |= {
        ast.literal_eval(key): ast.literal_eval(value)
        for key, value in zip(more.keys, more.values, strict=True)
        if key is not None and isinstance(key, ast.Constant)
    }
    assert len(names) > 105
    for name, code in names.items():
        assert language_code(name) == language_code(name.title()) == language_code(code.upper()) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("zh-cn", "zh"),
        ("zh_Hant_TW", "zh"),
        ("zh-yue-HK", "yue"),
        ("Mandarin", "zh"),
        ("EN", "en"),
        ("pt-BR", "pt"),
        ("en_US", "en"),
        ("en_US.UTF-8", "en"),
        (" German ", "de"),
        ("nb-NO", "no"),
        ("iw", "he"),
        ("fil-PH", "tl"),
        (None, None),
    ],
)
def test_names_and_tags(text, code):
    assert language_code(text) == code


@pytest.mark.parametrize("text", ["", "xx", "Klingon", "english-us", "-", "e" * 10_000])
def test_what_is_no_language_is_one_sentence(text):
    with pytest.raises(FormatError) as told:
        language_code(text)
    assert told.value.message.startswith("Whisper knows no language") and len(told.value.message) < 120
