"""Applications of the directory: when their credentials end, read through the emulator's Graph, whatever it answers."""

from __future__ import annotations

import pytest

from console.azure import applications, signatures
from console.domain import uris
from console.domain.trouble import Kind
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client, trouble_of

NOBODY = "00000000-0000-0000-0000-000000000001"


async def test_credentials_of_own_applications_are_told_and_of_others_nothing(emulator: Emulator) -> None:
    arm = client(emulator, EndpointTokens(emulator))
    mine = next(str(each["client_id"]) for each in emulator.ready["identities"] if each["name"] == "admin")
    try:
        found = await applications.read_applications(arm, emulator.base_url, [mine.upper(), NOBODY, "' or true"])
        many = await applications.read_applications(arm, emulator.base_url, [f"{number:08d}{NOBODY[8:]}" for number in range(40)])
    finally:
        await arm.transport.close()
    assert list(found) == [mine.lower()] and many == {}
    (credential,) = found[mine.lower()].credentials
    assert not credential.certificate and credential.ends is not None and credential.starts is not None
    assert credential.ends > credential.starts


async def test_a_directory_that_refuses_is_trouble(fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [{"route": "/v1.0/applications", "kind": "403"}])
    arm = client(fresh_emulator, EndpointTokens(fresh_emulator))
    try:
        trouble = await trouble_of(applications.read_applications(arm, fresh_emulator.base_url, [NOBODY]))
    finally:
        await arm.transport.close()
    assert trouble.kind is Kind.PERMISSION


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"[]", None),
        (b'{"id": "x"}', None),
        (b'{"id": "x", "appId": 7}', None),
        (b"\xff", None),
        (b'{"id": "x", "appId": "A"}', ("a", 0, False)),
        (b'{"id": "x", "appId": "A", "passwordCredentials": "many"}', ("a", 0, True)),
        (b'{"id": "x", "appId": "A", "passwordCredentials": [{"endDateTime": "soon"}], "keyCredentials": null}', ("a", 1, False)),
    ],
)
def test_an_answer_that_does_not_fit_is_told_or_passed_over(raw: bytes, told: tuple[str, int, bool] | None) -> None:
    found = applications.decode(raw)
    assert (None if found is None else (found.client_id, len(found.credentials), bool(found.fault))) == told


def test_of_a_signature_its_end_and_what_it_allows_are_told_and_nothing_else() -> None:
    body = b'{"sasToken": "?sv=2024&se=2026-12-01T00:00:00Z&sp=rl&si=partners&sig=canary"}'
    told, policy = signatures.told(body)
    assert (f"{told.expires:%Y-%m-%d}", told.permissions, policy) == ("2026-12-01", "rl", True)
    assert "canary" not in repr(told)


@pytest.mark.parametrize("body", [b'{"key": "canary"}', b'{"sasToken": "canary"}', b"canary"])
def test_what_is_no_signature_is_refused_and_not_repeated(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"signature|secret") as refused:
        signatures.told(body)
    assert "canary" not in str(refused.value)


def test_an_end_beyond_the_calendar_is_no_end() -> None:
    found = uris.signed("https://a.blob.core.windows.net/c?se=9999-12-31T23:59:59-12:00&sig=x")
    assert found is not None and found.expires is None
