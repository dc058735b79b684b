"""Keys of servers: in the system's safe where there is one, and in nothing that this program writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from labbench.session.keys import KEPT_FOR_THIS_RUN, SERVICE, KeyStore, MemoryKeys, SystemKeys, key_for
from labbench.session.settings import Settings, load_settings, save_settings

ADDRESS = "https://lab.example.org"
SECRET = "sk-very-secret"


class Safe:
    """keyring's three functions over a dictionary, or one that fails at each."""

    def __init__(self, works: bool = True) -> None:
        self.works = works
        self.kept: dict[tuple[str, str], str] = {}

    def _check(self) -> None:
        if not self.works:
            raise RuntimeError("no backend, and my message holds the key sk-very-secret")

    def get_password(self, service: str, name: str) -> str | None:
        self._check()
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, key: str) -> None:
        self._check()
        self.kept[service, name] = key

    def delete_password(self, service: str, name: str) -> None:
        self._check()
        del self.kept[service, name]


@pytest.mark.parametrize(
    "keys", [MemoryKeys(), SystemKeys(Safe()), SystemKeys(Safe(works=False))], ids=["memory", "safe", "no safe"]
)
def test_keep_and_forget(keys: KeyStore) -> None:
    assert keys.get(ADDRESS) == ""
    keys.keep(ADDRESS, SECRET)
    assert (keys.get(ADDRESS), keys.get("https://other.example.org")) == (SECRET, "")
    assert SECRET not in repr(keys)
    assert keys.keep(ADDRESS, "") == ""
    assert keys.get(ADDRESS) == ""
    assert keys.keep(ADDRESS, "") == ""


def test_the_safe_keeps_it() -> None:
    safe = Safe()
    assert SystemKeys(safe).keep(ADDRESS, SECRET) == ""
    assert safe.kept == {(SERVICE, ADDRESS): SECRET}
    assert SystemKeys(safe).get(ADDRESS) == SECRET


def test_without_a_safe_it_is_kept_for_this_run_and_that_is_said() -> None:
    keys = SystemKeys(Safe(works=False))
    assert keys.keep(ADDRESS, SECRET) == KEPT_FOR_THIS_RUN
    assert keys.get(ADDRESS) == SECRET
    assert SystemKeys(Safe(works=False)).get(ADDRESS) == ""


def test_a_safe_that_works_again_takes_over() -> None:
    safe = Safe(works=False)
    keys = SystemKeys(safe)
    keys.keep(ADDRESS, "old")
    safe.works = True
    assert keys.keep(ADDRESS, SECRET) == "" and keys.get(ADDRESS) == SECRET


def test_the_library_itself_without_a_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        keys = SystemKeys()
        assert keys.get(ADDRESS) == ""
        assert keys.keep(ADDRESS, SECRET) == KEPT_FOR_THIS_RUN
        assert keys.get(ADDRESS) == SECRET
    finally:
        keyring.set_keyring(before)


def test_the_environment_goes_first() -> None:
    keys = MemoryKeys()
    keys.keep(ADDRESS, SECRET)
    assert key_for(ADDRESS, {"LABBENCH_REMOTE_KEY": " theirs\n"}, keys) == "theirs"
    assert key_for(ADDRESS, {"LABBENCH_REMOTE_KEY": ""}, keys) == key_for(ADDRESS, {}, keys) == SECRET


def test_the_settings_hold_the_server_and_no_key(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    kept = Settings(remote_address=ADDRESS, remote_model="whisper")
    save_settings(path, kept)
    assert load_settings(path) == (kept, [])
    assert not [name for name in Settings.__dataclass_fields__ if "key" in name or "password" in name]
    path.write_text('{"remote_address": 3, "remote_model": ["x"]}')
    assert load_settings(path)[0] == Settings()
