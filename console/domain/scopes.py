"""Scopes: where in Azure something is, read from and written as ARM ids."""

from __future__ import annotations

from typing import Self

import msgspec

ML = "Microsoft.MachineLearningServices"


class WorkspaceRef(msgspec.Struct, frozen=True, order=True):
    """A workspace named by its place; enough to address every request about it."""

    subscription_id: str
    resource_group: str
    name: str

    @property
    def id(self) -> str:
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}/providers/{ML}/workspaces/{self.name}"

    @property
    def group_id(self) -> str:
        """The ARM id of its resource group."""
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"

    @classmethod
    def parse(cls, arm_id: str) -> Self:
        """The workspace that an ARM id is, or is under. Raises ValueError where the id names none."""
        parts = segments(arm_id)
        try:
            return cls(parts["subscriptions"], parts["resourcegroups"], parts["workspaces"])
        except KeyError as missing:
            raise ValueError(f"{arm_id!r} is not the ARM id of a workspace or of something in one") from missing


def segments(arm_id: str) -> dict[str, str]:
    """Type segment (lower case) → name, for every pair of an ARM id: ARM compares types and names without regard to case."""
    parts = [part for part in arm_id.split("/") if part]
    pairs: dict[str, str] = {}
    index = 0
    while index + 1 < len(parts):
        pairs[parts[index].lower()] = parts[index + 1]
        index += 2
    return pairs


def same_id(one: str, other: str) -> bool:
    return one.rstrip("/").lower() == other.rstrip("/").lower()


def key(arm_id: str) -> str:
    """The form under which an ARM id is compared and stored: lower case, no trailing slash."""
    return arm_id.rstrip("/").lower()
