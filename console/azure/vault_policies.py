"""Access policies of a Key Vault as requests: read one principal's, take them away, put them back (published swagger, accessPolicies)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.azure.vaults import API
from console.domain.access.vault_policies import HeldPolicy, PolicyRef
from console.domain.trouble import Kind, Trouble, TroubleError

if TYPE_CHECKING:
    from console.azure.arm import ArmClient


class _Properties(msgspec.Struct, rename="camel"):
    access_policies: list[dict[str, Any]] | None = None


class _Wire(msgspec.Struct):
    properties: _Properties | None = None


_decoder = msgspec.json.Decoder(_Wire)


async def read_one(arm: ArmClient, policy: PolicyRef) -> HeldPolicy:
    """What a vault permits an object id. Raises TroubleError: NOT_FOUND where it has no policy for it."""
    answer = await arm.send(Request(method="GET", path=policy.vault, api_version=API))
    try:
        wire = _decoder.decode(answer.body)
    except UNDECODABLE as error:
        raise unreadable(str(error), f"GET {policy.vault}", arm.clock.now()) from error
    every = (wire.properties.access_policies if wire.properties is not None else None) or []
    mine = tuple(each for each in every if str(each.get("objectId", "")).lower() == policy.object_id)
    if not mine:
        raise TroubleError(Trouble(Kind.NOT_FOUND, "The vault has no access policy for them.", "AccessPolicyNotFound"))
    return HeldPolicy(policy, mine)


def removal(held: HeldPolicy) -> Request:
    """The PUT that takes away all that is permitted: a policy that permits nothing goes."""
    return _put(held, "remove")


def addition(held: HeldPolicy) -> Request:
    """The PUT that permits it again."""
    return _put(held, "add")


def _put(held: HeldPolicy, operation: str) -> Request:
    body = {"properties": {"accessPolicies": [dict(each) for each in held.entries]}}
    return Request(method="PUT", path=f"{held.ref.vault}/accessPolicies/{operation}", api_version=API, body=body)
