"""The child process of `render.Drawer`: what is wanted of a file comes as JSON with the file's path, pages go out.

Run by the pool: python -m lionrock.ingest.page_child MEMORY_BYTES SECONDS RECOGNITION_BYTES
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from lionrock.ingest.child import answer_all
from lionrock.ingest.locate import Wanted
from lionrock.ingest.readers import image_drawn, pdf_drawn

__all__ = ["main"]

_QUALITY = 88
_QUICK = 2


def _work(data: bytes, name: str) -> bytes:
    asked: dict[str, Any] = json.loads(data)
    path = Path(name)
    reader = pdf_drawn if asked["kind"] == "pdf" else image_drawn
    if asked["want"] == "sizes":
        return json.dumps(reader.sizes(path)).encode()
    if asked["want"] == "places":
        wanted = [(int(page), Wanted(*texts)) for page, *texts in asked["quotes"]]
        return json.dumps(pdf_drawn.places(path, wanted)).encode()
    picture = reader.draw(path, asked["page"], asked["width"])
    sink = io.BytesIO()
    picture.save(sink, "WEBP", quality=_QUALITY, method=_QUICK)
    return sink.getvalue()


def main() -> None:
    """Answer until standard input ends."""
    answer_all(_work)


if __name__ == "__main__":
    main()
