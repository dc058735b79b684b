"""Tables that pandas reads as they were meant, and that no spreadsheet runs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas
import pytest
from session_samples import scores, transcript

from labbench.session.tables import (
    SelectionFigures,
    safe_text,
    write_detections,
    write_distances,
    write_figures,
    write_table,
    write_words,
)
from labbench.transcript.types import Segment, Transcript, Word


def test_words_of_a_transcript(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    write_words(path, transcript().transcript)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfsegment,word,")
    table = pandas.read_csv(path)
    assert table.columns[0] == "segment"
    assert table["word"].tolist() == ["Ask", "not,"]
    assert table["end_s"].tolist() == [0.3, 0.333333], "a microsecond is enough"
    with path.open(encoding="utf-8-sig") as file:
        assert max(len(cell) for line in file for cell in line.strip().split(",")) <= len("no_speech_probability")
    assert table["probability"].isna().tolist() == [False, True]
    assert table["exact"].tolist() == [True, False]


def test_distances_over_time(tmp_path: Path) -> None:
    write_distances(tmp_path / "d.csv", scores())
    table = pandas.read_csv(tmp_path / "d.csv")
    assert table.columns.tolist()[4:] == ["distance: café", "distance: jarvis"]
    assert np.array_equal(table.iloc[:, 4:].to_numpy(np.float32), scores().distances)
    assert np.array_equal(table["sample_16k"], scores().index)
    assert table["time_s"][0] == 0.8
    write_detections(tmp_path / "w.csv", scores().detections)
    assert pandas.read_csv(tmp_path / "w.csv").to_dict("records") == [
        {"word": "jarvis", "start_s": 0.5, "end_s": 1.25, "distance": 0.3141592653589793, "threshold": 0.55}
        | {"decided_at_s": 1.6}
    ]


def test_probabilities_have_four_digits(tmp_path: Path) -> None:
    words = (Word("a", 0.0, 0.1, 0.12345678901234567), Word("b", 0.2, 0.3, 1e-9), Word("c", 0.4, 0.5, 1.0))
    segment = Segment("a b c", 0.0, 0.5, words, 0.98765432109876543)
    write_words(tmp_path / "w.csv", Transcript("A", "en", (segment,), 1.0, 0.1))
    with (tmp_path / "w.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["probability"] for row in rows] == ["0.1235", "0.0", "1.0"]
    assert {row["no_speech_probability"] for row in rows} == {"0.9877"}


def test_figures_of_selections(tmp_path: Path) -> None:
    figures = [
        SelectionFigures("a.wav", 1 / 3, 1.0, -20.5, float("-inf"), -1.23456789e-5, 3, 1234.56789),
        SelectionFigures("", 0, 1),
    ]
    write_figures(tmp_path / "f.csv", figures)
    table = pandas.read_csv(tmp_path / "f.csv")
    assert table["rms_dbfs"].tolist()[0] == -20.5
    assert table["peak_dbfs"].isna().all()
    assert table["clipped_samples"].tolist()[0] == 3
    assert table.iloc[0][["start_s", "dc_offset", "zero_crossings_per_s"]].tolist() == [0.333333, -1.235e-5, 1234.568]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "＝1", '=HYPERLINK("http://x","y")', "\0=1"]
)
def test_no_text_is_a_formula(tmp_path: Path, text: str) -> None:
    write_table(tmp_path / "t.csv", [text, "b"], [(text, -1.5)])
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file)
    assert header[0].startswith("'") and row[0].startswith("'")
    assert row[1] == "-1.5"  # a number is none either


def test_ordinary_text_is_left_alone(tmp_path: Path) -> None:
    for text in ("café", "a=b", "it's", "", "3-4", 'say "x", then\ny'):
        assert safe_text(text) == text
    write_table(tmp_path / "t.csv", ["a"], [['say "x", then\ny'], ["\ud800"]])
    assert pandas.read_csv(tmp_path / "t.csv")["a"].tolist() == ['say "x", then\ny', "?"]
