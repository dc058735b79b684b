"""The installer in packaging/: what it decides, asks, prints and starts. Nothing is installed or downloaded here."""

import ast
import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

FOLDER = Path(__file__).parent.parent / "packaging"
NAMES = ["common", "stamp", "lock", "pip", "torch", "system", "install", "whisper"]
DIVIDED = ["-n", "2", "--dist", "loadgroup"]
VERSION = "{}.{}".format(*sys.version_info[:2])


def load_start() -> ModuleType:
    spec = importlib.util.spec_from_file_location("labbench_start", FOLDER / "start.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def boot(monkeypatch):
    """The installer's modules by their short names, `start` among them."""
    monkeypatch.syspath_prepend(str(FOLDER))
    parts = {name: importlib.import_module(f"bootstrap_{name}") for name in NAMES}
    yield SimpleNamespace(start=load_start(), **parts)
    for name in NAMES:
        sys.modules.pop(f"bootstrap_{name}", None)


class FakeShell:
    """Records commands and answers them: `answers` maps a word of the command to (status, lines)."""

    def __init__(self, answers=None, programs=("apt-get",), root=False):
        self.answers = answers or {}
        self.programs = programs
        self.root = root
        self.environ = {}
        self.commands = []

    def run(self, command, on_line=lambda line: None):
        self.commands.append(list(command))
        status, lines = next((answer for word, answer in self.answers.items() if word in command), (0, []))
        for line in lines:
            on_line(line)
        return status

    def which(self, name):
        return f"/usr/bin/{name}" if name in self.programs else None

    def is_root(self):
        return self.root

    def words(self):
        return [" ".join(command) for command in self.commands]


def no_fetch(*_):
    """Stands in for getting weights."""


class Launches:
    """Stands in for becoming the program."""

    def __init__(self):
        self.calls = []

    def __call__(self, command, folder, environ):
        self.calls.append((command, folder, environ))
        return 5


@pytest.fixture
def venv(tmp_path):
    """A folder that looks like an installed environment."""
    folder = (tmp_path / "venv").resolve()
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    python.parent.mkdir(parents=True)
    python.write_text("")
    python.chmod(0o755)
    (folder / "pyvenv.cfg").write_text(f"home = x\ncommand = {sys.executable} -m venv {folder}\n")
    return SimpleNamespace(folder=folder, python=str(python), environ={"LABBENCH_VENV": str(folder)})


def stamp_for(boot, folder, torch="cpu", extras=()):
    key = boot.stamp.key(boot.start.ROOT, folder, sys.version_info)
    return boot.stamp.Stamp(key, torch, list(extras))


# Starting


def test_what_runs_before_the_version_check_parses_and_runs_on_old_pythons():
    tree = ast.parse((FOLDER / "start.py").read_text(encoding="utf-8"), feature_version=(3, 6))
    imported = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert imported == {"os", "sys", "pathlib"}


@pytest.mark.parametrize(("version", "fits"), [((3, 6), 0), ((3, 10), 0), ((3, 11), 1), ((3, 13), 1), ((3, 14), 0)])
def test_pythons_that_do_not_fit_are_told_what_to_do(boot, version, fits):
    problem = boot.start.python_problem(version, other=lambda: "python3.12")
    assert (problem == "") == bool(fits)
    if not fits:
        assert "3.11, 3.12 or 3.13" in problem and "{}.{}".format(*version) in problem and "\n" not in problem


def test_32_bits_do_not_fit(boot):
    assert "32 bits" in boot.start.python_problem((3, 12), 32, other=lambda: "")


def test_an_old_python_exits_with_1_on_standard_error_only(boot, monkeypatch, capfd):
    monkeypatch.setattr(boot.start.sys, "version_info", (3, 9, 1))
    assert boot.start.main([], {}) == 1
    out, err = capfd.readouterr()
    assert out == "" and "3.9" in err and err.count("\n") == 1


def test_a_stamped_installation_is_started_at_once(boot, venv):
    boot.stamp.write(venv.folder, stamp_for(boot, venv.folder))
    (venv.folder / boot.stamp.WHISPER).write_text("base\n")
    launches = Launches()

    def install(*_):
        pytest.fail("nothing is to be installed")

    assert boot.start.main(["--yes", "hear", "--x", "a b"], venv.environ, launches, install) == 5
    assert launches.calls == [([venv.python, "-m", "labbench", "hear", "--x", "a b"], Path.cwd(), venv.environ)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda boot, venv: boot.stamp.remove(venv.folder),
        lambda boot, venv: Path(venv.python).unlink(),
        lambda boot, venv: (venv.folder / boot.stamp.NAME).write_text("half"),
        lambda boot, venv: boot.stamp.write(venv.folder, boot.stamp.Stamp("other", "cpu", [])),
        lambda boot, venv: venv.environ.update(LABBENCH_TORCH="cuda"),
    ],
    ids=["no stamp", "no python", "half a stamp", "other versions", "other torch"],
)
def test_anything_less_is_installed_first(boot, venv, spoil):
    boot.stamp.write(venv.folder, stamp_for(boot, venv.folder))
    spoil(boot, venv)
    steps = []
    launches = Launches()
    boot.start.main(["a"], venv.environ, launches, lambda *_: steps.append(len(launches.calls)), no_fetch)
    assert steps == [0] and len(launches.calls) == 1


