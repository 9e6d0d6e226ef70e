"""YAML with its places: what a text says, and on which line it says it. Part of the compiler child, which alone reads such texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

#: Azure Resource Manager takes no request above 4 MB; a file of one compute or datastore has a few hundred bytes.
MOST_CHARACTERS = 64_000
#: Aliases let a short text stand for a long one: so many parts it may have once they are written out.
MOST_PARTS = 20_000

Path = tuple[str | int, ...]


class YamlFlawError(Exception):
    """A text that says nothing that could be compiled: where (line and column count from 1; 0: nowhere in particular), and why."""

    def __init__(self, message: str, line: int = 0, column: int = 0, path: str = "") -> None:
        super().__init__(message)
        self.line, self.column, self.path = line, column, path


class Marks:
    """Where in a text a field is. Without a text (fields from a form) every line is 0."""

    def __init__(self, root: yaml.Node | None = None) -> None:
        self._root = root

    def line(self, path: Path) -> int:
        """The line (from 1) of a field, by the keys and indices that lead to it; of its nearest parent where it is not there."""
        node, line = self._root, 0 if self._root is None else self._root.start_mark.line + 1
        for part in path:
            if isinstance(node, yaml.MappingNode):
                found = next(((name, value) for name, value in node.value if name.value == str(part)), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line + 1, found[1]
            elif isinstance(node, yaml.SequenceNode) and str(part).isdecimal() and int(part) < len(node.value):
                node = node.value[int(part)]
                line = node.start_mark.line + 1
            else:
                break
        return line


def read(text: str) -> tuple[dict[str, Any], Marks]:
    """The mapping that a text holds, with its marks. Raises YamlFlawError."""
    if len(text) > MOST_CHARACTERS:
        raise YamlFlawError(f"this is {len(text):,} characters long; what describes a resource has at most {MOST_CHARACTERS:,}", 1)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            raise YamlFlawError("there is nothing in it", 1)
        if not isinstance(root, yaml.MappingNode):
            raise YamlFlawError("a resource is told as `name: value` lines, and this is not", root.start_mark.line + 1)
        _look_over(root, (), {}, set())
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = ", ".join(part for part in (error.context, error.problem) if part)
        raise YamlFlawError(f"this is no YAML: {told}", *((mark.line + 1, mark.column + 1) if mark else (1, 1))) from error
    except yaml.YAMLError as error:
        raise YamlFlawError(f"this is no YAML: {' '.join(str(error).split())}", *_place(text, error)) from error
    except RecursionError as error:
        raise YamlFlawError("it is nested too deeply to be a resource", 1) from error
    except ValueError as error:  # a date like 2026-13-01
        raise YamlFlawError(f"this is no YAML: {error}", 1) from error
    return {str(name): value for name, value in data.items()}, Marks(root)


def path_text(path: Sequence[str | int]) -> str:
    """A path as a person writes it: `schedules.compute_start_stop[0].trigger`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with what `over` says: mappings are merged, everything else is replaced."""
    new = dict(base)
    for name, value in over.items():
        old = new.get(name)
        new[name] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return new


def _place(text: str, error: yaml.YAMLError) -> tuple[int, int]:
    """Line and column of a character that YAML does not allow, which PyYAML tells by its position."""
    position = getattr(error, "position", None)
    if not isinstance(position, int):
        return 1, 1
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def _look_over(node: yaml.Node, path: Path, sizes: dict[int, int], above: set[int]) -> int:
    """How many parts a node has, aliases written out; refuses one that holds itself, and a key that comes twice."""
    if id(node) in sizes:
        return sizes[id(node)]
    if id(node) in above:
        raise YamlFlawError("it refers to itself", node.start_mark.line + 1, path=path_text(path))
    above.add(id(node))
    size = 1
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for name, value in node.value:
            inner = (*path, str(name.value))
            line = name.start_mark.line + 1
            if not isinstance(name, yaml.ScalarNode):
                raise YamlFlawError("a name has to be a plain text", line, path=path_text(path))
            if name.value in seen:
                raise YamlFlawError(
                    f"it is here twice, first on line {seen[name.value]}; az would take the last", line, path=path_text(inner)
                )
            seen[name.value] = line
            size += _look_over(value, inner, sizes, above)
    elif isinstance(node, yaml.SequenceNode):
        size += sum(_look_over(value, (*path, index), sizes, above) for index, value in enumerate(node.value))
    above.discard(id(node))
    if size > MOST_PARTS:
        raise YamlFlawError("its aliases make it too large for a resource", node.start_mark.line + 1, path=path_text(path))
    sizes[id(node)] = size
    return size
