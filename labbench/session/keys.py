"""Keys of servers: in the system's own safe, never in a file of this program."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol

SERVICE = "Speech Lab Bench"
ENVIRONMENT = "LABBENCH_REMOTE_KEY"
"""A variable that holds the key, for the command line and for classrooms; it goes before the safe."""
KEPT_FOR_THIS_RUN = "This computer has no safe place for the key: it is kept until the program ends."


class KeyStore(Protocol):
    """Keys by a server's address. Calls may block while the system asks its user: not for the window's thread."""

    def get(self, address: str) -> str:
        """The key, "" where there is none."""
        ...

    def keep(self, address: str, key: str) -> str:
        """Keep a key, or with "" forget it. A sentence for people where it is kept for this run only, else ""."""
        ...


class MemoryKeys:
    """Keeps keys for this run. The twin for tests."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    def get(self, address: str) -> str:
        return self._keys.get(address, "")

    def keep(self, address: str, key: str) -> str:
        self._keys.pop(address, None)
        if key:
            self._keys[address] = key
        return KEPT_FOR_THIS_RUN if key else ""

    def __repr__(self) -> str:
        return f"MemoryKeys({len(self._keys)} keys)"


class SystemKeys:
    """The system's safe (Keychain, Credential Locker, Secret Service), by the `keyring` library.

    Without one that works, a key is kept for this run. `safe` has keyring's three functions; None stands for keyring.
    """

    def __init__(self, safe: Any = None) -> None:
        self._safe = safe
        self._here = MemoryKeys()
        self._turn = threading.Lock()

    def get(self, address: str) -> str:
        with self._turn:
            here = self._here.get(address)
            if here:
                return here
            try:
                return self._system().get_password(SERVICE, address) or ""
            except Exception:  # noqa: BLE001 - a backend is a program of its own and raises anything
                return ""

    def keep(self, address: str, key: str) -> str:
        with self._turn:
            self._here.keep(address, "")
            try:
                system = self._system()
                if key:
                    system.set_password(SERVICE, address, key)
                    return ""
                if system.get_password(SERVICE, address) is not None:
                    system.delete_password(SERVICE, address)
                return ""
            except Exception:  # noqa: BLE001 - as above
                return self._here.keep(address, key)

    def _system(self) -> Any:
        if self._safe is None:
            import keyring

            self._safe = keyring
        return self._safe


def key_for(address: str, env: Mapping[str, str], keys: KeyStore) -> str:
    """The key to send to a server: the environment's, else the kept one, else ""."""
    return env.get(ENVIRONMENT, "").strip() or keys.get(address)