def test_the_tests_need_their_extra_which_a_plain_start_does_not_lose(boot, venv):
    plain, test = (stamp_for(boot, venv.folder, extras=extras) for extras in ([], ["test"]))
    assert test.covers(plain) and not plain.covers(test)


@pytest.mark.parametrize(
    ("arguments", "module"),
    [
        (["test"], ["-m", "pytest", "-m", "not slow", *DIVIDED]),
        (["test", "--all", "-k", "x"], ["-m", "pytest", *DIVIDED, "-k", "x"]),
        (["--yes", "test", "tests/a.py"], ["-m", "pytest", "-m", "not slow", *DIVIDED, "tests/a.py"]),
        (["test", "-n", "0"], ["-m", "pytest", "-m", "not slow", *DIVIDED, "-n", "0"]),
        (["test", "-p", "no:xdist"], ["-m", "pytest", "-m", "not slow", "-p", "no:xdist"]),
        (["test", "--pdb"], ["-m", "pytest", "-m", "not slow", "--pdb"]),
        (["open", "--yes"], ["-m", "labbench", "open", "--yes"]),
        (["--whisper", "tiny.en", "--yes", "open"], ["-m", "labbench", "open"]),
        (["--whisper=none", "test"], ["-m", "pytest", "-m", "not slow", *DIVIDED]),
        (["open", "--whisper", "base"], ["-m", "labbench", "open", "--whisper", "base"]),
        ([], ["-m", "labbench"]),
    ],
)
def test_arguments_reach_the_program(boot, arguments, module):
    assert boot.start.Options(arguments).module() == module


def test_tests_run_in_the_project_without_a_screen(boot, venv):
    launches = Launches()
    boot.start.main(["test"], venv.environ, launches, lambda *_: None, no_fetch)
    command, folder, environ = launches.calls[0]
    assert command[1:3] == ["-m", "pytest"] and folder == FOLDER.parent
    assert environ == {**venv.environ, "QT_QPA_PLATFORM": "offscreen"}


def test_install_only_starts_nothing(boot, venv):
    launches, steps = Launches(), []
    assert boot.start.main(["--install-only"], venv.environ, launches, lambda *a: steps.append(a), no_fetch) == 0
    assert len(steps) == 1 and launches.calls == []


def test_failures_are_one_sentence_on_standard_error(boot, venv, capfd):
    def fail(*_):
        raise boot.common.StartError("No network.", ["detail"])

    assert boot.start.main([], venv.environ, Launches(), fail) == 1
    assert capfd.readouterr() == ("", "No network.\n    detail\n")


def test_ctrl_c_stops_politely(boot, venv, capfd):
    def stop(*_):
        raise KeyboardInterrupt

    assert boot.start.main([], venv.environ, Launches(), stop) == 130
    assert capfd.readouterr().out == ""


