"""Whether a window can open here: Qt ends the whole process where it can't, so it is found out beforehand."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

_SECONDS = 1.0
_X_PORT = 6000


def has_display(platform: str, env: Mapping[str, str]) -> bool:
    """Ask X11's or Wayland's server by its socket; Windows and macOS always have one.

    Where Qt was told which platform to use, that is trusted.
    """
    if platform in ("win32", "darwin") or env.get("QT_QPA_PLATFORM"):
        return True
    return _wayland_answers(env) or _x11_answers(env.get("DISPLAY", ""))


def _wayland_answers(env: Mapping[str, str]) -> bool:
    name = env.get("WAYLAND_DISPLAY")
    return bool(name) and _answers(str(Path(env.get("XDG_RUNTIME_DIR", "/")) / str(name)))


def _x11_answers(display: str) -> bool:
    match = re.fullmatch(r"(?P<host>.*?):(?P<number>\d+)(?:\.\d+)?", display)
    if match is None:
        return False
    host, number = match["host"], int(match["number"])
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where X servers have their sockets
        return _answers(path) or _answers(f"\0{path}")
    try:
        with socket.create_connection((host, _X_PORT + number), _SECONDS):
            return True
    except OSError:
        return False


def _answers(path: str) -> bool:
    if sys.platform == "win32":
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_SECONDS)
            connection.connect(path)
            return True
    except OSError:
        return False
