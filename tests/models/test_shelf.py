"""The models on the shelf: what is here and where, getting, checking, importing and taking away; and the commands."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from urllib.error import URLError

import pytest
from small_whisper import CHECKPOINT

from labbench import cli
from labbench.core.errors import Cancelled, FormatError, LabBenchError
from labbench.core.progress import CancelToken, Progress, ignore_progress
from labbench.models import engines, weights
from labbench.models.expectations import DIMENSIONS, Speed, encoder_operations, expect, measure_speed
from labbench.models.shelf import Check, Shelf, load_in_host

CONTENT = {name: name.encode() * 3000 for name in weights.OFFICIAL}


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An official list of small files, and no file of this computer."""
    table = {
        name: replace(one, size_bytes=len(CONTENT[name]), sha256=hashlib.sha256(CONTENT[name]).hexdigest())
        for name, one in weights.OFFICIAL.items()
    }
    monkeypatch.setattr(weights, "OFFICIAL", table)
    monkeypatch.setenv("LABBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("LABBENCH_MODELS", raising=False)


def put(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.pt"
    path.write_bytes(CONTENT.get(name, b"my own"))
    return path


def no_network(request: object, timeout: float) -> object:
    raise URLError("no network")


def shelf(named: str = "") -> Shelf:
    env = {"LABBENCH_MODELS": named, "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}
    return Shelf(env, opener=no_network)  # type: ignore[arg-type]


def good(path: Path, cancel: CancelToken) -> None:
    """A `Check` that likes everything."""


# Addresses among folders -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "folders", "addresses"),
    [
        ([], [], []),
        (["/usb"], ["/usb"], []),
        (["https://a.org"], [], ["https://a.org"]),
        (["/usb", "http://10.0.0.1:8000/w/", "/net"], ["/usb", "/net"], ["http://10.0.0.1:8000/w"]),
        (["https://a.org:8443", "/usb"], ["/usb"], ["https://a.org:8443"]),
        (["http://[::1]:80/x", "https://b.org/y", "/usb"], ["/usb"], ["http://[::1]:80/x", "https://b.org/y"]),
    ],
)
def test_addresses_among_folders(parts: list[str], folders: list[str], addresses: list[str]) -> None:
    env = {"LABBENCH_MODELS": os.pathsep.join(parts)}
    assert weights.named_folders(env) == [Path(folder) for folder in folders]
    assert weights.mirrors(env) == addresses


# What is here ----------------------------------------------------------------------------------------------------


def test_the_list_says_where_each_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usb, own, cache = tmp_path / "usb", tmp_path / "home" / "models", tmp_path / "cache" / "whisper"
    buzz = tmp_path / "cache" / "Buzz" / "models" / "whisper"
    monkeypatch.setattr(weights.platformdirs, "user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    here = [put(usb, "tiny"), put(own, "tiny"), put(cache, "tiny")]
    put(cache, "base")
    put(buzz, "medium")
    put(own, "mine")
    (own / "small.pt.part").write_bytes(b"12345")
    entries = {entry.checkpoint.name: entry for entry in shelf(str(usb)).entries()}
    assert list(entries) == list(weights.OFFICIAL)
    assert [(place.path, place.kind) for place in entries["tiny"].places] == list(
        zip(here, ["named", "own", "whisper"], strict=True)
    )
    assert [place.kind for place in entries["base"].places] == ["whisper"]
    assert [place.path.parent for place in entries["medium"].places] == [buzz]
    assert entries["small"].places == () and entries["small"].partial_bytes == 5
    assert entries["tiny"].languages == "about a hundred languages" and entries["tiny.en"].languages == "English"
    assert {name: place.kind for name, place in shelf(str(usb)).imported().items()} == {"mine": "own"}


@pytest.mark.parametrize("kind", ["usb", "cache/whisper", "home/models"])
def test_what_is_here_is_not_downloaded(tmp_path: Path, kind: str) -> None:
    path = put(tmp_path / kind, "tiny")
    assert shelf(str(tmp_path / "usb")).get("tiny") == path


def test_a_read_only_folder_is_used_as_it_is(tmp_path: Path) -> None:
    path = put(tmp_path / "usb", "tiny")
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        found = shelf(str(tmp_path / "usb"))
        assert found.get("tiny") == path
        assert [right for _, right in found.verify("tiny")] == [True]
        with pytest.raises(LabBenchError, match="so it stays"):
            found.to_delete("tiny")
        assert [one.name for one in path.parent.iterdir()] == ["tiny.pt"]
    finally:
        path.parent.chmod(0o755)


def test_without_a_network_it_is_one_sentence_and_what_is_here(tmp_path: Path) -> None:
    put(tmp_path / "cache" / "whisper", "tiny")
    with pytest.raises(LabBenchError, match="no connection") as caught:
        shelf("http://127.0.0.1:9").get("base")
    assert caught.value.hint.endswith("On this computer are: tiny.")


def test_what_is_named_and_what_can_be_used(tmp_path: Path) -> None:
    own = tmp_path / "elsewhere"
    put(own, "tiny"), put(own, "mine"), put(tmp_path / "usb", "base.en")
    env = {"LABBENCH_MODELS": os.pathsep.join([str(tmp_path / "usb"), "http://127.0.0.1:9/w/"])}
    found = Shelf({**env, "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}, own)
    assert found.named == (str(tmp_path / "usb"), "http://127.0.0.1:9/w")
    assert [spec.title for spec in found.specs()] == [
        "Whisper base.en",
        "Whisper tiny",
        "Whisper mine",
    ]
    assert shelf().named == ()


# A mirror --------------------------------------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        content = self.server.files.get(self.path)  # type: ignore[attr-defined]
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")


@pytest.fixture
def mirror() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.files, server.asked = {}, []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_mirror_goes_before_openais_server(
    mirror: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror.files["/w/base.pt"] = CONTENT["base"]  # type: ignore[attr-defined]
    monkeypatch.setenv("LABBENCH_MODELS", f"{tmp_path / 'usb'}{os.pathsep}http://127.0.0.1:{mirror.server_port}/w/")
    assert cli.main(["models", "get", "base"]) == 0
    target = tmp_path / "home" / "models" / "base.pt"
    assert capsys.readouterr().out == f"{target}\n" and target.read_bytes() == CONTENT["base"]
    assert cli.main(["models", "get", "base"]) == 0
    assert mirror.asked == ["/w/base.pt"]  # type: ignore[attr-defined]
    assert engines.parse("whisper:base").path == target


def test_a_mirror_may_have_a_known_conversion(
    mirror: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"OpenAI's numbers in other bytes"
    monkeypatch.setattr(weights, "CONVERTED", {"base": (len(content), hashlib.sha256(content).hexdigest())})
    mirror.files["/base.pt"] = content  # type: ignore[attr-defined]
    env = {"LABBENCH_MODELS": f"http://127.0.0.1:{mirror.server_port}", "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}
    found = Shelf(env, packages={})
    path = found.get("base")
    assert path.read_bytes() == content and [right for _, right in found.verify("base")] == [True]
    assert sorted(one.name for one in path.parent.iterdir()) == ["base.pt"]


def test_a_mirror_with_something_else_is_passed_over(mirror: ThreadingHTTPServer, tmp_path: Path) -> None:
    mirror.files["/base.pt"] = CONTENT["base"][:-1] + b"?"  # type: ignore[attr-defined]
    asked: list[str] = []

    def opener(request: object, timeout: float) -> object:
        from labbench.models.connection import open_url

        asked.append(request.full_url)  # type: ignore[attr-defined]
        if "openai" in asked[-1]:
            raise URLError("no network")
        return open_url(request, timeout)  # type: ignore[arg-type]

    env = {"LABBENCH_MODELS": f"http://127.0.0.1:{mirror.server_port}"}
    with pytest.raises(LabBenchError, match="no connection to openaipublic"):
        Shelf(env, opener=opener).get("base")  # type: ignore[arg-type]
    assert len(asked) == 2
    assert not (tmp_path / "home" / "models" / "base.pt").exists()


# Checking and taking away ----------------------------------------------------------------------------------------


def test_verify_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "verify"]) == 0
    assert "No official weights" in capsys.readouterr().err
    right, wrong = put(tmp_path / "home" / "models", "tiny"), put(tmp_path / "cache" / "whisper", "tiny")
    wrong.write_bytes(CONTENT["tiny"][:-1] + b"?")
    assert cli.main(["models", "verify", "tiny"]) == 2
    assert capsys.readouterr().out == f"{right}: right\n{wrong}: damaged\n"
    wrong.unlink()
    assert cli.main(["models", "verify"]) == 0
    assert cli.main(["models", "verify", "base"]) == 2
    assert cli.main(["models", "verify", "giant"]) == 2


def test_verify_can_be_cancelled(tmp_path: Path) -> None:
    put(tmp_path / "cache" / "whisper", "tiny")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        shelf().verify("tiny", cancel=cancel)


def test_only_own_files_may_be_taken_away(tmp_path: Path) -> None:
    mine = put(tmp_path / "home" / "models", "tiny"), put(tmp_path / "home" / "models", "mine")
    put(tmp_path / "cache" / "whisper", "base")
    put(tmp_path / "usb", "theirs")
    found = shelf(str(tmp_path / "usb"))
    assert (found.to_delete("tiny"), found.to_delete("mine")) == mine
    for name in ("base", "theirs"):
        with pytest.raises(LabBenchError, match="so it stays"):
            found.to_delete(name)
    for name in ("small", "nothing", "../mine"):
        with pytest.raises(LabBenchError, match="no model"):
            found.to_delete(name)


def test_delete_from_the_command_line_moves_to_the_trash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path / "home" / "models", "tiny")
    gone: list[Path] = []
    monkeypatch.setattr("labbench.ui.sessions.trash.to_trash", gone.append)
    assert cli.main(["models", "delete", "tiny"]) == 0
    assert gone == [path] and "in the trash" in capsys.readouterr().err
    assert cli.main(["models", "delete", "base"]) == 2


# Importing -------------------------------------------------------------------------------------------------------


def test_an_import_is_used_by_its_name(tmp_path: Path) -> None:
    seen: list[Progress] = []
    path = put(tmp_path / "stick", "my model")
    found = shelf().import_file(path, good, seen.append)
    assert found == tmp_path / "home" / "models" / "my-model.pt" and found.read_bytes() == b"my own"
    assert (seen[-1].done, seen[-1].total, seen[-1].note) == (6, 6, "copying")
    assert engines.parse("whisper:my-model", {}).path == found
    assert found in [spec.path for spec in engines.whispers({})]
    assert shelf().import_file(path, good) == found  # the same again is no second one
    path.write_bytes(b"another")
    assert shelf().import_file(path, good).name == "my-model-2.pt"


def test_an_import_is_named_by_what_it_is(tmp_path: Path) -> None:
    renamed = tmp_path / "whatever.pt"
    renamed.write_bytes(CONTENT["base"])
    assert shelf().import_file(renamed, good).name == "base.pt"
    for name in ("tiny", "large"):
        (tmp_path / f"{name}.pt").write_bytes(b"no official one")
        assert shelf().import_file(tmp_path / f"{name}.pt", good).name == f"{name}-2.pt"


def refuse(path: Path, cancel: CancelToken) -> None:
    raise FormatError(f"{path.name} is not a Whisper checkpoint.", "Choose another.")


def cancelled(path: Path, cancel: CancelToken) -> None:
    raise Cancelled


@pytest.mark.parametrize(("check", "error"), [(refuse, FormatError), (cancelled, Cancelled)])
def test_an_import_that_fails_leaves_nothing(tmp_path: Path, check: Check, error: type[Exception]) -> None:
    path = put(tmp_path / "stick", "mine")
    with pytest.raises(error) as caught:
        shelf().import_file(path, check)
    assert ".import" not in str(caught.value)
    assert list((tmp_path / "home" / "models").iterdir()) == []


@pytest.mark.parametrize("what", ["missing", "folder", "empty"])
def test_what_can_not_be_imported(tmp_path: Path, what: str) -> None:
    path = tmp_path / "some.pt"
    if what == "folder":
        path.mkdir()
    elif what == "empty":
        path.write_bytes(b"")
    with pytest.raises(LabBenchError, match=r"some\.pt"):
        shelf().import_file(path, good)


def test_an_import_needs_room(tmp_path: Path) -> None:
    path = put(tmp_path / "stick", "mine")
    with pytest.raises(LabBenchError, match="needs 0 kB on this disk, and 0 kB are free"):
        Shelf({}, free_space=lambda folder: 5).import_file(path, good)
    assert not (tmp_path / "home").exists()


@pytest.mark.shares_process
def test_import_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="torch has no wheel here")
    shutil.copy(CHECKPOINT, tmp_path / "class.pt")
    assert cli.main(["models", "import", str(tmp_path / "class.pt")]) == 0
    out, err = capsys.readouterr()
    assert out == f"{tmp_path / 'home' / 'models' / 'class.pt'}\n" and "--engine whisper:class" in err
    (tmp_path / "no.pt").write_bytes(b"PK nothing of the kind")
    with pytest.raises(LabBenchError, match=r"^no\.pt is not a Whisper checkpoint"):
        shelf().import_file(tmp_path / "no.pt", load_in_host, ignore_progress)
    assert [path.name for path in (tmp_path / "home" / "models").iterdir()] == ["class.pt"]


# Estimates -------------------------------------------------------------------------------------------------------


def test_estimates_are_ordered_and_marked() -> None:
    speed = Speed(100e9, 20e9)
    names = ("tiny", "base", "small", "medium", "large-v2")
    found = [expect(name, speed) for name in names]
    times = [one.real_time_factor or 0.0 for one in found]
    assert times == sorted(times) and times[0] > 0.01
    assert [one.memory_bytes for one in found] == sorted(one.memory_bytes for one in found)
    assert all("estimate" in one.speed_text for one in found)
    assert found[-1].speed_figure in found[-1].speed_text and found[-1].speed_figure.endswith("× as long")
    assert expect("tiny").speed_figure == "" and expect("tiny", Speed(1e13, 1e12)).speed_figure.endswith("× as fast")
    assert expect("tiny").speed_text == "" and "as fast as speech" in expect("tiny", Speed(1e13, 1e12)).speed_text
    assert (expect("tiny", Speed(200e9, 40e9)).real_time_factor or 0.0) == pytest.approx(times[0] / 2)


def test_dimensions_agree_with_the_official_sizes() -> None:
    """Two bytes for each weight that is counted, within a tenth."""
    for name, its in DIMENSIONS.items():
        counted = its.encoder_layers * 12 * its.width**2 + its.decoder_layers * 16 * its.width**2 + 51_865 * its.width
        assert 2 * counted == pytest.approx(2 * weights.OFFICIAL[name].parameters, rel=0.12), name
    assert encoder_operations(DIMENSIONS["tiny"]) == pytest.approx(37e9, rel=0.03)


def test_the_measurement_ends_and_takes_the_fastest() -> None:
    ticks = count()
    found = measure_speed(lambda: next(ticks) * 0.01)
    assert found.operations == pytest.approx(2 * 1500 * 512 * 1024 / 0.01)
    assert found.reading > 0


def test_list_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path / "cache" / "whisper", "tiny")
    mine = put(tmp_path / "home" / "models", "mine")
    assert cli.main(["models", "list", "--here"]) == 0
    head, tiny, own = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert head[0] == "name" and (tiny[0], tiny[-1]) == ("tiny", str(path)) and "estimate" in tiny[4]
    assert (own[0], own[-1]) == ("mine", str(mine))
    assert cli.main(["models", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(weights.OFFICIAL) + 2
