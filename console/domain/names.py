"""Name rules of Azure Machine Learning resources (published swagger, 2024-10-01-preview: the `pattern` of each path parameter)."""

from __future__ import annotations

import re

COMPUTE = re.compile(r"^[a-zA-Z](?![a-zA-Z0-9-]*-\d+\Z)[a-zA-Z0-9\-]{2,23}\Z")
DATASTORE = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}\Z")
#: Azure Storage's own rules (its documentation, "Naming and referencing containers"): Azure ML's schema asks for less.
STORAGE_ACCOUNT = re.compile(r"^[a-z0-9]{3,24}\Z")
CONTAINER = re.compile(r"^(?=.{3,63}\Z)[a-z0-9]+(-[a-z0-9]+)*\Z")
WELL_KNOWN_CONTAINERS = frozenset({"$root", "$web", "$logs"})
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


def datastore_name_fault(name: str) -> str | None:
    """Why ARM would refuse `name` for a datastore, as a sentence; None when it is fine."""
    if DATASTORE.match(name):
        return None
    return "A datastore name has up to 255 letters, digits, hyphens or underscores, and starts with a letter or digit."


def connection_name_fault(name: str) -> str | None:
    """Why ARM would refuse `name` for a connection, as a sentence; None when it is fine."""
    if WORKSPACE.match(name):
        return None
    return "A connection name has 3 to 33 letters, digits, hyphens or underscores, and starts with a letter or digit."


def storage_account_name_fault(name: str) -> str | None:
    """Why no storage account can have this name, as a sentence; None when one can."""
    return None if STORAGE_ACCOUNT.match(name) else "A storage account's name has 3 to 24 lower-case letters and digits."


def container_name_fault(name: str) -> str | None:
    """Why no container, file system or share of files can have this name, as a sentence; None when one can."""
    if CONTAINER.match(name) or name in WELL_KNOWN_CONTAINERS:
        return None
    return "It has 3 to 63 lower-case letters, digits and single hyphens, and starts and ends with a letter or digit."
