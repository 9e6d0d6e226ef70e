"""Reaching: one link broken at a time, which one is named, and what an assignment would mend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.domain.access.assignments import RoleAssignment
from console.domain.access.facts import Facts, Unread, What
from console.domain.access.principals import PrincipalKind
from console.domain.access.roles import RoleDefinition
from console.domain.data_assets import DataAsset, DataVersion
from console.domain.datastores import Auth, Datastore, Type
from console.domain.findings.finding import Source
from console.domain.permissions import Permission
from console.domain.reasons.chain import Lacking, Link, Part, Standing, Way, concluded
from console.domain.reasons.reaching import reaching
from console.domain.reasons.reader_links import BLOB_READER, READ_BLOBS, SYSTEM_IDENTITY, USER_IDENTITY
from console.domain.scopes import WorkspaceRef
from console.domain.storage_accounts import StorageAccount
from console.domain.workspaces import Workspace
from console.text import redact_text

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
PLACE = WorkspaceRef("s", "rg", "ws")
SCOPE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/data"
OWN, ME = "11111111-own", "22222222-me"


def datastore(**more: Any) -> Datastore:
    told: dict[str, Any] = {"type": Type.BLOB, "account": "data", "container": "raw", "auth": Auth.IDENTITY}
    told |= {"service_identity": SYSTEM_IDENTITY, "modified_on": NOW - timedelta(days=30)}
    return Datastore(id=f"{PLACE.id}/datastores/d", name="d", workspace=PLACE, **(told | more))


def account(**more: Any) -> StorageAccount:
    keys = {name: NOW - timedelta(days=300) for name in ("key1", "key2")}
    return StorageAccount(**({"id": SCOPE, "name": "data", "location": "westeurope", "public": "Enabled", "keys": keys} | more))


def workspace(**more: Any) -> Workspace:
    return Workspace(**({"id": PLACE.id, "ref": PLACE, "name": "ws", "identities": (OWN,), "own_identity": OWN} | more))


def facts(who: str = OWN, *, scope: str = SCOPE, condition: str = "", **more: Any) -> Facts:
    role = RoleDefinition(id="r", guid=BLOB_READER[0], name=BLOB_READER[1], permissions=(Permission(data_actions=(READ_BLOBS,)),))
    held = RoleAssignment(
        id="a", scope=scope, role=role.guid, principal_id=who, principal_kind=PrincipalKind.SERVICE_PRINCIPAL, condition=condition
    )
    return Facts(**({"roles": {role.guid: role}, "assignments": (held,)} | more))


def way(**more: Any) -> Way:
    told: dict[str, Any] = {"datastore": datastore(), "account": account(), "workspace": workspace(), "facts": facts(), "now": NOW}
    return Way(**(told | more))


def test_where_every_link_holds_that_is_said() -> None:
    chain = reaching(way())
    assert [link.part for link in chain.links] == [
        Part.DATASTORE, Part.STORAGE, Part.NETWORK, Part.SECRET, Part.IDENTITY, Part.ROLE
    ]  # fmt: skip
    assert {link.standing for link in chain.links} == {Standing.HOLDS}
    assert chain.breaks is None and chain.conclusion == "Every link that can be looked at from here holds."
    assert any("compute" in each for each in chain.unseen)


KEYED = {"auth": Auth.KEY, "service_identity": ""}
ANEW = {name: NOW - timedelta(days=2) for name in ("key1", "key2")}


@pytest.mark.parametrize(
    ("told", "part", "standing", "words"),
    [
        ({"datastore": datastore(type=Type.GEN1)}, Part.STORAGE, Standing.BROKEN, "ended on 2024-02-29"),
        ({"datastore": datastore(type=Type.GEN2)}, Part.STORAGE, Standing.DOUBTFUL, "flat namespace"),
        ({"account": account(public="Disabled")}, Part.NETWORK, Standing.BROKEN, "no managed network"),
        ({"account": account(default_action="Deny")}, Part.NETWORK, Standing.DOUBTFUL, "no rule names anybody"),
        ({"datastore": datastore(**KEYED), "account": account(shared_key=False)}, Part.SECRET, Standing.BROKEN, "its keys are off"),
        ({"datastore": datastore(**KEYED), "account": account(keys=ANEW)}, Part.SECRET, Standing.BROKEN, "it opens nothing"),
        (
            {"datastore": datastore(**KEYED), "account": account(keys=ANEW | {"key2": NOW - timedelta(days=99)})},
            Part.SECRET,
            Standing.DOUBTFUL,
            "only where it is of the other",
        ),
        ({"workspace": workspace(identities=(), own_identity="")}, Part.IDENTITY, Standing.BROKEN, "which has none"),
        ({"datastore": datastore(service_identity=USER_IDENTITY)}, Part.IDENTITY, Standing.BROKEN, "user-assigned identity"),
        ({"facts": facts("somebody-else")}, Part.ROLE, Standing.BROKEN, "Storage Blob Data Reader on data is lacking"),
        ({"facts": facts(scope="/subscriptions/other")}, Part.ROLE, Standing.BROKEN, "is lacking"),
        ({"facts": facts(condition="@Resource[x] StringEquals 'y'")}, Part.ROLE, Standing.DOUBTFUL, "under a condition"),
    ],
)
def test_the_link_that_breaks_is_named(told: dict[str, Any], part: Part, standing: Standing, words: str) -> None:
    chain = reaching(way(**told))
    broken = chain.breaks
    assert broken is not None and (broken.part, broken.standing) == (part, standing)
    assert words in broken.sentence and broken.sentence in chain.conclusion


def test_a_role_that_is_lacking_is_what_an_assignment_gives() -> None:
    lacking = Lacking(OWN, *BLOB_READER, SCOPE)
    assert reaching(way(facts=facts("somebody-else"))).lacking == lacking
    lake = reaching(way(facts=facts("somebody-else"), account=account(hierarchical=True), datastore=datastore(type=Type.GEN2)))
    assert lake.lacking == lacking and lake.breaks is not None
    assert lake.breaks.standing is Standing.DOUBTFUL and "access control list" in lake.breaks.sentence
    assert reaching(way()).lacking is None


def test_what_was_not_read_is_no_break() -> None:
    unread = facts("somebody-else", unread=(Unread(What.ASSIGNMENTS, "/subscriptions/s", "you may not list them"),))
    for told, part in (
        ({"facts": None}, Part.ROLE),
        ({"facts": unread}, Part.ROLE),
        ({"account": None, "unseen": "you may not read it"}, Part.STORAGE),
        ({"workspace": None}, Part.IDENTITY),
        ({"datastore": datastore(auth=Auth.SAS, service_identity="")}, Part.SECRET),
        ({"datastore": datastore(type=Type.ONELAKE, service_identity="")}, Part.STORAGE),
    ):
        chain = reaching(way(**told))
        assert chain.breaks is None and chain.lacking is None, told
        assert part in {link.part for link in chain.links if link.standing is Standing.UNREAD}, told
        assert "not looked at" in chain.conclusion


def test_the_user_is_told_of_and_breaks_nothing() -> None:
    chain = reaching(way(me=ME))
    assert chain.breaks is None
    last = chain.links[-1]
    assert last.standing is Standing.TOLD and last.sentence.startswith("You have no role that reads raw")
    granted = facts(ME)
    both = facts(assignments=(*facts().assignments, *granted.assignments))
    assert reaching(way(me=ME, facts=both)).links[-1].standing is Standing.HOLDS


def test_a_data_asset_begins_at_its_uri() -> None:
    asset = DataAsset(id=f"{PLACE.id}/data/a", name="a", workspace=PLACE, latest="3")

    def version(uri: str) -> DataVersion:
        return DataVersion(id=f"{asset.id}/versions/3", name="3", uri=uri)

    there = reaching(way(asset=asset, version=version("azureml://datastores/d/paths/x")))
    assert there.links[0].part is Part.ASSET and there.breaks is None
    gone = reaching(way(asset=asset, version=version("azureml://datastores/gone/paths/x"), datastore=None, account=None))
    assert gone.breaks is not None and gone.breaks.part is Part.DATASTORE and "gone" in gone.breaks.sentence
    ended = reaching(
        way(asset=asset, version=version("https://data.blob.core.windows.net/raw/x?se=2026-01-01T00:00:00Z&sig=x"), datastore=None)
    )
    assert ended.breaks is not None and ended.breaks.part is Part.ASSET and "2026-01-01" in ended.breaks.sentence
    assert reaching(way(asset=asset, version=None)).links[0].standing is Standing.UNREAD


def test_where_it_breaks_is_not_drawn_as_a_secret() -> None:
    for standing in (Standing.BROKEN, Standing.DOUBTFUL):
        for part in Part:
            said = concluded((Link(part, standing, "The key that it keeps was stored before one was made anew", Source.ARM),))
            assert redact_text(said) == said
