"""Prompts that people keep: list, make, show, change, delete."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from lionrock.contract_chat import prompt_json
from lionrock.server.deps import Application, Person

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["prompts"])


class NewPrompt(BaseModel):
    """A prompt to keep."""

    name: str = Field(description="Its name.")
    text: str = Field(description="Its text; {words} in braces are filled in when it is used.")
    shared: bool = Field(False, description="Whether members of its department may use it.")
    department: str | None = Field(None, description="The department it can be shared with; default: one of yours.")


class ChangedPrompt(BaseModel):
    """What is to become of a prompt; what is null stays."""

    name: str | None = Field(None, description="Its new name.")
    text: str | None = Field(None, description="Its new text.")
    shared: bool | None = Field(None, description="Whether members of its department may use it.")


@router.get("/prompts")
def prompts(
    app: Application, person: Person, q: Annotated[str, Query(description="Words in the name.")] = ""
) -> dict[str, Any]:
    """One's prompts by name, then those that colleagues share."""
    return {"prompts": [prompt_json(prompt, person.id) for prompt in app.prompts.find(person, q)]}


@router.post("/prompts", status_code=201)
def create(body: NewPrompt, app: Application, person: Person) -> dict[str, Any]:
    """Keep a prompt."""
    made = app.prompts.create(person, name=body.name, text=body.text, shared=body.shared, department=body.department)
    return prompt_json(made, person.id)


@router.get("/prompts/{prompt_id}")
def prompt(prompt_id: str, app: Application, person: Person) -> dict[str, Any]:
    """One prompt."""
    return prompt_json(app.prompts.get(person, prompt_id), person.id)


@router.patch("/prompts/{prompt_id}")
def change(prompt_id: str, body: ChangedPrompt, app: Application, person: Person) -> dict[str, Any]:
    """Change a prompt of one's own."""
    changed = app.prompts.change(person, prompt_id, name=body.name, text=body.text, shared=body.shared)
    return prompt_json(changed, person.id)


@router.delete("/prompts/{prompt_id}")
def delete(prompt_id: str, app: Application, person: Person) -> dict[str, Any]:
    """Take a prompt of one's own away."""
    app.prompts.delete(person, prompt_id)
    return {"id": prompt_id, "deleted": True}
