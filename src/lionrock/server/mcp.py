"""The Model Context Protocol: the tools of `mcp_tools.py` over HTTP at `/mcp`.

Each request stands alone, with the rights of who sends it; nothing outlasts it. The SDK is loaded with the
first request, as it takes a second and most servers are never asked.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response
from starlette.types import Receive, Send
from starlette.types import Scope as Connection

from lionrock import __version__
from lionrock.app import App
from lionrock.errors import LionrockError
from lionrock.records import Scope
from lionrock.server.deps import Application, Asker
from lionrock.server.mcp_tools import TOOLS, Tool, call

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult

__all__ = ["router", "server_for"]

_log = logging.getLogger(__name__)

_LARGEST_REQUEST = 1_000_000
"""Bytes; a question has some thousands."""

_INSTRUCTIONS = (
    "Answers from an office's own documents, in Cantonese, English and Mandarin. Use `ask` for questions, `search` to see "
    "passages, `get_document` to read on. Name the sources you use."
)

router = APIRouter(tags=["mcp"])


@router.post("/mcp", include_in_schema=False)
async def mcp(app: Application, scope: Asker) -> Response:
    """A message of the Model Context Protocol."""
    return _Served(app, scope)


class _Served(Response):
    """Hands the request to the SDK, which reads it and answers."""

    def __init__(self, app: App, scope: Scope) -> None:
        super().__init__()
        self._app = app
        self._caller = scope

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        # No protection of its own against foreign hosts: the guard of the whole server has seen to that.
        manager = StreamableHTTPSessionManager(
            server_for(self._app, self._caller), stateless=True, max_request_body_size=_LARGEST_REQUEST
        )
        async with manager.run():
            await manager.handle_request(scope, receive, send)


def server_for(app: App, scope: Scope) -> Server[Any]:
    """A server of the SDK that acts for one caller."""
    from mcp import MCPError
    from mcp.server.lowlevel import Server
    from mcp_types import INVALID_PARAMS

    tools = {tool.name: tool for tool in TOOLS}

    async def listed(context: Any, params: Any) -> ListToolsResult:
        return _list(TOOLS)

    async def called(context: Any, params: CallToolRequestParams) -> CallToolResult:
        tool = tools.get(params.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"There is no tool {params.name[:100]!r}; there are {', '.join(tools)}.")
        return await _call(tool, app, scope, params.arguments or {})

    return Server(
        "lionrock",
        version=__version__,
        title="Lionrock",
        instructions=_INSTRUCTIONS,
        on_list_tools=listed,
        on_call_tool=called,
    )


def _list(tools: tuple[Tool, ...]) -> ListToolsResult:
    from mcp_types import ListToolsResult, ToolAnnotations
    from mcp_types import Tool as Described

    hints = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    return ListToolsResult(
        tools=[
            Described(
                name=tool.name,
                title=tool.title,
                description=tool.description,
                input_schema=tool.arguments.model_json_schema(),
                annotations=hints,
            )
            for tool in tools
        ]
    )


async def _call(tool: Tool, app: App, scope: Scope, arguments: dict[str, Any]) -> CallToolResult:
    """What went wrong is told as the tool's result, so that the model that called can mend it."""
    from mcp_types import CallToolResult, TextContent

    try:
        result = await call(tool, app, scope, arguments)
    except LionrockError as error:
        return CallToolResult(content=[TextContent(type="text", text=error.message)], is_error=True)
    except Exception:  # noqa: BLE001  the edge of a request: what is unknown is logged and told without details
        _log.exception("unexpected error in the tool %s", tool.name)
        told = "Something went wrong here; the log of the server says what."
        return CallToolResult(content=[TextContent(type="text", text=told)], is_error=True)
    return CallToolResult(content=[TextContent(type="text", text=result.text)], structured_content=result.structured)
