"""The scoring of a word in files: written, read, `dtw` where an older program wrote it, and refused where unknown."""

from __future__ import annotations

import json

import pytest

from labbench.core.errors import FormatError
from labbench.session.labword_file import load_labword, save_labword
from labbench.session.words_file import WordsFile, load_words, save_words
from labbench.wakeword.scoring import SCORINGS
from labbench.wakeword.warped import DTW
from labbench.wakeword.words import TaughtWord


@pytest.mark.parametrize("scoring", SCORINGS)
def test_it_comes_back_from_both_kinds_of_file(tmp_path, scoring):
    word = TaughtWord("computer", scoring=scoring)
    save_words(tmp_path / "words.json", WordsFile((word,), "bands", "abc"))
    save_labword(tmp_path / "one.labword", word, "bands", "abc")
    assert load_words(tmp_path / "words.json").words[0].scoring == scoring
    assert load_labword(tmp_path / "one.labword").word.scoring == scoring


@pytest.mark.parametrize(("given", "scoring"), [(None, DTW), ("nearest", "nearest"), ("best", None), (7, None)])
def test_older_files_are_read_and_unknown_ones_refused(tmp_path, given, scoring):
    path = tmp_path / "words.json"
    save_words(path, WordsFile((TaughtWord("computer"),), "bands", "abc"))
    raw = json.loads(path.read_text("utf-8"))
    del raw["words"][0]["scoring"]
    if given is not None:
        raw["words"][0]["scoring"] = given
    path.write_text(json.dumps(raw), "utf-8")
    if scoring is None:
        with pytest.raises(FormatError, match="damaged"):
            load_words(path)
    else:
        assert load_words(path).words[0].scoring == scoring
