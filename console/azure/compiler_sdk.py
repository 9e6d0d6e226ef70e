"""azure-ai-ml as a compiler: its calls become requests that are captured instead of sent. Part of the compiler child.

Only its public calls are used. What it asks with GET is answered from what the console gave. Tried with azure-ai-ml 1.35.2.
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
from console.azure.compiler_flaws import flaw, of_marshmallow
from console.azure.compiler_yaml import Marks, Path

ENDPOINTS = ("azure_portal", "resource_manager", "active_directory", "aml_resource_id", "registry_discovery_endpoint")


class Sdk:
    """azure-ai-ml, imported (seconds) when this is made. Raises ImportError where it is not installed."""

    def __init__(self) -> None:
        self._ml = importlib.import_module("azure.ai.ml")
        self._marshmallow = importlib.import_module("marshmallow")
        self._exceptions = importlib.import_module("azure.ai.ml.exceptions")
        self.version = str(getattr(importlib.import_module("azure.ai.ml._version"), "VERSION", "?"))
        # Built once now, so that the first request need not wait for what it imports.
        self._client("0" * 8, "g", "w")

    def loaded(self, load: str, data: Mapping[str, Any], marks: Marks, schema: Callable[[], Any], folder: str = "") -> Any:
        """The entity that the public function `load` makes of fields; `schema` gives its schema, for a hint. Raises FlawsError."""
        source = io.StringIO(yaml.safe_dump(dict(data), allow_unicode=True))
        try:
            return getattr(self._ml, load)(source, relative_origin=f"{folder}/file.yml" if folder else None)
        except self._marshmallow.ValidationError as error:
            inner = error.__cause__ if isinstance(error.__cause__, self._marshmallow.ValidationError) else error
            flaws = list(of_marshmallow(inner.messages, marks, lambda path: _fields_at(schema, path)))
            raise FlawsError(flaws or [flaw((), first_line(error), marks)]) from error
        except self._exceptions.ValidationException as error:
            raise FlawsError([flaw((), first_line(error), marks)]) from error

    def captured(self, place: Mapping[str, Any], known: Any, call: Callable[[Any], Any], marks: Marks) -> CapturedError:
        """The request that a call of a client makes, after GETs that are all answered with `known`. Raises FlawsError."""
        try:
            self.answered(place, known, call)
        except CapturedError as captured:
            return captured
        except (self._marshmallow.ValidationError, self._exceptions.ValidationException) as error:
            raise FlawsError([flaw((), first_line(error), marks)]) from error
        raise RuntimeError("azure-ai-ml sent nothing")

    def answered(self, place: Mapping[str, Any], known: Any, call: Callable[[Any], Any]) -> None:
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
        # One cloud for all: no endpoint gets into the body of what it makes.
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


def _fields_at(schema: Callable[[], Any], path: Path) -> list[str]:
    """The names of the fields that a schema knows at a path; none where that cannot be told."""
    try:
        at = schema()
        for part in path:
            if isinstance(part, int):
                continue
            field = at.fields[part]
            field = getattr(field, "experimental_field", None) or getattr(field, "inner", None) or field
            at = field.schema
        return [name for name, field in at.fields.items() if not field.dump_only]
    except (AttributeError, KeyError, ImportError, TypeError, ValueError):
        return []


def first_line(error: BaseException) -> str:
    text = str(getattr(error, "message", "") or error)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
