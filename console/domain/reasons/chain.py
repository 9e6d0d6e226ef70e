"""Chain: what has to hold one after the other so that something is reached, each link with what it rests on, and which one breaks."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from console.domain.access.facts import Facts
from console.domain.data_assets import DataAsset, DataVersion
from console.domain.datastores import Datastore
from console.domain.findings.finding import Source
from console.domain.storage_accounts import StorageAccount
from console.domain.workspaces import Workspace


class Part(StrEnum):
    """What a link is about, in the order in which data is reached."""

    ASSET = "asset"
    CONNECTION = "itself"
    DATASTORE = "datastore"
    VAULT = "vault"
    TARGET = "target"
    STORAGE = "storage"
    NETWORK = "network"
    SECRET = "secret"
    IDENTITY = "identity"
    ROLE = "role"


class Standing(StrEnum):
    """What a look at a link came to. TOLD: a fact that nothing follows from."""

    BROKEN = "broken"
    DOUBTFUL = "may break"
    UNREAD = "not read"
    HOLDS = "holds"
    TOLD = ""


class Link(msgspec.Struct, frozen=True):
    """One link. `sentence` begins with a capital and ends without a point; `as_of` is the moment (UTC) that its source gives for it."""

    part: Part
    standing: Standing
    sentence: str
    source: Source
    as_of: datetime | None = None


class Lacking(msgspec.Struct, frozen=True):
    """A role (by GUID and name) that a principal would have to hold at an ARM scope."""

    principal_id: str
    role: str
    role_name: str
    scope: str


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """What a chain is made of; None is what was not read, or is not there.

    `unseen` says why the account is not known, as a clause ("": it is being read). `facts` are those of access; None: roles at the
    account are not read. `me` is the object id of the user.
    """

    datastore: Datastore | None
    asset: DataAsset | None = None
    version: DataVersion | None = None
    account: StorageAccount | None = None
    unseen: str = ""
    workspace: Workspace | None = None
    facts: Facts | None = None
    me: str = ""
    now: datetime


class Chain(msgspec.Struct, frozen=True):
    """`conclusion` follows from the links alone; `unseen` is what no service tells; `lacking` what an assignment would mend."""

    conclusion: str
    links: tuple[Link, ...]
    unseen: tuple[str, ...] = ()
    lacking: Lacking | None = None

    @property
    def breaks(self) -> Link | None:
        """The first link that is broken, else the first that may be."""
        for standing in (Standing.BROKEN, Standing.DOUBTFUL):
            if (found := next((link for link in self.links if link.standing is standing), None)) is not None:
                return found
        return None


def concluded(links: tuple[Link, ...]) -> str:
    """What the links come to, in a sentence."""
    for standing, words in ((Standing.BROKEN, "It breaks at the"), (Standing.DOUBTFUL, "It may break at the")):
        if (found := next((link for link in links if link.standing is standing), None)) is not None:
            return f"{words} {found.part}. {found.sentence}."  # a colon would make the sentence the value of a secret
    unread = [link.part for link in links if link.standing is Standing.UNREAD]
    if unread:
        return f"Nothing of it is found broken; not looked at: {', '.join(dict.fromkeys(unread))}."
    return "Every link that can be looked at from here holds."
