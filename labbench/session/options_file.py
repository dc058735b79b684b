"""Options of transcription as JSON: each as people write it, and only those that are not the usual ones."""

from __future__ import annotations

from typing import Any

from labbench.core.errors import LabBenchError
from labbench.session import checked
from labbench.transcript.engine import Options
from labbench.transcript.guard import MOST_ENTRIES, MOST_LENGTH, BlockList, usable
from labbench.transcript.option_table import SETTINGS, with_settings


def options_out(options: Options) -> dict[str, Any]:
    """Without the language, which has a place of its own."""
    usual = Options()
    changed = [setting for setting in SETTINGS if getattr(options, setting.name) != getattr(usual, setting.name)]
    raw: dict[str, Any] = {setting.name: setting.text(getattr(options, setting.name)) for setting in changed}
    if options.blocked:
        raw["blocked"] = {"phrases": list(options.blocked.phrases), "patterns": list(options.blocked.patterns)}
    return raw


def options_in(raw: Any) -> Options:
    """Raises one of `checked.DAMAGE`."""
    found = checked.fields(raw)
    try:
        values = {one.name: one.parse(checked.text(found[one.name])) for one in SETTINGS if one.name in found}
        if "blocked" in found:
            values["blocked"] = _blocked_in(checked.fields(found["blocked"]))
        return with_settings(Options(), values)
    except LabBenchError as error:
        raise ValueError(error.message) from error


def rescued(raw: Any) -> Options:
    """Of options that are damaged, what must not be lost: what is blocked, as far as it can be read."""
    found = raw.get("blocked") if isinstance(raw, dict) else None
    if not isinstance(found, dict):
        return Options()
    texts = {
        key: tuple(one for one in found.get(key, ()) if isinstance(one, str) and len(one) <= MOST_LENGTH)
        for key in ("phrases", "patterns")
        if isinstance(found.get(key, ()), list)
    }
    return Options(blocked=usable(BlockList(**texts))[0])


def _blocked_in(raw: dict[str, Any]) -> BlockList:
    lists = (checked.items(raw.get(key, []), MOST_ENTRIES) for key in ("phrases", "patterns"))
    phrases, patterns = (tuple(checked.text(one, MOST_LENGTH) for one in entries) for entries in lists)
    return BlockList(phrases, patterns).checked()
