"""Labels to and from Audacity and Praat: the same after a round trip, one sentence for anything hostile."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labbench.core.errors import FormatError, LabBenchError
from labbench.session.labels import (
    read_audacity,
    read_labels,
    read_textgrid,
    write_audacity,
    write_textgrid,
)
from labbench.session.results import Label

steady = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
times = st.floats(0, 1e6)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda text: text.strip())
labels_of = st.lists(
    st.builds(
        lambda a, b, text, tier: Label(min(a, b), max(a, b), text, tier), times, times, texts, st.sampled_from("xy")
    ),
    max_size=8,
)

LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.3
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "Mary"
        xmin = 0
        xmax = 2.3
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = ""
        intervals [2]:
            xmin = 0.5
            xmax = 1.25
            text = "she said ""item [1]:""
and text = 5 ! more"
        intervals [3]:
            xmin = 1.25
            xmax = 2.3
            text = "é語"
    item [2]:
        class = "IntervalTier"
        name = "empty"
        xmin = 0
        xmax = 2.3
        intervals: size = 0
    item [3]:
        class = "TextTier"
        name = "bell"
        xmin = 0
        xmax = 2.3
        points: size = 1
        points [1]:
            number = 1.5
            mark = "ding"
"""
SHORT = """File type = "ooTextFile"
"TextGrid"

0 2.3 ! from Praat's manual: what stands free counts
<exists>
3
"IntervalTier" "Mary" 0 2.3 3
0 0.5 ""
0.5 1.25 "she said ""item [1]:""
and text = 5 ! more"
1.25 2.3 "é語"
"IntervalTier"
"empty"
0
2.3
0
"TextTier" "bell" 0 2.3 1 1.5 "ding"
"""
WANTED = (
    Label(0.5, 1.25, 'she said "item [1]:"\nand text = 5 ! more', "Mary"),
    Label(1.25, 2.3, "é語", "Mary"),
    Label(1.5, 1.5, "ding", "bell"),
)


@pytest.mark.parametrize("text", [LONG, SHORT, LONG.replace("\n", "\r\n")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_both_formats_of_praat_in_both_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "x.TextGrid"
    path.write_bytes(text.encode(encoding))
    found = read_labels(path)
    assert tuple(Label(one.start, one.end, one.text.replace("\r", ""), one.tier) for one in found) == WANTED


@steady
@given(labels=labels_of, short=st.booleans())
def test_textgrid_round_trip(tmp_path: Path, labels: list[Label], short: bool) -> None:
    path = tmp_path / "x.TextGrid"
    write_textgrid(path, labels, 10.0, short=short)
    key = lambda label: (label.start, label.end, label.text, label.tier)  # noqa: E731
    assert sorted(read_textgrid(path), key=key) == sorted(labels, key=key)


def test_the_long_format_is_written_as_praat_does(tmp_path: Path) -> None:
    path = tmp_path / "x.TextGrid"
    write_textgrid(path, [Label(0.5, 1.0, 'a "b"', "t"), Label(0.75, 2.0, "over", "t")], 3.0)
    lines = [line.rstrip() for line in path.read_text("utf-8").splitlines()]
    assert lines[:9] == [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        "xmax = 3",
        "tiers? <exists>",
        "size = 2",
        "item []:",
        "    item [1]:",
    ]
    assert lines[9:23] == [
        '        class = "IntervalTier"',
        '        name = "t"',
        "        xmin = 0",
        "        xmax = 3",
        "        intervals: size = 3",
        "        intervals [1]:",
        "            xmin = 0",
        "            xmax = 0.5",
        '            text = ""',
        "        intervals [2]:",
        "            xmin = 0.5",
        "            xmax = 1",
        '            text = "a ""b"""',
        "        intervals [3]:",
    ]


def test_audacity_with_regions_points_and_frequencies(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"\xef\xbb\xbf0.500000\t1.250000\tone\r\n\\\t100.0\t2000.0\r\n2,5\t2,5\r\n\r\n3\t4\ta\tb\r\n")
    assert read_labels(path) == (Label(0.5, 1.25, "one"), Label(2.5, 2.5, ""), Label(3, 4, "a\tb"))


@steady
@given(labels=labels_of)
def test_audacity_round_trip(tmp_path: Path, labels: list[Label]) -> None:
    write_audacity(tmp_path / "x.txt", labels)
    wanted = tuple(Label(one.start, one.end, " ".join(one.text.split())) for one in labels)
    assert read_audacity(tmp_path / "x.txt") == wanted


@pytest.mark.parametrize(
    "content",
    [
        b"nan\t1\tx",
        b"1\tinf\tx",
        b"2\t1\tx",
        b"-1\t1\tx",
        b"1",
        b"a\tb\tc",
        b"1e999\t2\tx",
        b"\xff\xfe\x00",
        b"\x80abc",
        b"\x00" * 100,
    ],
)
def test_hostile_label_tracks(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        read_labels(path)
    assert caught.value.message.endswith(".") and "\n" not in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ooTextFile",
        'File type = "ooBinaryFile"',
        SHORT[:-20],
        SHORT.replace("\n3\n", "\n999999999\n"),
        SHORT.replace("\n3\n", "\n-1\n"),
        SHORT.replace("\n3\n", "\n2.5\n"),
        SHORT.replace("1.25 2.3", "2.3 1.25"),
        SHORT.replace("1.25 2.3", "1e400 2.3"),
        SHORT.replace('"é語"', "é語"),
        SHORT.replace('"TextTier"', '"OtherTier"'),
        '"ooTextFile" "TextGrid" ' + "0 " * 100_000,
        '"ooTextFile" "TextGrid" 0 1 <exists> 1 "' + '""' * 1_000_000,
    ],
    ids=range(13),
)
def test_hostile_textgrids(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.TextGrid"
    path.write_text(text, "utf-8")
    with pytest.raises(FormatError) as caught:
        read_labels(path)
    assert caught.value.message.startswith("x.TextGrid is damaged") and "\n" not in caught.value.message


@steady
@given(data=st.data())
def test_damaged_textgrids_raise_nothing_unexpected(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(
        data.draw(st.sampled_from([LONG, SHORT])).encode(data.draw(st.sampled_from(["utf-8", "utf-16"])))
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path / "x.TextGrid"
    path.write_bytes(content)
    try:
        read_labels(path)
    except LabBenchError as error:
        assert "\n" not in error.message


def test_no_file_a_folder_and_one_too_large(tmp_path: Path) -> None:
    with pytest.raises(LabBenchError, match="no file"):
        read_labels(tmp_path / "none.txt")
    with pytest.raises(LabBenchError):
        read_labels(tmp_path)
    with (tmp_path / "x.txt").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(FormatError, match="not a file of labels"):
        read_labels(tmp_path / "x.txt")
