"""Keys of what is attached: kept apart from everything that is read, and revealed by listKeys alone.

What a caller attached something with is kept as long as this process lives, never in the state file; for what is missing there is a made-up
value that begins with `canary`, so that a leak is found by looking for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from console.emulator.compute_calls import ONE, find, invalid, route
from console.emulator.estate import Compute, Estate
from console.emulator.routing import Call, Reply, Route

KINDS = ("AKS", "Databricks", "VirtualMachine")


def given(kind: str, asked: Mapping[str, Any]) -> dict[str, str]:
    """The secrets in a PUT's block of the kind, by the names that they have there."""
    holder = asked.get("administratorAccount") if kind == "VirtualMachine" else asked
    names = {"VirtualMachine": ("password", "privateKeyData"), "Databricks": ("databricksAccessToken",)}.get(kind, ())
    return {name: holder[name] for name in names if isinstance(holder, Mapping) and isinstance(holder.get(name), str)}


def _canary(estate: Estate, compute: Compute, name: str) -> str:
    digest = hashlib.sha256(f"{estate.seed} {compute.id.lower()} {name}".encode()).hexdigest()
    return f"canary-{name}-{digest[:24]}"


def _kube_config(compute: Compute, user: str, token: str) -> str:
    name = compute.name
    return (
        "apiVersion: v1\nkind: Config\n"
        f"clusters:\n- name: {name}\n  cluster:\n    server: https://{compute.properties.get('clusterFqdn') or name}:443\n"
        f"users:\n- name: {user}\n  user:\n    token: {token}\n"
        f"contexts:\n- name: {name}\n  context:\n    cluster: {name}\n    user: {user}\ncurrent-context: {name}\n"
    )


def revealed(estate: Estate, compute: Compute) -> dict[str, Any]:
    """The keys of a compute as listKeys answers them."""

    def secret(name: str) -> str:
        return compute.secrets.get(name) or _canary(estate, compute, name)

    answer: dict[str, Any] = {"computeType": compute.kind}
    if compute.kind == "VirtualMachine":
        account = {name: value for name, value in (compute.properties.get("administratorAccount") or {}).items() if value is not None}
        known = compute.secrets or {"password": secret("password")}
        return {**answer, "administratorAccount": {**account, **known}}
    if compute.kind == "Databricks":
        return {**answer, "databricksAccessToken": secret("databricksAccessToken")}
    configs = {f"{role}KubeConfig": _kube_config(compute, f"cluster{role.title()}", secret(role)) for role in ("user", "admin")}
    return {**answer, **configs, "imagePullSecretName": None}


def _list_keys(call: Call) -> Reply:
    found = find(call)
    if isinstance(found, Reply):
        return found
    compute = found[1]
    if compute.kind not in KINDS:
        # The schema has secrets for these kinds only; how Azure refuses the others has not been seen.
        return invalid(call, f"Compute '{compute.name}' is of type {compute.kind}; only {', '.join(KINDS)} have keys.")
    return Reply(200, revealed(call.world.estate, compute))


def routes() -> list[Route]:
    return [route("POST", f"{ONE}/listKeys", _list_keys, "schema", "listKeys/action")]
