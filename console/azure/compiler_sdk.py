"""azure-ai-ml as a compiler: its calls become requests that are captured instead of sent. Part of the compiler child.

Only its public calls are used: `load_compute`, `compute.begin_create_or_update`, `compute.get` and an entity's `dump`. What it asks with
GET is answered from what the console gave. Tried with azure-ai-ml 1.35.2.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import yaml

from console.azure.captured import NOWHERE, CapturedError, FlawsError, Nobody
from console.azure.compiler_flaws import console_s_own, flaw, of_marshmallow, wrong_kind
from console.azure.compiler_secrets import taken_out, taken_out_of_body
from console.azure.compiler_yaml import Marks, YamlFlawError, merged, read

ENDPOINTS = ("azure_portal", "resource_manager", "active_directory", "aml_resource_id", "registry_discovery_endpoint")
#: Fields of a dumped entity that nobody can set: told as comments (azure-ai-ml's schemas mark them `dump_only`).
READ_ONLY = ("id", "provisioning_state", "provisioning_errors", "created_on", "state", "last_operation", "services", "os_image_metadata")
READ_ONLY_BELOW = {
    "network_settings": ("public_ip_address", "private_ip_address"),
    "identity": ("principal_id", "tenant_id"),
    "ssh_settings": ("ssh_port",),
}
READ_ONLY_OF_SCHEDULES = ("schedule_id", "provisioning_state")
FIRST = ("name", "type", "description", "location", "size", "tier", "min_instances", "max_instances")
LAST_WORDS = ("tags",)


class Sdk:
    """azure-ai-ml, imported (seconds) when this is made. Raises ImportError where it is not installed."""

    def __init__(self) -> None:
        self._ml = importlib.import_module("azure.ai.ml")
        self._marshmallow = importlib.import_module("marshmallow")
        self._exceptions = importlib.import_module("azure.ai.ml.exceptions")
        self.version = str(getattr(importlib.import_module("azure.ai.ml._version"), "VERSION", "?"))
        # Built once now, so that the first request need not wait for what it imports.
        self._client("0" * 8, "g", "w")

    def compile_compute(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The request that makes (or replaces) a compute, from `yaml` or `fields`, laid over the fields `over` where there are any.

        Returns `request`, `secrets` (by the numbers of their slots), `kind` and `notes`. Raises FlawsError.
        """
        data, marks = _told(asked)
        wrong = wrong_kind(data, marks)
        if wrong is not None:
            raise FlawsError([wrong])
        secrets: dict[str, str] = {}
        data = taken_out(data, secrets)
        entity = self._loaded(data, marks, str(asked.get("folder") or ""))
        own = list(console_s_own(data, marks))
        if own:
            raise FlawsError(own)
        place = asked["workspace"]
        known = {"location": place["location"], "name": place["name"], "id": NOWHERE, "properties": {}}
        captured = self._captured(place, known, lambda client: client.compute.begin_create_or_update(entity), marks)
        body = taken_out_of_body(_mended(json.loads(captured.body or "{}")), secrets)
        return {
            "request": captured.request(body),
            "secrets": secrets,
            "kind": str(data["type"]).lower(),
            "notes": _notes(data, place["location"]),
        }

    def dump_compute(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A compute as the CLI writes it, from its JSON: `fields`, and the `yaml` with what is read only in comments at its top."""
        compute = asked["compute"]
        place = asked["workspace"]
        found: list[Any] = []
        self._answered(place, compute, lambda client: found.append(client.compute.get(compute["name"])))
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
        fields = _ordered(_without_nothing(dumped))
        return {"fields": fields, "yaml": _comments(facts) + yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=120)}

    def _loaded(self, data: Mapping[str, Any], marks: Marks, folder: str) -> Any:
        source = io.StringIO(yaml.safe_dump(dict(data), allow_unicode=True))
        try:
            return self._ml.load_compute(source, relative_origin=f"{folder}/compute.yml" if folder else None)
        except self._marshmallow.ValidationError as error:
            inner = error.__cause__ if isinstance(error.__cause__, self._marshmallow.ValidationError) else error
            flaws = list(of_marshmallow(inner.messages, marks, lambda path: self._fields_at(str(data["type"]), path)))
            raise FlawsError(flaws or [flaw((), _first_line(error), marks)]) from error
        except self._exceptions.ValidationException as error:
            raise FlawsError([flaw((), _first_line(error), marks)]) from error

    def _fields_at(self, kind: str, path: tuple[str | int, ...]) -> list[str]:
        """The names of the fields that azure-ai-ml knows at a path, for a hint; none where that cannot be told."""
        try:
            schema = self._schema(kind.lower())
            for part in path:
                if isinstance(part, int):
                    continue
                field = schema.fields[part]
                field = getattr(field, "experimental_field", None) or getattr(field, "inner", None) or field
                schema = field.schema
            return [name for name, field in schema.fields.items() if not field.dump_only]
        except (AttributeError, KeyError, ImportError, TypeError, ValueError):
            return []

    @lru_cache(maxsize=8)  # noqa: B019  (one Sdk lives as long as its process)
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

    def _captured(self, place: Mapping[str, Any], known: Any, call: Callable[[Any], Any], marks: Marks) -> CapturedError:
        try:
            self._answered(place, known, call)
        except CapturedError as captured:
            return captured
        except (self._marshmallow.ValidationError, self._exceptions.ValidationException) as error:
            raise FlawsError([flaw((), _first_line(error), marks)]) from error
        except OSError as error:  # a private key's file that is not there
            raise FlawsError([flaw(("ssh_settings", "ssh_private_key_file"), f"it cannot be read: {error.strerror}", marks)]) from error
        raise RuntimeError("azure-ai-ml sent nothing")

    def _answered(self, place: Mapping[str, Any], known: Any, call: Callable[[Any], Any]) -> None:
        """Make a call, whose GETs are all answered with `known`."""
        client, transport = self._client(place["subscription"], place["group"], place["name"])
        transport.answer = known
        try:
            call(client)
        finally:
            transport.answer = None

    @lru_cache(maxsize=8)  # noqa: B019
    def _client(self, subscription: str, group: str, name: str) -> tuple[Any, Any]:
        transport = _transport()
        # One cloud for all: no endpoint gets into the body of a compute.
        cloud = dict.fromkeys(ENDPOINTS, NOWHERE)
        client = self._ml.MLClient(
            Nobody(),
            subscription,
            group,
            name,
            cloud="Nowhere",
            cloud_metadata=cloud | {"storage_endpoint": "nowhere.invalid"},
            show_progress=False,
            enable_telemetry=False,
            transport=transport,
        )
        return client, transport


def _transport() -> Any:
    """A transport that answers GETs with its `answer` and captures everything else."""
    requests = importlib.import_module("requests")
    core = importlib.import_module("azure.core.pipeline.transport")
    rest = importlib.import_module("azure.core.rest._requests_basic")

    class Capturing(core.HttpTransport):  # type: ignore[name-defined, misc]
        answer: Any = None

        def open(self) -> None: ...

        def close(self) -> None: ...

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_exc: object) -> None: ...

        def send(self, request: Any, **_options: Any) -> Any:
            if request.method != "GET":
                raise CapturedError.of(request)
            answer = requests.Response()
            answer.status_code, answer.headers["content-type"] = 200, "application/json"
            answer._content = json.dumps(self.answer).encode()
            answer.raw = io.BytesIO(answer._content)
            return rest.RestRequestsTransportResponse(request=request, internal_response=answer)

    return Capturing()


def _told(asked: Mapping[str, Any]) -> tuple[dict[str, Any], Marks]:
    """The fields that a request names, and where they are written."""
    if asked.get("yaml") is None:
        data, marks = _without_nothing(asked.get("fields") or {}), Marks()
    else:
        try:
            data, marks = read(str(asked["yaml"]))
        except YamlFlawError as error:
            where = f"column {error.column}: " if error.column > 1 else ""
            raise FlawsError([{"path": error.path, "line": error.line, "message": f"{where}{error}"}]) from error
    over = dict(asked.get("over") or {})
    if "idle_time_before_shutdown" in data:
        over.pop("idle_time_before_shutdown_minutes", None)  # it would lead over the older spelling
    return merged(over, data), marks


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


def _without_nothing(data: Any) -> Any:
    """The fields without those that hold nothing (None, an empty map or list)."""
    if isinstance(data, Mapping):
        kept = {name: _without_nothing(value) for name, value in data.items()}
        return {name: value for name, value in kept.items() if value is not None and value != {} and value != []}
    return [_without_nothing(item) for item in data] if isinstance(data, list) else data


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


def _ordered(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in the order in which people write them."""
    first = [name for name in FIRST if name in fields]
    rest = sorted(name for name in fields if name not in (*FIRST, *LAST_WORDS))
    return {name: fields[name] for name in (*first, *rest, *(name for name in LAST_WORDS if name in fields))}


def _comments(facts: Mapping[str, Any]) -> str:
    """What is read only, a comment line each; a value's line breaks and controls cannot end its comment."""
    lines = []
    for name, value in facts.items():
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        shown = "".join(character if character.isprintable() else " " for character in text)
        lines.append(f"# {name}: {shown[:300]}\n")
    return "".join(lines)


def _first_line(error: BaseException) -> str:
    text = str(getattr(error, "message", "") or error)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
