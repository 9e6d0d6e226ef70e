"""Name rules of Azure Machine Learning resources (published swagger, 2024-10-01-preview: the `pattern` of each path parameter).

Those of storage are Azure Storage's own ("Naming and referencing containers, blobs, and metadata"; storage account names).
"""

from __future__ import annotations

import re

COMPUTE = re.compile(r"^[a-zA-Z](?![a-zA-Z0-9-]*-\d+\Z)[a-zA-Z0-9\-]{2,23}\Z")
WORKSPACE = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}\Z")
#: Datastores and data assets.
ASSET = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}\Z")
STORAGE_ACCOUNT = re.compile(r"^[a-z0-9]{3,24}\Z")
CONTAINER = re.compile(r"^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]\Z")


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


def asset_name_fault(name: str) -> str | None:
    """Why ARM would refuse `name` for a datastore or a data asset, as a sentence; None when it is fine."""
    if ASSET.match(name):
        return None
    return "A name has 1 to 255 letters, digits, hyphens or underscores, and starts with a letter or digit."


def storage_account_name_fault(name: str) -> str | None:
    """Why no storage account has `name`, as a sentence; None when one may."""
    return None if STORAGE_ACCOUNT.match(name) else "A storage account's name has 3 to 24 lower-case letters or digits."


def container_name_fault(name: str) -> str | None:
    """Why no container, file system or share has `name`, as a sentence; None when one may."""
    if CONTAINER.match(name):
        return None
    if "--" in name:
        return "A container's name has no two hyphens side by side."
    return "A container's name has 3 to 63 lower-case letters, digits or hyphens, and starts and ends with a letter or digit."