def test_arguments_and_standard_output_pass_through_a_real_start(boot, venv, tmp_path):
    python = Path(venv.python)
    python.unlink()
    try:
        python.symlink_to(sys.executable)
    except OSError:
        pytest.skip("links are not allowed here")
    (tmp_path / "labbench").mkdir()
    script = "import sys\nprint(sys.argv[1:])\nsys.exit(7)\n"
    (tmp_path / "labbench" / "__main__.py").write_text(script, encoding="utf-8")
    (venv.folder / "pyvenv.cfg").unlink()  # the link then is a plain Python, which finds the package in its folder
    boot.stamp.write(venv.folder, stamp_for(boot, venv.folder))
    (venv.folder / boot.stamp.WHISPER).write_text("base\n")
    result = subprocess.run(
        [sys.executable, str(FOLDER / "start.py"), "say", "--loud", "ä b"],
        env={**os.environ, **venv.environ, "PYTHONUTF8": "1"},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    assert (result.returncode, result.stdout, result.stderr) == (7, "['say', '--loud', 'ä b']\n", "")


# Whisper's weights


@pytest.mark.parametrize(
    ("arguments", "stamped", "asked"),
    [
        ([], False, ["base"]),
        ([], True, []),
        (["--whisper", "tiny.en"], False, ["tiny.en"]),
        (["--whisper=tiny.en"], True, ["tiny.en"]),
        (["--whisper", "none", "--install-only"], False, ["none"]),
        (["test"], False, ["base"]),
    ],
)
def test_weights_come_with_the_installation_or_when_asked_for(boot, venv, arguments, stamped, asked):
    if stamped:
        boot.stamp.write(venv.folder, stamp_for(boot, venv.folder))
        (venv.folder / boot.stamp.WHISPER).write_text("base\n")
    fetched = []

    def fetch(folder, python, name, environ):
        assert (folder, python, environ) == (venv.folder, venv.python, venv.environ)
        fetched.append(name)

    boot.start.main(arguments, venv.environ, Launches(), lambda *_: None, fetch)
    assert fetched == asked


@pytest.mark.parametrize("arguments", [["--whisper", "huge"], ["--whisper="], ["--whisper"]])
def test_an_unknown_whisper_is_one_sentence_before_anything_is_done(boot, venv, capfd, arguments):
    def never(*_):
        pytest.fail("nothing is to be done")

    if arguments == ["--whisper="]:
        arguments = ["--whisper=", "x"]
    assert boot.start.main(arguments, venv.environ, never, never, never) == 1
    out, err = capfd.readouterr()
    assert out == "" and "There is no Whisper called" in err and "tiny.en" in err and err.count("\n") == 1


def test_the_whispers_to_choose_from_are_the_programs(boot):
    from labbench.models import weights

    assert set(boot.start.WHISPERS) == {"none", *weights.OFFICIAL, *weights.ALIASES}
    assert boot.start.WHISPER in weights.OFFICIAL


@pytest.mark.parametrize("status", [0, 1], ids=["they came", "no network"])
def test_weights_are_looked_for_once(boot, venv, capfd, status):
    boot.stamp.write(venv.folder, stamp_for(boot, venv.folder))
    commands, launches = [], Launches()

    def fetch(*told):
        boot.whisper.fetch(*told, lambda command, environ: commands.append(command) or status)

    for _ in range(2):
        assert boot.start.main([], venv.environ, launches, no_fetch, fetch) == 5
    assert commands == [[venv.python, "-m", "labbench", "models", "get", "--or-go-on", "base"]]
    boot.start.main(["--whisper", "tiny.en"], venv.environ, launches, no_fetch, fetch)
    assert commands[1:] == [[venv.python, "-m", "labbench", "models", "get", "--or-go-on", "tiny.en"]]
    out, err = capfd.readouterr()
    assert out == "" and ("everything else works" in err) == bool(status)


def test_whisper_none_asks_for_nothing_then_and_later(boot, venv):
    boot.stamp.write(venv.folder, stamp_for(boot, venv.folder))

    def fetch(*told):
        boot.whisper.fetch(*told, lambda *_: pytest.fail("nothing is to be fetched"))

    for arguments in (["--whisper", "none"], []):
        assert boot.start.main(arguments, venv.environ, Launches(), no_fetch, fetch) == 5


def test_ctrl_c_while_weights_come_stops_and_the_next_start_goes_on(boot, venv):
    boot.stamp.write(venv.folder, stamp_for(boot, venv.folder))
    for status, ends in ((130, 130), (0, 5)):
        result = boot.start.main(
            [], venv.environ, Launches(), no_fetch, lambda *told, s=status: boot.whisper.fetch(*told, lambda *_: s)
        )
        assert result == ends


def test_the_real_run_keeps_standard_output_clean(boot, capfd):
    script = "import sys; print('path'); print('progress', file=sys.stderr); sys.exit(3)"
    assert boot.whisper.run([sys.executable, "-c", script], dict(os.environ)) == 3
    assert capfd.readouterr() == ("", "progress\n")


# The stamp


def test_the_key_follows_versions_dependencies_and_places(boot, tmp_path):
    (tmp_path / "packaging").mkdir()
    constraints, project = tmp_path / "packaging" / "constraints.txt", tmp_path / "pyproject.toml"
    constraints.write_text("a==1")
    project.write_text('[project]\ndependencies = ["a"]\n\n[tool.ruff]\nline-length = 1\n')
    first = boot.stamp.key(tmp_path, tmp_path / "v", (3, 11, 1))
    project.write_text('[project]\ndependencies = ["a"]\n\n[tool.ruff]\nline-length = 2\n')
    assert boot.stamp.key(tmp_path, tmp_path / "v", (3, 11, 9)) == first
    assert boot.stamp.key(tmp_path, tmp_path / "w", (3, 11, 1)) != first
    assert boot.stamp.key(tmp_path, tmp_path / "v", (3, 12, 1)) != first
    project.write_text('[project]\ndependencies = ["a", "b"]\n')
    assert boot.stamp.key(tmp_path, tmp_path / "v", (3, 11, 1)) != first


# The installation


@pytest.fixture
def install(boot, venv, monkeypatch):
    """Runs the whole installation with a fake shell and no system libraries missing."""
    monkeypatch.setattr(boot.system.ensure, "__defaults__", (lambda: [], lambda packages: True))
    monkeypatch.setattr(boot.torch, "index", lambda torch, platform, probe: [])

    def run(shell, extras=(), **environ):
        wanted = stamp_for(boot, venv.folder, environ.get("LABBENCH_TORCH", ""), extras)
        boot.install.install(boot.start.ROOT, venv.folder, venv.python, wanted, True, environ, shell)
        return shell.words()

    return run


def working_shell(*, python=(0, [f"pip in {VERSION}"])):
    """A shell in which the environment's Python answers the question for pip with `python`."""
    shell = FakeShell(programs=())
    plain = shell.run

    def run(command, on_line=lambda line: None):
        if command[1:2] == ["-c"]:
            for line in python[1]:
                on_line(line)
            shell.commands.append(list(command))
            return python[0]
        return plain(command, on_line)

    shell.run = run
    return shell


def test_an_installation_is_pinned_complete_and_stamped(boot, venv, install, capfd):
    words = install(working_shell(), ["test"])
    pips = [line for line in words if " pip install " in line]
    assert not any(" -m venv " in line for line in words)
    assert all(f"-c {FOLDER / 'constraints.txt'}" in line for line in pips)
    assert pips[0].endswith(" torch")
    pins = (FOLDER / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert f"torch=={boot.torch.VERSION}" in pins
    assert all(name in pips[1] for name in ["hatchling", "tiktoken", "PySide6-Essentials", "pytest-qt"])
    assert "--no-deps --no-build-isolation openai-whisper" in pips[2]
    assert pips[3].endswith(f"--no-deps --no-build-isolation -e {boot.start.ROOT}") and len(pips) == 5
    assert "--only-binary=:all:" in pips[4] and "pyopen-wakeword;" in pips[4], (
        "what not every computer can have is last"
    )
    assert any(pin.startswith("pyopen-wakeword==") for pin in pins)
    assert words[-1].endswith(f"-m compileall -q {boot.start.ROOT / 'labbench'}"), "the first start need not"
    assert boot.stamp.satisfied(venv.folder, venv.python, stamp_for(boot, venv.folder, extras=["test"]))
    out, err = capfd.readouterr()
    assert out == "" and "[1/5]" in err and "[5/5]" in err


def test_what_a_computer_can_not_have_is_told_in_a_line_and_stops_nothing(boot, venv, install, capfd):
    shell = working_shell()
    shell.answers = {"--only-binary=:all:": (1, ["ERROR: No matching distribution found for pyopen-wakeword==1.1.0"])}
    install(shell)
    assert boot.stamp.satisfied(venv.folder, venv.python, stamp_for(boot, venv.folder))
    err = capfd.readouterr().err
    assert "Google's speech embedding" in err and "everything else works" in err and "ERROR" not in err
    assert err.rstrip().endswith("Installed.")


def test_a_stopped_installation_leaves_no_stamp_and_is_repaired(boot, venv, install):
    boot.stamp.write(venv.folder, boot.stamp.Stamp("older", "cpu", []))
    shell = working_shell()
    shell.answers = {"--no-deps": (1, ["ERROR: broken"])}
    with pytest.raises(boot.common.StartError):
        install(shell)
    assert boot.stamp.read(venv.folder) is None
    install(working_shell())
    assert boot.stamp.read(venv.folder).torch == "cpu"


@pytest.mark.parametrize(
    "python",
    [(127, ["no such file"]), (1, ["No module named 'pip'"]), (0, ["pip in 3.8"])],
    ids=["gone", "no pip", "3.8"],
)
def test_an_environment_that_does_not_work_is_made_again(boot, venv, install, python):
    words = install(working_shell(python=python))
    assert not (venv.folder / "pyvenv.cfg").exists()  # the fake shell made nothing in its place
    assert any(line.endswith(f" -m venv {venv.folder}") for line in words)


def test_an_environment_that_was_moved_is_made_again(boot, venv, install):
    (venv.folder / "pyvenv.cfg").write_text("command = python -m venv /somewhere/else/.venv\n")
    assert any(" -m venv " in line for line in install(working_shell()))


def test_a_folder_with_other_files_is_never_cleared(boot, venv, install):
    (venv.folder / "pyvenv.cfg").unlink()
    (venv.folder / "thesis.txt").write_text("precious")
    with pytest.raises(boot.common.StartError, match=r"thesis\.txt.*LABBENCH_VENV"):
        install(working_shell())
    assert (venv.folder / "thesis.txt").exists() and Path(venv.python).exists()


def test_a_python_without_venv_says_what_to_install(boot, venv, install, monkeypatch):
    monkeypatch.setattr(boot.install, "can_make_venv", lambda: False)
    with pytest.raises(boot.common.StartError, match=f"apt-get install python{VERSION}-venv"):
        install(working_shell(python=(1, [])))


def test_a_second_extra_keeps_the_first(boot, venv, install):
    boot.stamp.write(venv.folder, stamp_for(boot, venv.folder, "cpu", ["test"]))
    install(working_shell(), LABBENCH_TORCH="cuda")
    stamp = boot.stamp.read(venv.folder)
    assert (stamp.torch, stamp.extras) == ("cuda", ["test"])


def test_waiting_for_another_installation_is_enough(boot, venv, install, monkeypatch):
    busy = iter([False, False, True])
    waits = []

    def pause(seconds):
        waits.append(seconds)
        boot.stamp.write(venv.folder, stamp_for(boot, venv.folder))

    monkeypatch.setattr(boot.lock.held.__wrapped__, "__defaults__", (lambda file: next(busy), pause))
    assert install(working_shell()) == [] and len(waits) == 1


def test_the_lock_excludes_others_and_goes_with_its_holder(boot, tmp_path):
    with boot.lock.held(tmp_path), (tmp_path / boot.lock.NAME).open("ab") as other:
        assert not boot.lock.try_lock(other)
    with (tmp_path / boot.lock.NAME).open("ab") as other:
        assert boot.lock.try_lock(other)


# pip


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  Downloading numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl (16.6 MB)", "numpy 2.4.6 (16.6 MB)"),
        ("  Using cached openai_whisper-20250625.tar.gz (803 kB)", "openai_whisper 20250625 (803 kB)"),
        ("Processing /opt/wheels/torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl", "torch 2.13.0+cpu"),
        ("  Building wheel for openai-whisper (pyproject.toml): started", "openai-whisper: building"),
        ("Installing collected packages: a, b, c", "unpacking 3 packages"),
        ("  Downloading numpy-2.4.6-cp311-cp311-linux_x86_64.whl.metadata (6 kB)", ""),
        ("WARNING: Location 'file:///x/' is ignored: it is neither a file nor a directory.", ""),
        ("Requirement already satisfied: tqdm in /x", ""),
    ],
)
def test_pip_is_condensed(boot, line, shown):
    assert boot.pip.condense(line).strip() == shown


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("NewConnectionError: Temporary failure in name resolution", "check the network"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: Could not find a version that satisfies the requirement x", "last lines"),
    ],
)
def test_pip_failing_is_explained_with_its_last_lines(boot, line, sentence):
    noise = "WARNING: Location 'file:///x/' is ignored: it is neither a file nor a directory."
    pip = boot.pip.Pip(FakeShell({"pip": (1, ["Collecting x", noise, line])}), "python", Path("c.txt"), print)
    with pytest.raises(boot.common.StartError, match=sentence) as caught:
        pip.install("x")
    assert line in str(caught.value) and noise not in str(caught.value)


