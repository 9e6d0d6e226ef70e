"""What tokens can be asked for: Azure's own services and the emulator's host."""

from __future__ import annotations

RESOURCE_MANAGER = ("https://management.azure.com", "https://management.core.windows.net")
GRAPH = "https://graph.microsoft.com"
MACHINE_LEARNING = "https://ml.azure.com"
KEY_VAULT = "https://vault.azure.net"
_AUDIENCES = (*RESOURCE_MANAGER, GRAPH, MACHINE_LEARNING, KEY_VAULT)


def audience_of(scope: str, base_url: str) -> str | None:
    """The resource that a `…/.default` scope asks for, without a trailing slash; None when it is none that is known here."""
    known = (*_AUDIENCES, base_url.lower(), base_url.lower().replace("127.0.0.1", "localhost"))
    for part in scope.split():
        if part.endswith("/.default"):
            resource = part.removesuffix("/.default").rstrip("/")
            if resource.lower() in known:
                return resource
    return None
