"""Addresses of servers: what is taken, and what would give sound or a key away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.core.errors import LabBenchError
from labbench.models import engines
from labbench.models.remote_address import checked_address, is_private


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://lab.example.org", "https://lab.example.org"),
        (" https://Lab.Example.org:8443/ ", "https://lab.example.org:8443"),
        ("https://lab.example.org/v1", "https://lab.example.org"),
        ("https://lab.example.org/speech/v1/audio/transcriptions", "https://lab.example.org/speech"),
        ("https://lab.example.org/speech/v1/models/", "https://lab.example.org/speech"),
        ("lab.example.org", "https://lab.example.org"),
        ("localhost:8000", "http://localhost:8000"),
        ("192.168.0.10:8000", "http://192.168.0.10:8000"),
        ("http://10.1.2.3", "http://10.1.2.3"),
        ("http://teacher.local:8000/v1", "http://teacher.local:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("HTTPS://[2001:db8::5]", "https://[2001:db8::5]"),
    ],
)
def test_what_is_taken(text: str, address: str) -> None:
    assert checked_address(text) == address == checked_address(address)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not the address"),
        ("https://", "not the address"),
        ("https://a b.org", "not the address"),
        ("https://a.org\r\nX: y", "not the address"),
        ("https://a.org:99999", "not the address"),
        ("https://[::1", "not the address"),
        ("https://" + "a" * 600, "not the address"),
        ("file:///etc/passwd", "not the address|begins with https"),
        ("ftp://a.org", "begins with https"),
        ("http://a.org", "others could listen"),
        ("http://127.0.0.1.a.org", "others could listen"),
        ("http://8.8.8.8", "others could listen"),
        ("http://0.0.0.0", "others could listen"),
        ("https://me:hunter2@a.org", "must not hold a name or a password"),
        ("me:hunter2@localhost", "must not hold a name or a password"),
        ("https://a.org?key=hunter2", "ends before"),
        ("https://a.org/#hunter2", "ends before"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(LabBenchError, match=words) as caught:
        checked_address(text)
    assert caught.value.hint and "hunter2" not in str(caught.value)


def test_http_elsewhere_only_where_it_was_asked_for() -> None:
    assert checked_address("http://a.org", plain_http=True) == "http://a.org"
    assert engines.parse("remote:http://a.org", {"LABBENCH_REMOTE_HTTP": "1"}).address == "http://a.org"
    with pytest.raises(LabBenchError, match="others could listen"):
        engines.parse("remote:http://a.org", {})


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_sentence(text: str) -> None:
    try:
        found = checked_address(text)
    except LabBenchError as error:
        assert error.hint
    else:
        assert checked_address(found) == found
        assert found.startswith("https://") or is_private(engines.host_of(found))


def test_a_server_as_engine_says_where_the_sound_goes() -> None:
    spec = engines.parse("remote:https://lab.example.org/v1", {"LABBENCH_REMOTE_KEY": " abc "})
    assert spec.is_remote and not spec.is_whisper and not engines.MOONSHINE.is_remote
    assert (spec.name, spec.title, spec.key) == ("remote:https://lab.example.org", "Server lab.example.org", "abc")
    assert "leaves this computer" in spec.knows and "leaves this computer" in spec.details
    assert "abc" not in repr(spec)


@pytest.mark.parametrize("key", ["a b", "a\nb", "ü", "x" * 5000])
def test_a_key_that_can_not_be_sent(key: str) -> None:
    with pytest.raises(LabBenchError, match="key can't be sent") as caught:
        engines.remote("https://a.org", key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize("model", ["x" * 201, "a\x00b"])
def test_a_model_that_is_none(model: str) -> None:
    with pytest.raises(LabBenchError, match="not the name of a model"):
        engines.remote("https://a.org", model)
