"""What an ARM path says: its subscription, its resource group, its resource type, the scope it names."""

from __future__ import annotations

from collections.abc import Mapping

from console.emulator.estate import group_id, subscription_scope


def segments(path: str) -> list[str]:
    """The parts of a path that are not empty."""
    return [part for part in path.split("/") if part]


def named(path: str, collection: str) -> str:
    """The segment after `collection` at the start of a path, or ""."""
    parts = segments(path)
    for at, part in enumerate(parts[:-1]):
        if part.lower() == collection and at in (0, 2):
            return parts[at + 1]
    return ""


def group_scope(path: str) -> str:
    """The resource group that a path lies in, or ""."""
    parts = segments(path)
    if len(parts) < 4 or parts[0].lower() != "subscriptions" or parts[2].lower() != "resourcegroups":
        return ""
    return f"/subscriptions/{parts[1]}/resourceGroups/{parts[3]}"


def after_provider(path: str) -> tuple[list[str], list[str]]:
    """A path in two: up to and with the last provider namespace, and the types and names that follow it."""
    parts = segments(path)
    for at in range(len(parts) - 2, -1, -1):
        if parts[at].lower() == "providers":
            return parts[: at + 2], parts[at + 2 :]
    return parts, []


def resource_type_of(path: str) -> tuple[str, str]:
    """The provider namespace of a path and the type within it ("" and the ARM type for paths without a provider)."""
    head, tail = after_provider(path)
    if len(head) < 2 or head[-2].lower() != "providers":
        return "", head[-1] if head else ""
    return head[-1], "/".join(tail[::2])


def scope_of(path: str) -> str:
    """The scope that a check runs at: the resource a path names; for a list or an action, what it is under."""
    head, tail = after_provider(path)
    named = tail if len(tail) % 2 == 0 else tail[:-1]
    return "/" + "/".join(head + named)


def place_of(params: Mapping[str, str]) -> str:
    """The resource group, or else the subscription, that the parameters of a list's path name."""
    subscription = params["subscription"]
    return group_id(subscription, params["group"]) if "group" in params else subscription_scope(subscription)