# Which PyTorch


@pytest.mark.parametrize(
    ("asked", "gpu", "choice"),
    [("", False, "cpu"), ("", True, "cuda"), ("cpu", True, "cpu"), ("cuda", False, "cuda")],
)
def test_the_gpu_decides_unless_told_otherwise(boot, monkeypatch, asked, gpu, choice):
    monkeypatch.setattr(boot.torch.sys, "platform", "linux")
    assert boot.torch.choice({"LABBENCH_TORCH": asked}, FakeShell(), lambda shell: gpu) == choice


def test_a_wrong_choice_is_refused(boot):
    with pytest.raises(boot.common.StartError, match="cpu or cuda"):
        boot.torch.choice({"LABBENCH_TORCH": "gpu"}, FakeShell())


@pytest.mark.parametrize(
    ("programs", "answer", "found"),
    [
        ((), (0, []), False),
        (("nvidia-smi",), (0, ["GPU 0: Some Card (UUID: x)"]), True),
        (("nvidia-smi",), (0, ["No devices found"]), False),
        (("nvidia-smi",), (9, ["NVIDIA-SMI has failed"]), False),
    ],
)
def test_gpus_are_found_by_nvidia_smi(boot, tmp_path, programs, answer, found):
    shell = FakeShell({"nvidia-smi": answer}, programs)
    assert boot.torch.has_gpu(shell, tmp_path / "none") is found


