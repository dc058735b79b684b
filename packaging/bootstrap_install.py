"""The installation, step by step. It can be stopped anywhere and run again; the stamp is written last."""

import importlib.util
import shutil
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import bootstrap_lock
import bootstrap_stamp
import bootstrap_system
import bootstrap_torch
from bootstrap_common import Shell, StartError, say
from bootstrap_pip import Pip
from bootstrap_stamp import Stamp

BUILD_TOOLS = ["editables", "hatchling", "setuptools"]
# PyTorch has no wheels for Intel Macs, so neither Whisper nor it can be had there.
NOT_ON_INTEL_MACS = "; sys_platform != 'darwin' or platform_machine == 'arm64'"
WHISPER = "openai-whisper" + NOT_ON_INTEL_MACS
OPTIONAL = {"google": "Google's speech embedding, one of four that hear wake words,"}
"""Extras that are installed where they can be: what each is, for people."""
VENV_CONTENTS = {"bin", "include", "lib", "lib64", "share", "scripts", ".gitignore", "labbench.lock"}
ASK_PYTHON = "import sys, pip; print('pip in %d.%d' % sys.version_info[:2])"


def venv_moved(venv: Path) -> bool:
    """Tell whether the environment was made at another path, which its scripts still name."""
    try:
        lines = (venv / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return True
    made = next((line for line in lines if line.startswith("command = ")), "")
    where = made.partition(" -m venv ")[2].strip()
    return bool(where) and not where.endswith(str(venv)) and Path(where).resolve() != venv


def venv_usable(venv: Path, python: str, shell: Shell) -> bool:
    """Tell whether the environment is in its place, runs, has this Python's version, and has pip."""
    lines: list[str] = []
    version = "{}.{}".format(*sys.version_info[:2])
    return (
        not venv_moved(venv)
        and shell.run([python, "-c", ASK_PYTHON], lines.append) == 0
        and lines == [f"pip in {version}"]
    )


def clear(venv: Path) -> None:
    """Empty the environment's folder, except for the lock.

    Raises StartError where it holds something other than an environment.
    """
    entries = [entry for entry in venv.iterdir() if entry.name != bootstrap_lock.NAME]
    strange = [entry.name for entry in entries if entry.name.lower() not in VENV_CONTENTS]
    if strange and not (venv / "pyvenv.cfg").exists():
        raise StartError(f"{venv} holds other files ({strange[0]}): choose another folder with LABBENCH_VENV.")
    # The marker goes last, so that a clearing that was stopped is still known for what it is.
    for entry in sorted(entries, key=lambda entry: entry.name == "pyvenv.cfg"):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def can_make_venv() -> bool:
    """Tell whether this Python has what ``python -m venv`` needs; Debian packs that separately."""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def make_venv(venv: Path, shell: Shell) -> None:
    """Make the environment anew.

    Raises StartError where this Python cannot.
    """
    if not can_make_venv():
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        raise StartError(
            f"This Python cannot make virtual environments: install its venv module "
            f"(on Debian and Ubuntu: sudo apt-get install {package}), then run this again."
        )
    clear(venv)
    lines: list[str] = []
    base = getattr(sys, "_base_executable", None) or sys.executable  # itself may be the one just cleared
    if shell.run([base, "-m", "venv", str(venv)], lines.append):
        raise StartError(f"The virtual environment {venv} could not be made:", lines[-8:])


def dependencies(root: Path, extras: list[str]) -> list[str]:
    """Return the requirements in pyproject.toml, with those of `extras`."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [
        *project["dependencies"],
        *(item for extra in extras for item in project["optional-dependencies"][extra]),
    ]


def install_optional(pip: Pip, root: Path) -> None:
    """Try to install what not every computer can have; the program says in its place what is missing.

    A failure is told in one line and stops nothing.
    """
    for extra, title in OPTIONAL.items():
        wanted = dependencies(root, [extra])[len(dependencies(root, [])) :]
        try:
            pip.install("--no-deps", "--only-binary=:all:", "--retries", "1", *wanted)
        except StartError:
            say(f"      {title} can't be had on this computer; everything else works without it.")


def install_packages(pip: Pip, root: Path, torch: str, extras: list[str], stage: "Stages") -> None:
    """Install PyTorch, then the rest, then what must not drag in its own dependencies; last what may be missing.

    Raises StartError.
    """
    stage.next(f"PyTorch ({'for NVIDIA GPUs' if torch == 'cuda' else 'for the processor'}; the largest part)")
    bootstrap_torch.install(pip, torch)
    stage.next("Other packages")
    pip.install(*BUILD_TOOLS, *dependencies(root, extras))
    stage.next("Whisper and Speech Lab Bench")
    # Whisper asks for triton (190 MB) everywhere and uses it with CUDA only, where PyTorch brings it; and for numba,
    # which is not used. The rest is in pyproject.toml.
    pip.install("--no-deps", "--no-build-isolation", WHISPER)
    pip.install("--no-deps", "--no-build-isolation", "-e", str(root))
    install_optional(pip, root)


def compile_sources(shell: Shell, python: str, root: Path) -> None:
    """Compile the program once, as pip does what it installs: else each of its processes would, at its first start.

    And at every start where Python may not write beside the sources; there this fails, and harms nothing.
    """
    shell.run([python, "-m", "compileall", "-q", str(root / "labbench")], lambda line: None)


class Stages:
    """Counts the stages of an installation aloud."""

    def __init__(self, count: int) -> None:
        self._count, self._now = count, 0

    def next(self, name: str) -> None:
        self._now += 1
        say(f"[{self._now}/{self._count}] {name}")


def install(
    root: Path,
    venv: Path,
    python: str,
    wanted: Stamp,
    yes: bool,
    environ: Mapping[str, str],
    shell: Shell | None = None,
) -> None:
    """Bring the installation in `venv` to what `wanted` describes.

    Raises StartError, with a sentence for people, and OSError where the folder cannot be written.
    """
    shell = shell or Shell(environ)
    torch = bootstrap_torch.choice(environ, shell)
    venv.mkdir(parents=True, exist_ok=True)
    with bootstrap_lock.held(venv):
        if bootstrap_stamp.satisfied(venv, python, wanted):  # the installation that was waited for has done it all
            return
        old = bootstrap_stamp.read(venv)
        kept = set(old.extras) if old and old.key == wanted.key else set()
        extras = sorted(kept.union(wanted.extras))
        bootstrap_stamp.remove(venv)
        stage = Stages(5)
        stage.next("System libraries")
        if sys.platform == "linux":
            bootstrap_system.ensure(shell, bootstrap_system.may_ask(yes, environ))
        stage.next(f"Virtual environment in {venv}")
        if not venv_usable(venv, python, shell):
            make_venv(venv, shell)
        pip = Pip(shell, python, root / "packaging" / "constraints.txt")
        install_packages(pip, root, torch, extras, stage)
        compile_sources(shell, python, root)
        bootstrap_stamp.write(venv, Stamp(wanted.key, torch, extras))
    say("Installed.")
