"""Errors: every envelope that Azure wraps its refusals in becomes one trouble with a sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.azure.errors import trouble_of_answer
from console.domain.trouble import Kind
from tests.properties import json_values, steady

NOW = datetime(2026, 11, 2, tzinfo=UTC)
REFUSED = (
    "The client 'c' with object id 'o' does not have authorization to perform action 'Microsoft.X/read' "
    "over scope '/subscriptions/s' or the scope is invalid."
)


def body_of(error: object) -> bytes:
    return json.dumps(error).encode()


def enveloped(code: str, message: str) -> bytes:
    return body_of({"error": {"code": code, "message": message}})


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "word"),
    [
        (
            403,
            enveloped("AuthorizationFailed", REFUSED),
            Kind.PERMISSION,
            "AuthorizationFailed",
            "You need Microsoft.X/read on",
        ),
        (403, enveloped("RequestDisallowedByPolicy", "Policy."), Kind.INVALID, "RequestDisallowedByPolicy", "Policy."),
        (409, enveloped("OperationNotAllowed", "exceeding approved cores quota"), Kind.QUOTA, "OperationNotAllowed", "quota"),
        (
            400,
            enveloped("UserError", "StopCompute is not allowed when ComputeInstance disk is full."),
            Kind.INVALID,
            "UserError",
            "free space",
        ),
        (409, enveloped("ScopeLocked", "The scope is locked."), Kind.CONFLICT, "ScopeLocked", "A management lock"),
        (403, enveloped("RequestDisallowedByPolicy", "Tags."), Kind.INVALID, "RequestDisallowedByPolicy", "An Azure policy forbids it"),
        (409, enveloped("AllocationFailed", "No capacity."), Kind.CONFLICT, "AllocationFailed", "another size or region"),
        (409, enveloped("OperationNotAllowed", "Deallocated."), Kind.CONFLICT, "OperationNotAllowed", "Deallocated"),
        (400, enveloped("ClusterCoreQuotaReached", "m"), Kind.QUOTA, "ClusterCoreQuotaReached", "quota"),
        (400, enveloped("UserError", "Bad name."), Kind.INVALID, "UserError", "Bad name."),
        (404, enveloped("ResourceNotFound", "gone"), Kind.NOT_FOUND, "ResourceNotFound", "gone"),
        (412, b"", Kind.CONFLICT, "412", "412"),
        (408, b"", Kind.UNREACHABLE, "408", "408"),
        (418, b"", Kind.INVALID, "418", "418"),
        (302, b"", Kind.UNEXPECTED, "302", "302"),
        (401, body_of({"error": "invalid_token", "error_description": "expired"}), Kind.SIGN_IN, "invalid_token", "expired"),
        (500, b"<html><body>Oops</body></html>", Kind.UNREACHABLE, "500", "HTML"),
        (400, body_of({"code": "Flat", "message": "no envelope"}), Kind.INVALID, "Flat", "no envelope"),
        (400, body_of([]), Kind.INVALID, "400", "400"),
        (400, body_of({"error": None}), Kind.INVALID, "400", "400"),
        (400, body_of({"error": {"code": 5, "message": ["x"]}}), Kind.INVALID, "5", "x"),
        (400, b"\xff\xfe", Kind.INVALID, "400", "not JSON"),
        (400, b'"\xff"', Kind.INVALID, "400", "not JSON"),
        (400, b"[" * 200_000, Kind.INVALID, "400", "not JSON"),
    ],
)
def test_envelopes(status: int, body: bytes, kind: Kind, code: str, word: str) -> None:
    found = trouble_of_answer(status, {"x-ms-request-id": "r", "x-ms-correlation-request-id": "c"}, body, "GET /x", NOW)
    assert (found.kind, found.code, found.status) == (kind, code, status)
    assert word in found.sentence
    assert (found.request_id, found.correlation_id, found.operation, found.at) == ("r", "c", "GET /x", NOW)


bodies = st.binary(max_size=60) | json_values.map(body_of)


@steady
@given(st.integers(300, 599), bodies, st.dictionaries(st.just("Retry-After"), st.text(max_size=8) | st.floats().map(str)))
def test_any_error_has_a_sentence(status: int, body: bytes, headers: dict[str, str]) -> None:
    found = trouble_of_answer(status, headers, body, "GET /x", NOW)
    assert found.sentence
    assert found.code
    assert found.retry_after is None or 0 <= found.retry_after <= 3600