def test_gpus_are_found_by_the_driver_folder(boot, tmp_path):
    assert not boot.torch.has_gpu(FakeShell(programs=()), tmp_path)
    (tmp_path / "0000:01:00.0").mkdir()
    assert boot.torch.has_gpu(FakeShell(programs=()), tmp_path)


@pytest.mark.parametrize(
    ("torch", "platform", "up", "index"),
    [
        ("cpu", "linux", True, "https://download.pytorch.org/whl/cpu"),
        ("cpu", "linux", False, ""),
        ("cpu", "darwin", True, ""),
        ("cuda", "linux", True, ""),
        ("cuda", "win32", True, "https://download.pytorch.org/whl/cu130"),
    ],
)
def test_pytorchs_own_index_is_used_only_where_needed_and_up(boot, torch, platform, up, index):
    expected = ["--extra-index-url", index] if index else []
    assert boot.torch.index(torch, platform, lambda url: up) == expected


def test_an_unreachable_index_answers_no(boot):
    assert not boot.torch.answers("http://127.0.0.1:9/", 1.0)


def test_the_build_for_processors_is_ruled_out_where_there_is_a_gpu(boot):
    shell = FakeShell({})
    pip = boot.pip.Pip(shell, "python", Path("c.txt"))
    boot.torch.install(pip, "cpu", "linux", lambda url: False)
    assert not any("!=" in line for line in shell.words())
    boot.torch.install(pip, "cuda", "linux", lambda url: False)
    assert len(shell.commands) == 2 and any("!=2.13.0+cpu" in line for line in shell.words())


