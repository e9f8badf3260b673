"""What departments do with personal data in their documents."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path

from lionrock.server.deps import Application
from lionrock.storage.policies import DEFAULT, PersonalDataPolicy

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["policies"])


@router.get("/policies")
def policies(app: Application) -> dict[str, Any]:
    """The policy of a department that has chosen none, and of those that have."""
    return {"default": DEFAULT, "departments": dict(app.policies())}


@router.put("/policies/{department}")
def set_policy(
    department: Annotated[str, Path(min_length=1, max_length=100)],
    personal_data: Annotated[PersonalDataPolicy, Body(embed=True, description="What is done with personal data.")],
    app: Application,
) -> dict[str, Any]:
    """Choose a department's policy; it holds for what is taken in from now on."""
    app.set_policy(department, personal_data)
    return {"department": department, "personal_data": personal_data}
