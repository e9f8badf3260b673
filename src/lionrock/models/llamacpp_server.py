"""The program that holds a local chat model: llama.cpp's server on a loopback port, in a process of its own.

`llamacpp.py` runs it as `python -m lionrock.models.llamacpp_server`. It reads one line of JSON from its input (see
`Wanted`), writes one line of JSON with its address, and ends when its input is closed, so also when its parent dies. A
crash or lack of memory in native code ends only this process.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import Any

__all__ = ["Wanted", "main"]

_PROMPT_MEMORY_MIB = 256
_HTTP_THREADS = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the parent asks for."""

    model: str
    """Path of a GGUF file."""
    alias: str
    api_key: str
    threads: int
    context: int


def _parameters(wanted: Wanted) -> Any:
    import xllamacpp  # type: ignore[import-untyped]

    parameters = xllamacpp.CommonParams()
    parameters.model.path = wanted.model
    parameters.model_alias = {wanted.alias}
    # Reachable from this machine only, by who has the key; no pages, no reports, nothing fetched.
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [wanted.api_key]
    parameters.ui = False
    parameters.offline = True
    parameters.endpoint_slots = False
    parameters.endpoint_props = False
    parameters.n_threads_http = _HTTP_THREADS
    # One conversation at a time has the whole context; what it shares with the one before is not computed again.
    parameters.n_ctx = wanted.context
    parameters.n_parallel = 1
    parameters.cache_prompt = True
    parameters.cache_ram_mib = _PROMPT_MEMORY_MIB
    # Repacked weights would double the memory.
    parameters.no_extra_bufts = True
    parameters.verbosity = 0
    for processors in (parameters.cpuparams, parameters.cpuparams_batch):
        processors.n_threads = wanted.threads
        processors.poll = 0
    return parameters


def main() -> int:
    """Load, say the address, serve until the input ends."""
    wanted = Wanted(**json.loads(sys.stdin.readline()))
    # Native code may write to the standard output: keep that for the one line, send the rest to the log.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    import xllamacpp

    server = xllamacpp.Server(_parameters(wanted))
    answer.write(json.dumps({"address": server.listening_address}) + "\n")
    answer.close()
    sys.stdin.read()
    # Straight out: the system takes the memory back at once, and no request is worth waiting for any more.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
