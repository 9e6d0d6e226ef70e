"""Microsoft's published swagger as JSON Schema: is an answer what the document says, and nothing else?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
DURATION = r"^P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$"


@dataclass
class Swagger:
    """The documents of one folder. `nulls` and `extras` name, by definition, what recordings show beyond the schema, `left_out` what it
    requires and they do not have."""

    folder: Path
    nulls: Mapping[str, frozenset[str]] = field(default_factory=dict)
    extras: Mapping[str, frozenset[str]] = field(default_factory=dict)
    left_out: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _documents: dict[Path, Any] = field(default_factory=dict)
    _definitions: dict[str, Any] = field(default_factory=dict)
    _validators: dict[tuple[str, str, int], Draft202012Validator | None] = field(default_factory=dict)

    @cached_property
    def operations(self) -> list[tuple[str, str, re.Pattern[str], Path, Mapping[str, Any]]]:
        """Method, template, pattern, document and description of every operation."""
        found = []
        for document in sorted(self.folder.glob("*.json")):
            for template, methods in self._document(document).get("paths", {}).items():
                # A scope is a path of its own.
                spread = re.escape(template).replace(r"\{scope\}", ".+")
                pattern = re.compile(re.sub(r"\\\{[\w\\-]+\\\}", "[^/]+", spread) + "$", re.IGNORECASE)
                found += [(method.upper(), template, pattern, document, told) for method, told in methods.items() if method != "parameters"]
        return found

    def problems(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """What is wrong with an answer, as `place: reason`; a path or status that the document lacks is wrong too."""
        fitting = [one for one in self.operations if one[0] == method and one[2].match(path)]
        if not fitting:
            return [f"{method} {path}: not in {self.folder.name}"]
        _, template, _, document, told = max(fitting, key=lambda one: sum("{" not in part for part in one[1].split("/")))
        return self._problems(f"{method} {template}", document, told["responses"], status, body)

    def _problems(self, operation: str, document: Path, responses: Mapping[str, Any], status: int, body: Any) -> list[str]:
        if str(status) not in responses:
            return [f"{operation}: status {status} is not one of {', '.join(responses)}"]
        key = (str(document), operation, status)
        if key not in self._validators:
            schema = responses[str(status)].get("schema")
            self._validators[key] = None if schema is None else self._validator(schema, document)
        validator = self._validators[key]
        if validator is None:
            return [] if body is None else [f"{operation}: {status} has no body in the schema"]
        return [f"{operation} {error.json_path}: {error.message[:300]}" for error in validator.iter_errors(body)]

    def _validator(self, schema: Any, document: Path) -> Draft202012Validator:
        root = self._converted(schema, document)
        return Draft202012Validator({"$defs": self._definitions, **root})

    def _document(self, path: Path) -> Any:
        path = path.resolve()
        if path not in self._documents:
            self._documents[path] = json.loads(path.read_text("utf-8"))
        return self._documents[path]

    def _target(self, reference: str, document: Path) -> tuple[str, Path]:
        file, _, pointer = reference.partition("#")
        return pointer.rpartition("/")[2], (document.parent / file).resolve() if file else document.resolve()

    def _definition(self, name: str, document: Path) -> str:
        """The key in `$defs` of a definition, converted at first sight."""
        key = f"{document.parent.parent.name}.{document.parent.name}.{document.stem}.{name}"
        if key not in self._definitions:
            self._definitions[key] = {}
            if document.exists():
                self._definitions[key].update(self._object(self._document(document)["definitions"][name], document, name))
        return key

    def _converted(self, schema: Mapping[str, Any], document: Path) -> dict[str, Any]:
        if "$ref" in schema:
            name, target = self._target(schema["$ref"], document)
            found: dict[str, Any] = {"$ref": f"#/$defs/{self._definition(name, target)}"}
        else:
            found = self._object(schema, document, None)
        return {"anyOf": [found, {"type": "null"}]} if schema.get("x-nullable") else found

    def _object(self, schema: Mapping[str, Any], document: Path, name: str | None) -> dict[str, Any]:
        derived = self._derived(schema, document, name)
        if derived:
            return derived
        properties, required, opened = self._members(schema, document)
        if not properties and "allOf" not in schema:
            return self._plain(schema, document)
        allowed = {extra: {} for extra in self.extras.get(name or "", ())}
        found = {"type": "object", "properties": {**properties, **allowed}, "required": sorted(required)}
        found["required"] = sorted(required - self.left_out.get(name or "", frozenset()))
        return {**found, "additionalProperties": opened}

    def _members(self, schema: Mapping[str, Any], document: Path, name: str | None = None) -> tuple[dict[str, Any], set[str], bool]:
        """The properties of a definition with those that it inherits, and whether others may come beside them."""
        properties: dict[str, Any] = {}
        required = set(schema.get("required", ()))
        opened = bool(schema.get("additionalProperties"))
        for parent in schema.get("allOf", ()):
            inherited, target = self._target(parent["$ref"], document) if "$ref" in parent else (None, document)
            told = self._document(target)["definitions"][inherited] if inherited else parent
            more, needed, open_too = self._members(told, target, inherited)
            properties, required, opened = {**properties, **more}, required | needed, opened or open_too
        own = name or self._name_of(schema, document)
        for member, told in schema.get("properties", {}).items():
            nullable = member in self.nulls.get(own or "", ())
            properties[member] = self._converted({**told, "x-nullable": True} if nullable else told, document)
        return properties, required, opened

    def _name_of(self, schema: Mapping[str, Any], document: Path) -> str | None:
        definitions = self._document(document).get("definitions", {})
        return next((name for name, told in definitions.items() if told is schema), None)

    def _derived(self, schema: Mapping[str, Any], document: Path, name: str | None) -> dict[str, Any]:
        """A definition with a discriminator: the value picks which of its descendants applies."""
        discriminator = schema.get("discriminator")
        if discriminator is None or name is None:
            return {}
        choices: dict[str, dict[str, Any]] = {}
        for child, told in self._document(document)["definitions"].items():
            if any(parent.get("$ref", "").endswith(f"/{name}") for parent in told.get("allOf", ())):
                key = self._definition(child, document.resolve())
                choices[told.get("x-ms-discriminator-value", child)] = {"$ref": f"#/$defs/{key}"}
        rules = [
            {"if": {"properties": {discriminator: {"const": value}}, "required": [discriminator]}, "then": then}
            for value, then in choices.items()
        ]
        return {"type": "object", "required": [discriminator], "properties": {discriminator: {"enum": sorted(choices)}}, "allOf": rules}

    def _plain(self, schema: Mapping[str, Any], document: Path) -> dict[str, Any]:
        found: dict[str, Any] = {name: schema[name] for name in ("type", "minimum", "maximum") if name in schema}
        if "enum" in schema:
            # Azure writes some values in another case than its schema.
            found["pattern"] = f"^(?i:{'|'.join(re.escape(value) for value in schema['enum'])})$"
        if schema.get("format") in ("date-time", "duration"):
            found["pattern"] = MOMENT if schema["format"] == "date-time" else DURATION
        if "items" in schema:
            found["items"] = self._converted(schema["items"], document)
        if isinstance(schema.get("additionalProperties"), dict):
            found["additionalProperties"] = self._converted(schema["additionalProperties"], document)
        return found
