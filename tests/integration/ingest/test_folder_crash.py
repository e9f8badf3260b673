"""`kill -9` at random moments of a run over a watched folder: the next run brings documents and files together."""

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

CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import Chats
from lionrock.app import App
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
print("ready", flush=True)
app.recover()
app.feeds.sync({source!r})
"""


def write(path: Path, fee: int) -> None:
    """A file whose time is a while ago, so that it counts as settled."""
    path.write_text(f"# {path.stem}\n\nThe fee of {path.stem} is {fee} dollars.\n", encoding="utf-8")
    then = 1e9 + fee
    os.utime(path, (then, then))


def test_kills_at_any_moment(make_app: Callable[..., App], tmp_path: Path) -> None:
    root = tmp_path / "share"
    root.mkdir()
    for number in range(30):
        write(root / f"{number}.md", 1)
    app = make_app()
    source = app.feeds.add(str(root)).id
    app.close()
    rng = random.Random()
    code = CHILD.format(tests=str(Path(__file__).parent.parent), home=str(tmp_path / "home"), source=source)
    for turn in range(5):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(rng.uniform(0.1, 2.0))
            os.killpg(process.pid, signal.SIGKILL)
        # Meanwhile the folder goes on changing.
        (root / f"{turn}.md").rename(root / f"moved-{turn}.md")
        (root / f"{turn + 10}.md").unlink()
        write(root / f"{turn + 20}.md", turn + 2)
    app = make_app()
    assert app.feeds.sync(source).fault is None
    found = app.documents(app.owner_scope(), limit=1000)
    assert sorted(document.source for document in found) == sorted(map(str, root.iterdir()))
    for document in found:
        assert app.document_text(document.id, app.owner_scope()) == Path(document.source).read_text(encoding="utf-8")
    again = app.feeds.sync(source)
    assert again.sentence() == "25 unchanged"
