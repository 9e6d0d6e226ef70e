"""Denials of Azure Policy, read from ARM's refusal: which policy it was, where it is assigned, and what it says.

The refusal is `ErrorDetail` with `ErrorAdditionalInfo` of ARM's common types; what stands in its `info` is no published schema, but that
which Microsoft's documentation and users quote (dotnet/machinelearning-modelbuilder#3044, Azure/azure-cli#32417).
"""

from __future__ import annotations

import re
from typing import Any

CODE = re.compile(r"^RequestDisallowedByPolicy", re.IGNORECASE)
_IDENTIFIER = re.compile(r'"policyAssignment"\s*:\s*\{\s*"name"\s*:\s*"([^"]+)"')
_REASONS = re.compile(r"Reasons: '(.*)'\. See error details", re.DOTALL)


def sentence(error: Any, message: str) -> str:
    """What forbids it, why, and what to do; the policy by its name, where the refusal tells it. `error` is what stands under "error"."""
    found = list(dict.fromkeys(_named(error))) or _IDENTIFIER.findall(message)
    who = f"Azure Policy forbids it: {', '.join(found)}" if found else "An Azure policy forbids it"
    reasons = _REASONS.search(message)
    if reasons is not None:
        said = f" It says: {reasons[1].strip().rstrip('.')}."
    elif found or not message:
        said = ""
    else:
        said = f" Azure says: {message}"
    return f"{who} (RequestDisallowedByPolicy).{said} Change what it asks for, or ask whoever assigns the policy for an exemption."


def _named(error: Any) -> list[str]:
    """The assignments in `additionalInfo`, as `'NAME' on SCOPE`."""
    told = error.get("additionalInfo") if isinstance(error, dict) else None
    found = []
    for each in told if isinstance(told, list) else ():
        info = each.get("info") if isinstance(each, dict) and each.get("type") == "PolicyViolation" else None
        if isinstance(info, dict):
            name = info.get("policyAssignmentDisplayName") or info.get("policyAssignmentName") or info.get("policyDefinitionDisplayName")
            place = str(info.get("policyAssignmentScope") or "").rstrip("/").rpartition("/")[2]
            if name:
                found.append(f"'{name}'{f' on {place}' if place else ''}")
    return found
