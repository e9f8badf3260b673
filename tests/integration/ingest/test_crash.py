"""`kill -9` at random moments of ingestion: what was accepted is there at the next start, whole, and nothing by half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lionrock.app import App
from lionrock.storage import passages, versions

TIMES = 20
CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import Chats
from lionrock.app import App, Upload
from lionrock.models.fakes import FakeEmbed
from lionrock.settings import Settings
from lionrock.storage.database import open_database
from lionrock.text.crosslingual import Bilingual
from lionrock.text.fold import fold_text
home = Path({home!r})
database = open_database(f"sqlite:///{{home / 'lionrock.db'}}")
database.migrate()
app = App(Settings(home=home), database, (FakeEmbed(96, name="one"), FakeEmbed(96, name="two", fold=fold_text)),
          lambda: Bilingual({{}}, {{}}), Chats())
app.recover()
if {opened}:
    app.index()
print("ready", flush=True)
number = {start}
while True:
    # Every third file is a new version of an earlier one.
    name = f"f{{number // 3 * 2 if number % 3 == 2 else number}}.md"
    text = "".join(f"# Part {{n}}\\n\\nFile {{number}} part {{n}} tells of pier {{number * 7 + n}}.\\n\\n" for n in range(6))
    [result] = app.ingest([Upload(name, name, data=text.encode())])
    print(name, number, result.status, flush=True)
    number += 1
"""


def test_twenty_kills(make_app: Callable[..., App], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    rng = random.Random()
    told: dict[str, int] = {}
    start = 0
    for turn in range(TIMES):
        # Every fifth kill may come while the index is opened; the others come among the files, on a slow machine too.
        opened = turn % 5 > 0
        code = CHILD.format(tests=str(Path(__file__).parent.parent), home=str(home), start=start, opened=opened)
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.0, 0.7))
        os.killpg(process.pid, signal.SIGKILL)
        for line in process.stdout.read().splitlines():
            name, number, status = line.split()
            assert status == "indexed"
            told[name] = int(number)
            start = int(number) + 1
        process.stdout.close()
        process.wait()
        start += 2
    assert told
    app = make_app()
    scope = app.owner_scope()
    with app._database.connect() as connection:
        assert versions.pending(connection) == []
        current = passages.all_current_ids(connection)
    assert app.index().ids() == current
    listed = {document.source: document for document in app.documents(scope, limit=500)}
    for name, number in told.items():
        shown = app.document(listed[name].id, scope)
        document, content = shown.document, shown.passages
        assert document.status == "indexed"
        text = app.document_text(document.id, scope)
        # The version told of, or the next one, accepted but not told of when the kill came.
        assert f"File {number} " in text or any(f"File {n} " in text for n in range(number, start))
        assert "".join(p.text for p in content).count("tells of pier") == text.count("tells of pier") == 6
        assert document.passages == len(content)
    assert len({document.source for document in listed.values()}) == len(listed)
