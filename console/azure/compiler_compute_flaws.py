"""Flaws of a compute's fields that azure-ai-ml lets pass, and Azure or the console does not. Part of the compiler child."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from console.azure.compiler_flaws import Flaw, flaw
from console.azure.compiler_yaml import Marks
from console.domain.compute import LONGEST_IDLE, SHORTEST_IDLE
from console.domain.names import compute_name_fault
from console.domain.schedules import cron_fault

#: `type` of the CLI's YAML → the kinds that the console compiles (azure-ai-ml, ComputeType).
TYPES = ("amlcompute", "computeinstance", "kubernetes", "virtualmachine", "synapsespark")
NOT_NEGATIVE = ("min_instances", "max_instances", "idle_time_before_scale_down")
KIND_IN_SCHEMA = re.compile(r"/([A-Za-z]+)\.schema\.json\s*$")
COMPUTE_SCHEMAS = frozenset({"amlcompute", "computeinstance", "kubernetescompute", "vmcompute", "synapsesparkcompute", "attachedcompute"})


def wrong_kind(data: Mapping[str, Any], marks: Marks) -> Flaw | None:
    """What says that this is no compute at all; None where it may be one."""
    told = data.get("type")
    schema = data.get("$schema")
    found = KIND_IN_SCHEMA.search(schema) if isinstance(schema, str) else None
    kinds = ", ".join(TYPES)
    if found and found[1].lower() not in COMPUTE_SCHEMAS:
        return flaw(("$schema",), f"this is YAML of another kind ({found[1]}); a compute's `type` is one of {kinds}", marks)
    if told is None:
        return flaw((), f"`type` is missing; it is one of {kinds}", marks)
    if not isinstance(told, str) or told.lower() not in TYPES:
        return flaw(("type",), f"this is no type of a compute; it is one of {kinds}", marks)
    return None


def console_s_own(data: Mapping[str, Any], marks: Marks) -> Iterator[Flaw]:
    """What azure-ai-ml lets pass. `data` has passed azure-ai-ml's own checks."""
    name = data.get("name")
    fault = compute_name_fault(name) if isinstance(name, str) else None
    if fault:
        yield flaw(("name",), fault.rstrip("."), marks)
    kind = str(data.get("type", "")).lower()
    if kind in {"amlcompute", "computeinstance"} and not data.get("size"):
        yield flaw(("size",), "`size` is missing: azure-ai-ml would quietly take STANDARD_DS3_V2", marks)
    if kind == "amlcompute":
        yield from _of_a_cluster(data, marks)
    elif kind == "computeinstance":
        yield from _of_an_instance(data, marks)
    elif kind == "virtualmachine":
        ssh = data.get("ssh_settings")
        if not isinstance(ssh, Mapping) or not ssh.get("admin_username"):
            yield flaw(("ssh_settings", "admin_username"), "`ssh_settings.admin_username` is missing: a VM is reached by SSH", marks)
    network = data.get("network_settings")
    if isinstance(network, Mapping) and network.get("vnet_name") and not network.get("subnet"):
        yield flaw(("network_settings", "subnet"), "`subnet` is missing: `vnet_name` alone names none", marks)
    if isinstance(network, Mapping) and network.get("subnet") and not network.get("vnet_name") and "/" not in str(network["subnet"]):
        yield flaw(("network_settings", "subnet"), "give its ARM id, or its virtual network as `vnet_name`", marks)


def _of_a_cluster(data: Mapping[str, Any], marks: Marks) -> Iterator[Flaw]:
    numbers = {name: _number(data.get(name)) for name in NOT_NEGATIVE}
    for name, number in numbers.items():
        if number is not None and number < 0:
            yield flaw((name,), "it is below 0", marks)
    least, most = numbers["min_instances"] or 0, numbers["max_instances"]
    if most is not None and least > most >= 0:
        yield flaw(("min_instances",), f"{least} is above `max_instances`, which is {most}", marks)


def _of_an_instance(data: Mapping[str, Any], marks: Marks) -> Iterator[Flaw]:
    minutes = _number(data.get("idle_time_before_shutdown_minutes"))
    least, most = (int(length.total_seconds()) // 60 for length in (SHORTEST_IDLE, LONGEST_IDLE))
    if minutes is not None and not least <= minutes <= most:
        yield flaw(("idle_time_before_shutdown_minutes",), f"it is {least} to {most} minutes (15 minutes to 3 days)", marks)
    yield from _of_schedules(data.get("schedules"), marks)
    person = data.get("create_on_behalf_of")
    if isinstance(person, Mapping):
        for name in ("user_tenant_id", "user_object_id"):
            if not person.get(name):
                yield flaw(("create_on_behalf_of", name), f"`{name}` is missing", marks)


def _of_schedules(schedules: Any, marks: Marks) -> Iterator[Flaw]:
    """Cron expressions that are none: azure-ai-ml takes any text for one."""
    listed = schedules.get("compute_start_stop") if isinstance(schedules, Mapping) else None
    for index, schedule in enumerate(listed if isinstance(listed, list) else ()):
        trigger = schedule.get("trigger") if isinstance(schedule, Mapping) else None
        if isinstance(trigger, Mapping) and str(trigger.get("type", "")).lower() == "cron" and "expression" in trigger:
            fault = cron_fault(str(trigger["expression"]))
            if fault:
                yield flaw(("schedules", "compute_start_stop", index, "trigger", "expression"), fault, marks)


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