# System libraries


def test_missing_libraries_and_fonts_are_named_as_packages(boot, tmp_path):
    present = set(boot.system.PACKAGES) - {"libEGL.so.1"}
    assert boot.system.missing(present.__contains__, lambda: True) == ["libegl1"]
    assert boot.system.missing(lambda name: True, lambda: False) == ["fonts-dejavu-core"]
    assert not boot.system.has_font([str(tmp_path)])
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "A.TTF").write_text("")
    assert boot.system.has_font([str(tmp_path)])
    assert not boot.system.loads("libthere-is-no-such-thing.so.0")


class Libraries:
    """What is missing: `packages`, until an installation was tried (`cured`)."""

    def __init__(self, shell, cured=True):
        self.shell, self.cured = shell, cured

    def __call__(self):
        done = self.cured and any("install" in command for command in self.shell.commands)
        return [] if done else ["libegl1", "libgl1"]


def never(packages):
    pytest.fail("this must not ask")


def test_nothing_missing_runs_nothing(boot):
    shell = FakeShell()
    boot.system.ensure(shell, True, lambda: [], never)
    assert shell.commands == []


def test_root_installs_without_a_question_where_none_is_wanted(boot, capfd):
    shell = FakeShell({"install": (0, ["Setting up libegl1:amd64 (1.6.0-1) ..."])}, root=True)
    boot.system.ensure(shell, False, Libraries(shell), never)
    assert len(shell.commands) == 1 and shell.words()[0].endswith("--no-install-recommends libegl1 libgl1")
    assert "DEBIAN_FRONTEND=noninteractive" in shell.commands[0]
    out, err = capfd.readouterr()
    assert out == "" and "libegl1:amd64" in err


