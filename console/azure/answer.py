"""Answers: what comes back from Azure, and where it says that an operation goes on."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from console.domain.trouble import Trouble


class Answer(msgspec.Struct, frozen=True):
    """What came back: status below 300, headers by lower-case name, the body as it came, and the id that the request was sent with."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    request_id: str = ""


class OperationStatus(msgspec.Struct, frozen=True):
    """How a long-running operation stands. `wait` is what Azure asks to wait before the next look, in seconds (None: it does not say)."""

    done: bool
    succeeded: bool = False
    trouble: Trouble | None = None
    percent: float | None = None
    wait: float | None = None


def operation_url(answer: Answer) -> str:
    """Where to ask how an accepted operation stands: Azure-AsyncOperation before Location; "" when the answer is already final."""
    return answer.headers.get("azure-asyncoperation") or (answer.headers.get("location", "") if answer.status == 202 else "")


def is_page(answer: Answer) -> bool:
    """Whether it is a web page, which Azure's resource manager never sends."""
    return "html" in answer.headers.get("content-type", "").lower()
