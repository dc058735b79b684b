"""A word goes out of one window as a file and into another."""

import pytest

from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost

TAKES = sorted((assets() / "clips" / "takes").glob("computer_*.flac"))[:2]


@pytest.fixture
def page(open_bench, moonshine):
    return open_bench(twin=True, make_host=ScriptedHost)


def test_a_word_is_exported_and_dropped_on_a_window(page, tmp_path):
    said, told = [], []
    page.bench.notices.info.connect(said.append)
    page.bench.notices.error.connect(lambda error: told.append(error.message))
    page.bench.words.export_word("computer", tmp_path / "none.labword")
    assert told == ["There is no word to export yet."]
    page.teach("computer", TAKES)
    path = tmp_path / "computer.labword"
    page.bench.words.export_word("computer", path)
    assert "consent" in said[-1]
    page.window.asking.open_paths([path])
    assert [word.name for word in page.bench.teaching.words] == ["computer", "computer 2"]
    first, second = page.bench.teaching.words
    assert [take.start for take in second.takes] == [take.start for take in first.takes]
    page.bench.undo.undo()
    assert [word.name for word in page.bench.teaching.words] == ["computer"]
    path.write_bytes(path.read_bytes()[:-40])
    page.window.asking.open_paths([path])
    assert wait_until(lambda: len(told) == 2, 5) and "computer.labword is damaged" in told[1]
