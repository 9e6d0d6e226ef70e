"""Answers of Cost Management as tests write them, byte for byte where it matters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from console.azure.request import Request
from console.domain.billing.questions import METER, RESOURCE, Question
from tests.azure.scripted import Scripted

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"
QUESTION = Question(scope=SCOPE, first=date(2026, 11, 1), last=date(2026, 11, 30), groupings=(RESOURCE, METER))
REQUEST = Request(
    method="POST",
    path=f"{SCOPE}/providers/Microsoft.CostManagement/query",
    api_version="2025-03-01",
    headers={"ClientType": "aml-console"},
    body={"type": "ActualCost"},
)
RATE = "x-ms-ratelimit-microsoft.costmanagement-"
DAILY = ("Cost", "UsageDate", "ResourceId", "MeterCategory", "Currency")


def answer(rows: Sequence[Sequence[Any]] | str, columns: Sequence[str] = DAILY, link: str | None = None, **headers: str) -> Scripted:
    """A page; rows given as text go out as they are."""
    told = json.dumps([{"name": name, "type": "String"} for name in columns])
    text = rows if isinstance(rows, str) else json.dumps(rows)
    body = f'{{"id":"q","name":"q","properties":{{"nextLink":{json.dumps(link)},"columns":{told},"rows":{text}}}}}'
    return Scripted(body=body.encode(), headers={f"{RATE}{name.replace('_', '-')}": value for name, value in headers.items()})


def refusal(status: int, code: str, message: str, **headers: str) -> Scripted:
    """An error, with Cost Management's own headers."""
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return Scripted(status, body, {f"{RATE}{name.replace('_', '-')}": value for name, value in headers.items()})


def forbidden(action: str = "Microsoft.CostManagement/query/read") -> Scripted:
    said = f"The client 'me' with object id 'x' does not have authorization to perform action '{action}' over scope '{SCOPE}'."
    return refusal(403, "AuthorizationFailed", said)
