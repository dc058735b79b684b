"""Results of the failure lab on disk: whole again, and damaged."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.core.errors import FormatError
from labbench.session.trials_file import Series, SpoiltPoint, load_series, plain_transcript, write_series
from labbench.transcript.compare import ErrorRates
from labbench.transcript.trials import Trial

RATES = ErrorRates(4, 1, 1, 0, 0.5, 0.25)


def point(level=10.0, text="two eight", rates=RATES, slot="a", way="white"):
    trial = Trial("Whisper digits", plain_transcript("Whisper digits", "en", text, 3.0, 0.2), rates, 0.1, 400.0)
    return SpoiltPoint(slot, way, level, trial)


def series(*points, **changes):
    fields = {"span": (1.0, 2.5), "reference": "two eight five nine", "source": "corrected", "language": "en"}
    return Series(**{**fields, **changes}, engines=("Whisper digits", "Moonshine"), points=points)


def test_what_was_kept_comes_back(tmp_path):
    path = tmp_path / "failure-lab.json"
    kept = (series(point(), point(5.0, "", None, "b", "none")), series(span=None, source="engine a"))
    write_series(path, kept)
    assert load_series(path) == (kept, [])
    write_series(path, kept[:1])
    assert load_series(path) == (kept[:1], [])


def test_what_was_never_made_is_not_lost(tmp_path):
    assert load_series(tmp_path / "failure-lab.json") == ((), [])


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"version": 2}', b'{"version": 99, "series": []}', b"\xff\xfe"]
)
def test_a_damaged_file_is_told_in_a_sentence(tmp_path, content):
    path = tmp_path / "failure-lab.json"
    path.write_bytes(content)
    assert load_series(path) == ((), ["Its results of the failure lab are damaged and lost."])


def test_one_damaged_point_does_not_take_the_others_along(tmp_path):
    path = tmp_path / "failure-lab.json"
    write_series(path, (series(point(), point(5.0)), series()))
    raw = json.loads(path.read_text())
    raw["series"][0]["points"][0]["slot"] = "c"
    raw["series"][1]["source"] = "a rumour"
    path.write_text(json.dumps(raw))
    assert load_series(path) == ((series(point(5.0)),), ["2 of its results of the failure lab are damaged and lost."])


def test_what_could_not_be_read_again_is_never_written(tmp_path):
    path = tmp_path / "failure-lab.json"
    with pytest.raises(FormatError):
        write_series(path, (series(point(math.inf)),))
    assert not path.exists()


@given(st.text(max_size=40), st.floats(-100, 100), st.integers(0, 50))
def test_any_text_and_level_come_back(tmp_path_factory, text, level, words):
    path = tmp_path_factory.mktemp("lab") / "failure-lab.json"
    kept = series(point(level, text, ErrorRates(words, 0, 0, 0, None, None)))
    write_series(path, (kept,))
    (found,), lost = load_series(path)
    again = found.points[0].trial
    assert not lost and found.points[0].level == level and again.rates.words == words
    assert again.transcript.text == text.strip().encode("utf-8", "backslashreplace").decode()
