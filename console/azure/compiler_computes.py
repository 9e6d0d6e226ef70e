"""Computes by azure-ai-ml: its request for what fields or YAML tell of one, and one as its YAML. Part of the compiler child.

Only public calls are used: `load_compute`, `compute.begin_create_or_update`, `compute.get` and an entity's `dump`.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from console.azure.captured import NOWHERE, FlawsError
from console.azure.compiler_compute_flaws import console_s_own, wrong_kind
from console.azure.compiler_flaws import flaw
from console.azure.compiler_sdk import Sdk
from console.azure.compiler_secrets import taken_out, taken_out_of_body
from console.azure.compiler_words import told, written
from console.azure.compiler_yaml import merged

#: Fields of a dumped entity that nobody can set: told as comments (azure-ai-ml's schemas mark them `dump_only`).
READ_ONLY = ("id", "provisioning_state", "provisioning_errors", "created_on", "state", "last_operation", "services", "os_image_metadata")
READ_ONLY_BELOW = {
    "network_settings": ("public_ip_address", "private_ip_address"),
    "identity": ("principal_id", "tenant_id"),
    "ssh_settings": ("ssh_port",),
}
READ_ONLY_OF_SCHEDULES = ("schedule_id", "provisioning_state")
FIRST = ("name", "type", "description", "location", "size", "tier", "min_instances", "max_instances")


class Computes:
    """What `compile` and `dump` of the kind `compute` are done by."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk

    def compile(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The request that makes (or replaces) a compute, from `yaml` or `fields`, laid over the fields `over` where there are any.

        Returns `request`, `secrets` (by the numbers of their slots), `kind` and `notes`. Raises FlawsError.
        """
        data, marks = told(asked)
        over = dict(asked.get("over") or {})
        if "idle_time_before_shutdown" in data:
            over.pop("idle_time_before_shutdown_minutes", None)  # it would lead over the older spelling
        data = merged(over, data)
        wrong = wrong_kind(data, marks)
        if wrong is not None:
            raise FlawsError([wrong])
        secrets: dict[str, str] = {}
        data = taken_out(data, secrets)
        kind = str(data["type"]).lower()
        entity = self._sdk.loaded("load_compute", data, marks, lambda: self._schema(kind), str(asked.get("folder") or ""))
        own = list(console_s_own(data, marks))
        if own:
            raise FlawsError(own)
        place = asked["workspace"]
        known = {"location": place["location"], "name": place["name"], "id": NOWHERE, "properties": {}}
        try:
            captured = self._sdk.captured(place, known, lambda client: client.compute.begin_create_or_update(entity), marks)
        except OSError as error:  # a private key's file that is not there
            raise FlawsError([flaw(("ssh_settings", "ssh_private_key_file"), f"it cannot be read: {error.strerror}", marks)]) from error
        body = taken_out_of_body(_mended(json.loads(captured.body or "{}")), secrets)
        return {
            "request": captured.request(body),
            "secrets": secrets,
            "kind": kind,
            "notes": _notes(data, place["location"]),
        }

    def dump(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A compute as the CLI writes it, from its JSON: `fields`, and the `yaml` with what is read only in comments at its top."""
        compute = asked["item"]
        place = asked["workspace"]
        found: list[Any] = []
        self._sdk.answered(place, compute, lambda client: found.append(client.compute.get(compute["name"])))
        stream = io.StringIO()
        found[0].dump(stream)
        dumped = yaml.safe_load(stream.getvalue())
        facts = {name: dumped.pop(name) for name in READ_ONLY if name in dumped}
        facts.pop("services", None)  # addresses, too long for a comment
        facts |= _state_of(compute)
        for name, below in READ_ONLY_BELOW.items():
            inner = dumped.get(name)
            if isinstance(inner, dict):
                facts |= {f"{name}.{each}": inner.pop(each) for each in below if each in inner}
                if name == "ssh_settings" and dumped["type"] == "computeinstance" and "admin_username" in inner:
                    facts["ssh_settings.admin_username"] = inner.pop("admin_username")
        for schedule in (dumped.get("schedules") or {}).get("compute_start_stop") or ():
            for name in READ_ONLY_OF_SCHEDULES:
                schedule.pop(name, None)
        if "idle_time_before_shutdown_minutes" in dumped:
            dumped.pop("idle_time_before_shutdown", None)
        return written(dumped, facts, FIRST)

    @lru_cache(maxsize=8)  # noqa: B019  (one of these lives as long as its process)
    def _schema(self, kind: str) -> Any:
        modules = {
            "amlcompute": ("aml_compute", "AmlComputeSchema"),
            "computeinstance": ("compute_instance", "ComputeInstanceSchema"),
            "kubernetes": ("kubernetes_compute", "KubernetesComputeSchema"),
            "virtualmachine": ("virtual_machine_compute", "VirtualMachineComputeSchema"),
            "synapsespark": ("synapsespark_compute", "SynapseSparkComputeSchema"),
        }
        module, name = modules[kind]
        return getattr(importlib.import_module(f"azure.ai.ml._schema.compute.{module}"), name)(context={"base_path": "./"})


def _mended(body: dict[str, Any]) -> dict[str, Any]:
    """The body without what azure-ai-ml makes up and Azure would take for a wish: an empty subnet takes a cluster out of its network."""
    inner = body.get("properties", {}).get("properties")
    if isinstance(inner, dict) and not (inner.get("subnet") or {"id": ""}).get("id") and "subnet" in inner:
        del inner["subnet"]
    return body


def _notes(data: Mapping[str, Any], location: str) -> list[str]:
    notes = []
    kind, told = str(data["type"]).lower(), str(data.get("location") or "")
    if kind != "amlcompute" and told and told.replace(" ", "").lower() != location.lower():
        notes.append(f"location {told} is not heeded: azure-ai-ml makes a {kind} in its workspace's region, {location}")
    if kind == "amlcompute" and "max_instances" not in data:
        notes.append("max_instances is not said: azure-ai-ml takes 4")
    return notes


def _state_of(compute: Mapping[str, Any]) -> dict[str, Any]:
    """What Azure tells of a compute's state, in its own words: an entity has names of its own for some and drops the others."""
    outer = compute.get("properties") or {}
    inner = outer.get("properties") or {}
    told = {
        "provisioning_state": outer.get("provisioningState"),
        "state": inner.get("state"),
        "allocation_state": inner.get("allocationState"),
        "current_node_count": inner.get("currentNodeCount"),
    }
    return {name: value for name, value in told.items() if value is not None}
