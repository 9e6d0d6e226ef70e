"""Dry run: Azure is asked whether it would take a role assignment, without making it (roleAssignments/validate, a preview)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.domain.trouble import Kind, TroubleError

if TYPE_CHECKING:
    from console.azure.arm import ArmClient


class _Error(msgspec.Struct):
    code: str | None = None
    message: str | None = None


class _Answer(msgspec.Struct, rename="camel"):
    is_valid: bool | None = None
    error_info: _Error | None = None


async def refusal(arm: ArmClient, request: Request) -> str:
    """Why Azure would not take it, in its words with the code; "" where it would. Raises TroubleError where it does not tell."""
    answer = await arm.send(request)
    try:
        told = msgspec.json.decode(answer.body, type=_Answer)
    except UNDECODABLE as error:
        raise unreadable(str(error), f"POST {request.path}", arm.clock.now()) from error
    if told.is_valid is None:
        raise unreadable("isValid is missing", f"POST {request.path}", arm.clock.now())
    if told.is_valid:
        return ""
    why = told.error_info or _Error()
    return " ".join(word for word in (f"{why.code}:" if why.code else "", why.message or "Azure says no more") if word)


async def activation_refusal(arm: ArmClient, request: Request) -> str:
    """Why Azure would not take an activation (roleAssignmentScheduleRequests/validate); "" where it would. Raises TroubleError.

    What it would not take it refuses: a rule of the policy, or that it is active already.
    """
    try:
        await arm.send(request)
    except TroubleError as error:
        if error.trouble.kind in {Kind.INVALID, Kind.CONFLICT}:
            return " ".join(word for word in (f"{error.trouble.code}:", error.trouble.message or error.trouble.sentence) if word)
        raise
    return ""
