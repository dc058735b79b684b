"""Taking out of a whole session what is blocked by now: in recordings that nobody has opened since, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken
from labbench.session.disk import read_json, write_json
from labbench.session.results import Results
from labbench.session.store import RESULTS
from labbench.session.transcript_file import StoredTranscript, load_transcript, write_transcript
from labbench.transcript.guard import BlockList, scrub, scrub_text

TRANSCRIPTS = ("transcript-a.json", "transcript-b.json", "reference.json")
OWN = ("labels.json", "view.json", "scores.json")
"""What people wrote themselves, or what has no text."""
TEXTS = frozenset({"text", "heard", "reference", "said", "word"})
"""Keys of other files whose values are what an engine said."""
_MOST_BYTES = 64 << 20


def scrub_stored(stored: StoredTranscript | None, blocked: BlockList) -> StoredTranscript | None:
    """A kept transcript without what is blocked; itself where nothing is. Raises LabBenchError."""
    if stored is None:
        return None
    clean = scrub(stored.transcript, blocked)
    return stored if clean is stored.transcript else replace(stored, transcript=clean)


def scrub_results(results: Results, blocked: BlockList) -> Results:
    """All that is kept of a recording without what is blocked. Raises LabBenchError."""
    if not blocked:
        return results
    return replace(
        results,
        transcript_a=scrub_stored(results.transcript_a, blocked),
        transcript_b=scrub_stored(results.transcript_b, blocked),
        reference=scrub_stored(results.reference, blocked),
    )


def scrub_session(folder: Path, blocked: BlockList, cancel: CancelToken) -> int:
    """The files of a session that is held; how many were written anew. Blocks. Raises LabBenchError, Cancelled."""
    if not blocked:
        return 0
    count = 0
    for path in sorted((folder / RESULTS).glob("*/*.json")):
        cancel.check()
        if path.name in TRANSCRIPTS:
            stored = load_transcript(path, path.name)[0]
            clean = scrub_stored(stored, blocked)
            if clean is not None and clean is not stored:
                write_transcript(path, clean)
                count += 1
        elif path.name not in OWN:
            count += _scrub_json(path, blocked)
    return count


def _scrub_json(path: Path, blocked: BlockList) -> int:
    try:
        raw = read_json(path, "a result", _MOST_BYTES)
    except LabBenchError:
        return 0
    clean = _clean(raw, blocked, said=False)
    if clean == raw:
        return 0
    write_json(path, clean)
    return 1


def _clean(raw: Any, blocked: BlockList, *, said: bool) -> Any:
    if isinstance(raw, dict):
        return {key: _clean(value, blocked, said=key in TEXTS) for key, value in raw.items()}
    if isinstance(raw, list):
        return [_clean(one, blocked, said=said) for one in raw]
    return scrub_text(raw, blocked) if said and isinstance(raw, str) else raw
