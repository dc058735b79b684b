"""System libraries that Linux does not always bring along: which are missing, and getting them with apt."""

import ctypes
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bootstrap_common import Shell, StartError, say

PACKAGES = {
    "libportaudio.so.2": "libportaudio2",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-image.so.0": "libxcb-image0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
}
FONT_PACKAGE = "fonts-dejavu-core"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONT_SUFFIXES = (".ttf", ".otf", ".ttc")


def loads(soname: str) -> bool:
    """Tell whether the dynamic linker finds a library."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def has_font(folders: Iterable[str] = FONT_FOLDERS) -> bool:
    """Tell whether any font file is installed, as without one Qt draws no text."""
    return any(
        name.lower().endswith(FONT_SUFFIXES)
        for folder in folders
        for _, _, names in os.walk(Path(folder).expanduser())
        for name in names
    )


def missing(load: Callable[[str], bool] = loads, font: Callable[[], bool] = has_font) -> list[str]:
    """Return the Debian packages whose files are not here."""
    packages = [package for soname, package in PACKAGES.items() if not load(soname)]
    return packages if font() else [*packages, FONT_PACKAGE]


def may_ask(yes: bool, environ: Mapping[str, str]) -> bool:
    """Tell whether somebody is there to be asked and wants to be."""
    terminal = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
    return terminal and not yes and not environ.get("CI")


def ask(packages: list[str]) -> bool:
    """Ask on the terminal whether to install `packages`; no answer is a no."""
    sys.stderr.write(f"      These system packages are missing: {' '.join(packages)}\n      Install them now? [Y/n] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()  # not input(), whose prompt may go to standard output
    return answer.endswith("\n") and answer.strip().lower() in ("", "y", "yes")


def apt_prefix(shell: Shell) -> list[str] | None:
    """Return what must stand before ``apt-get`` for it to be allowed, or None where it is not to be had."""
    if shell.which("apt-get") is None:
        return None
    if shell.is_root():
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    if shell.which("sudo") and shell.run(["sudo", "-n", "true"]) == 0:
        return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def by_hand(packages: list[str], shell: Shell, why: str) -> StartError:
    """Return the error that tells a person which command installs `packages`."""
    command = "apt-get install -y --no-install-recommends " + " ".join(packages)
    if not shell.is_root():
        command = "sudo " + command
    if shell.which("apt-get") is None:
        why += " (names as in Debian and Ubuntu; take the same libraries from your system's own packages)"
    return StartError(f"System libraries are missing{why}. Run this command, then start again:", [command])


def apt_install(packages: list[str], prefix: list[str], shell: Shell) -> list[str]:
    """Install `packages`, with a fresh package list where the old one will not do.

    Return apt's last lines if it fails, else nothing.
    """
    tail: deque[str] = deque(maxlen=8)

    def on_line(line: str) -> None:
        if line.strip():
            tail.append(line)
        if line.startswith("Setting up "):
            say("      " + " ".join(line.split()[2:4]))

    apt = [*prefix, "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=120"]
    install = [*apt, "install", "--no-install-recommends", *packages]
    if shell.run(install, on_line) == 0:
        return []
    say("      reading the current package list")
    shell.run([*apt, "update"], tail.append)
    return [] if shell.run(install, on_line) == 0 else list(tail) or ["apt-get failed"]


def ensure(
    shell: Shell,
    asking: bool,
    find: Callable[[], list[str]] = missing,
    question: Callable[[list[str]], bool] = ask,
) -> None:
    """Install what is missing, asking first where `asking`.

    Raises StartError with the command to run where that is not possible or not wanted.
    """
    packages = find()
    if not packages:
        return
    prefix = apt_prefix(shell)
    if prefix is None or (asking and not question(packages)):
        raise by_hand(packages, shell, "")
    say(f"      installing {' '.join(packages)}")
    if lines := apt_install(packages, prefix, shell):
        error = by_hand(packages, shell, " and apt-get could not install them")
        raise StartError(str(error), ["apt-get said:", *lines])
    if still := find():
        raise by_hand(still, shell, " although apt-get installed their packages")
