"""VM sizes of a region with their list prices, as Machine Learning tells them.

Sizes are Azure's; the prices are the emulator's own figures near Azure's pay-as-you-go list, in US dollars an hour for Linux.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from console.emulator.errors import gateway_error
from console.emulator.estate import PROVIDER
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import MACHINE_LEARNING

# Low-priority capacity costs a fifth.
LOW_PRIORITY_FACTOR = 0.2
#: Sizes by region for which Machine Learning tells no price, though there is one: the retail prices have it.
WITHOUT_ESTIMATE = frozenset({("swedencentral", "Standard_E4s_v3")})


@cache
def _facts() -> Mapping[str, Any]:
    facts: Mapping[str, Any] = json.loads(Path(__file__).with_name("sizes.json").read_bytes())
    return facts


def locations() -> tuple[str, ...]:
    """The regions of this cloud."""
    return tuple(_facts()["locations"])


@cache
def _by_upper_name() -> Mapping[str, Mapping[str, Any]]:
    return {size["name"].upper(): size for size in _facts()["sizes"]}


def find(name: str) -> Mapping[str, Any] | None:
    """A size by its name in any case: name, family, vCPUs, gpus, memoryGB, price (USD an hour or None) …"""
    return _by_upper_name().get(name.upper())


@cache
def names() -> tuple[str, ...]:
    """The names of all sizes, as Azure spells them."""
    return tuple(size["name"] for size in _facts()["sizes"])


@cache
def families() -> tuple[str, ...]:
    """The VM families that there are sizes of, as Azure spells them."""
    return tuple(dict.fromkeys(size["family"] for size in _facts()["sizes"]))


@cache
def has_gpus(family: str) -> bool:
    return any(size["gpus"] for size in _facts()["sizes"] if size["family"] == family)


def price(name: str, location: str, low_priority: bool = False) -> float | None:
    """USD an hour for Linux in a region, or None where no price is known."""
    size = find(name)
    if size is None or size["price"] is None or location not in _facts()["locations"]:
        return None
    full = float(size["price"]) * float(_facts()["locations"][location])
    return round(full * (LOW_PRIORITY_FACTOR if low_priority else 1), 4)


def _prices(size: Mapping[str, Any], location: str) -> dict[str, Any]:
    values = []
    if size["price"] is not None and (location, size["name"]) not in WITHOUT_ESTIMATE:
        tiers = (("Standard", False), ("LowPriority", True))
        values = [{"retailPrice": price(size["name"], location, low), "osType": "Linux", "vmTier": tier} for tier, low in tiers]
    return {"billingCurrency": "USD", "unitOfMeasure": "OneHour", "values": values}


def _body(size: Mapping[str, Any], location: str) -> dict[str, Any]:
    facts = {name: value for name, value in size.items() if name != "price"}
    return {
        **facts,
        "lowPriorityCapable": True,
        "premiumIO": True,
        "estimatedVMPrices": _prices(size, location),
        "supportedComputeTypes": ["AmlCompute", "ComputeInstance"],
    }


def for_kind(location: str, kind: str) -> list[dict[str, Any]]:
    """The sizes that a region has for computes of a kind, as the wire shows them; none in a region that is not known."""
    if location.lower() not in locations():
        return []
    found = [_body(size, location.lower()) for size in _facts()["sizes"]]
    return [size for size in found if kind in size["supportedComputeTypes"]]


def location_of(call: Call, what: str) -> str | Reply:
    """The region that a path of `locations/{location}/{what}` names, or how ARM refuses one that is none."""
    location = call.param("location").lower()
    if location in locations():
        return location
    supported = ",".join(locations())
    return gateway_error(
        400,
        "LocationNotAvailableForResourceType",
        f"The provided location '{location}' is not available for resource type '{PROVIDER}/locations/{what}'. "
        f"List of available regions for the resource type is '{supported}'.",
    )


def _list(call: Call) -> Reply:
    location = location_of(call, "vmSizes")
    if isinstance(location, Reply):
        return location
    return Reply(200, {"value": [_body(size, location) for size in _facts()["sizes"]]})


def routes() -> list[Route]:
    template = f"/subscriptions/{{subscription}}/providers/{PROVIDER}/locations/{{location}}/vmSizes"
    return [
        Route(
            "GET",
            template,
            _list,
            "schema",
            action=f"{PROVIDER}/locations/vmSizes/read",
            api_versions=MACHINE_LEARNING,
            scope_of=lambda params: f"/subscriptions/{params['subscription']}",
        )
    ]
