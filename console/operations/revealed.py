"""What a step reveals while it is sent: the secrets that stand in its body as sources, and the permission that each needs."""

from __future__ import annotations

from console.azure.sources import ConnectionSecret, DatastoreSecret, StorageKey, StorageSas, sources_in
from console.domain.scopes import WorkspaceRef
from console.operations.plan import Step

_WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
LIST_DATASTORE, LIST_CONNECTION = f"{_WORKSPACES}/datastores/listsecrets/action", f"{_WORKSPACES}/connections/listsecrets/action"
LIST_KEYS = "Microsoft.Storage/storageAccounts/listkeys/action"


def revealed(step: Step) -> tuple[tuple[str, str], ...]:
    """ARM scope and permission of each; a Key Vault's secrets are not Azure Resource Manager's to permit."""
    found = []
    for source in sources_in(step.request.body):
        if isinstance(source, DatastoreSecret):
            found.append((WorkspaceRef.parse(source.datastore_id).id, LIST_DATASTORE))
        elif isinstance(source, ConnectionSecret):
            found.append((WorkspaceRef.parse(source.connection_id).id, LIST_CONNECTION))
        elif isinstance(source, StorageKey | StorageSas):
            found.append((source.account_id, LIST_KEYS))
    return tuple(dict.fromkeys(found))
