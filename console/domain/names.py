"""Name rules of Azure Machine Learning resources (published swagger, 2024-10-01-preview: the `pattern` of each path parameter)."""

from __future__ import annotations

import re

COMPUTE = re.compile(r"^[a-zA-Z](?![a-zA-Z0-9-]*-\d+\Z)[a-zA-Z0-9\-]{2,23}\Z")
WORKSPACE = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}\Z")


def compute_name_fault(name: str) -> str | None:
    """Why ARM would refuse `name` for a compute, as a sentence; None when it is fine."""
    if COMPUTE.match(name):
        return None
    if not 3 <= len(name) <= 24:
        return "A compute name has 3 to 24 characters."
    if not name[0].isascii() or not name[0].isalpha():
        return "A compute name starts with a letter."
    if re.search(r"-\d+\Z", name):
        return "A compute name may not end in a hyphen and digits."
    return "A compute name has letters, digits and hyphens only."


def workspace_name_fault(name: str) -> str | None:
    """Why ARM would refuse `name` for a workspace, as a sentence; None when it is fine."""
    if WORKSPACE.match(name):
        return None
    return "A workspace name has 3 to 33 letters, digits, hyphens or underscores, and starts with a letter or digit."


def connection_name_fault(name: str) -> str | None:
    """Why ARM would refuse `name` for a connection, as a sentence; None when it is fine."""
    if WORKSPACE.match(name):
        return None
    return "A connection name has 3 to 33 letters, digits, hyphens or underscores, and starts with a letter or digit."
