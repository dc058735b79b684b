"""A display is one that answers, not one that an environment variable names."""

import socket
import sys

import pytest

from labbench.live.display import has_display


@pytest.mark.parametrize(
    ("platform", "env", "shown"),
    [
        ("win32", {}, True),
        ("darwin", {}, True),
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": "nonsense"}, False),
        ("linux", {"DISPLAY": ":64999"}, False),
        ("linux", {"WAYLAND_DISPLAY": "wayland-64999", "XDG_RUNTIME_DIR": "/nowhere"}, False),
        ("linux", {"QT_QPA_PLATFORM": "offscreen"}, True),
    ],
)
def test_has_display(platform, env, shown):
    assert has_display(platform, env) is shown


@pytest.mark.skipif(sys.platform == "win32", reason="Wayland's sockets are a matter of Unix")
def test_a_server_that_answers(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(tmp_path / "w"))
        server.listen()
        assert has_display("linux", {"WAYLAND_DISPLAY": "w", "XDG_RUNTIME_DIR": str(tmp_path)})
    assert not has_display("linux", {"WAYLAND_DISPLAY": "w", "XDG_RUNTIME_DIR": str(tmp_path)})