def test_sudo_without_a_password_will_do_after_a_yes(boot):
    shell = FakeShell(programs=("apt-get", "sudo"))
    asked = []
    boot.system.ensure(shell, True, Libraries(shell), lambda packages: asked.append(packages) or True)
    assert asked == [["libegl1", "libgl1"]]
    assert shell.words()[0] == "sudo -n true" and shell.words()[1].startswith("sudo -n env ")


@pytest.mark.parametrize(
    ("shell", "asking", "answer"),
    [
        (FakeShell(root=True), True, False),
        (FakeShell(programs=("apt-get",)), True, None),
        (FakeShell({"sudo": (1, ["a password is required"])}, ("apt-get", "sudo")), False, None),
        (FakeShell(programs=(), root=True), False, None),
    ],
    ids=["answer no", "no sudo", "sudo wants a password", "no apt"],
)
def test_otherwise_the_command_is_printed(boot, shell, asking, answer):
    question = never if answer is None else lambda packages: answer
    with pytest.raises(boot.common.StartError) as caught:
        boot.system.ensure(shell, asking, Libraries(shell), question)
    last = str(caught.value).splitlines()[-1].strip()
    command = "apt-get install -y --no-install-recommends libegl1 libgl1"
    assert last == (command if shell.root else "sudo " + command)
    assert not any("install" in command for command in shell.commands)


def test_an_old_package_list_is_renewed_once(boot):
    shell = FakeShell(root=True)
    results = iter([(100, ["E: Unable to locate package"]), (0, []), (0, [])])
    shell.run = lambda command, on_line=None: (shell.commands.append(list(command)), next(results)[0])[1]
    boot.system.ensure(shell, False, Libraries(shell), never)
    assert [command[-1] for command in shell.commands] == ["libgl1", "update", "libgl1"]


def test_apt_failing_and_libraries_still_missing_are_said(boot):
    shell = FakeShell({"install": (100, ["E: held broken packages"])}, root=True)
    with pytest.raises(boot.common.StartError, match="held broken packages"):
        boot.system.ensure(shell, False, Libraries(shell, cured=False), never)
    shell = FakeShell(root=True)
    with pytest.raises(boot.common.StartError, match="although apt-get installed"):
        boot.system.ensure(shell, False, Libraries(shell, cured=False), never)


class Stream:
    def __init__(self, terminal=True, line=""):
        self.terminal, self.line, self.text = terminal, line, ""

    def isatty(self):
        return self.terminal

    def readline(self):
        return self.line

    def write(self, text):
        self.text += text

    def flush(self):
        pass


@pytest.mark.parametrize(
    ("yes", "environ", "stdin", "stderr", "asks"),
    [
        (False, {}, True, True, True),
        (True, {}, True, True, False),
        (False, {"CI": "true"}, True, True, False),
        (False, {}, False, True, False),
        (False, {}, True, False, False),
    ],
)
def test_questions_only_where_somebody_can_answer(boot, monkeypatch, yes, environ, stdin, stderr, asks):
    monkeypatch.setattr(boot.system, "sys", SimpleNamespace(stdin=Stream(stdin), stderr=Stream(stderr)))
    assert boot.system.may_ask(yes, environ) is asks


@pytest.mark.parametrize(
    ("line", "agreed"), [("\n", True), ("Yes\n", True), ("n\n", False), ("", False), ("?\n", False)]
)
def test_the_question_is_asked_on_standard_error(boot, monkeypatch, line, agreed):
    stderr = Stream()
    monkeypatch.setattr(boot.system, "sys", SimpleNamespace(stdin=Stream(line=line), stderr=stderr))
    assert boot.system.ask(["libegl1"]) is agreed
    assert "libegl1" in stderr.text and "[Y/n]" in stderr.text


# Running other programs


def test_what_other_programs_print_stays_off_standard_output(boot, capfd):
    lines = []
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    shell = boot.common.Shell(os.environ)
    assert shell.run([sys.executable, "-c", script], lines.append) == 3
    assert sorted(lines) == ["err", "out"] and capfd.readouterr() == ("", "")
    assert shell.run(["there-is-no-such-program"], lines.append) == 127
