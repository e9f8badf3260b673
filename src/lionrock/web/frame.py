"""What stands around every page: the conversations on the left and who reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeAlias

from fastapi import Depends

from lionrock.records import HONG_KONG
from lionrock.server.deps import Application, Asker, Calling
from lionrock.storage.conversations import Conversation, Listing
from lionrock.web.messages import Translate
from lionrock.web.shell import Reader

__all__ = ["Frame", "grouped"]

_SHOWN = 60

Group: TypeAlias = tuple[str, list[Conversation]]


def grouped(
    own: Sequence[Conversation], shared: Sequence[Conversation], translate: Translate, now: datetime
) -> list[Group]:
    """Conversations under headings: by folder, then by day, then those of colleagues; empty groups are left out."""
    _ = translate
    today = now.astimezone(HONG_KONG).date()
    folders: dict[str, list[Conversation]] = {}
    days: dict[str, list[Conversation]] = {
        name: [] for name in (_("Today"), _("Yesterday"), _("Previous 7 days"), _("Earlier"))
    }
    names = list(days)
    for item in own:
        if item.folder:
            folders.setdefault(item.folder, []).append(item)
            continue
        age = today - item.updated_at.astimezone(HONG_KONG).date()
        at = 0 if age <= timedelta(0) else 1 if age == timedelta(1) else 2 if age <= timedelta(7) else 3
        days[names[at]].append(item)
    groups: list[Group] = [*sorted(folders.items()), *days.items(), (_("Shared with me"), list(shared))]
    return [(name, items) for name, items in groups if items]


def _frame(app: Application, caller: Calling, scope: Asker, look: Reader) -> Callable[..., dict[str, Any]]:
    def values(here: str, conversation_id: str = "") -> dict[str, Any]:
        own = app.conversations.find(caller.actor, scope, Listing(), limit=_SHOWN)
        shared = app.conversations.find(caller.actor, scope, Listing(shared=True), limit=20)
        account = caller.person
        return {
            "here": here,
            "conversation_id": conversation_id,
            "conversations": grouped(own, shared, look.t, datetime.now(UTC)),
            "person_name": (account.display_name or account.name) if account else "",
        }

    return values


Frame = Annotated[Callable[..., dict[str, Any]], Depends(_frame)]
"""Called with the name of the page (and the conversation): what `base.html` needs."""
