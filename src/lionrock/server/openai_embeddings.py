"""`POST /v1/embeddings`: the vectors of the models that search here."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from lionrock.errors import NotFoundError, UsageError
from lionrock.server.deps import Application, Asker
from lionrock.server.openai_requests import EmbeddingsRequest, tokens

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["openai"])

_BATCH = 32
"""Texts after which it is asked whether the client still waits."""
_GONE = 499


@router.post("/embeddings", response_model=None)
async def embeddings(body: EmbeddingsRequest, app: Application, scope: Asker, request: Request) -> Response:
    """Vectors of length 1, one a text, in the order of the texts."""
    known = app.embedders
    model = known.get(body.model)
    if model is None:
        raise NotFoundError(f"There is no embedding model {body.model!r} here; there are {', '.join(known)}.")
    if body.dimensions not in (None, model.dimension):
        raise UsageError(f"Vectors of {body.model} have {model.dimension} numbers; leave dimensions out.")
    embed = model.embed_queries if body.input_type == "query" else model.embed_passages
    data: list[dict[str, Any]] = []
    for start in range(0, len(body.input), _BATCH):
        if await request.is_disconnected():
            return Response(status_code=_GONE)
        for row in await run_in_threadpool(embed, body.input[start : start + _BATCH]):
            numbers = np.asarray(row, dtype="<f4")
            vector = (
                base64.b64encode(numbers.tobytes()).decode("ascii")
                if body.encoding_format == "base64"
                else numbers.tolist()
            )
            data.append({"object": "embedding", "index": len(data), "embedding": vector})
    used = sum(map(tokens, body.input))
    usage = {"prompt_tokens": used, "total_tokens": used}
    return JSONResponse({"object": "list", "data": data, "model": body.model, "usage": usage})
