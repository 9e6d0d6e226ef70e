"""What expires: its rank, what breaks, and that nothing unknown is told as if it were known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.domain.applications import Application, Credential
from console.domain.connection_kinds import Auth as ConnectionAuth
from console.domain.connections import VAULT_SECRET, Connection
from console.domain.datastores import Auth, Datastore, Type
from console.domain.expiry import Expiring, Kind, Measured, ranked
from console.domain.expiry_applications import of_applications
from console.domain.expiry_rows import of_accounts, of_connections, of_secrets, of_vaults
from console.domain.expiry_signatures import of_signatures
from console.domain.findings.expiry import ending
from console.domain.findings.finding import Severity, Source
from console.domain.key_vaults import KeyVault
from console.domain.scopes import WorkspaceRef, key
from console.domain.signatures import ScannedSignature
from console.domain.storage_accounts import StorageAccount, UsedAccount
from console.domain.trouble import Kind as TroubleKind
from console.domain.trouble import Trouble
from console.domain.vault_secrets import Secret

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
PLACE = WorkspaceRef("s", "rg", "fraud")
CLIENT = "11111111-2222-3333-4444-555555555555"


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


def row(name: str, due: float | None, measured: Measured = Measured.EXPIRES, kind: Kind = Kind.APP_SECRET) -> Expiring:
    end = days(due) if due is not None else None
    return Expiring(kind=kind, id=name, subject_id=name, name=name, where="", due=end, measured=measured, source=Source.DIRECTORY)


def datastore(name: str, **more: object) -> Datastore:
    return Datastore(id=f"{PLACE.id}/datastores/{name}", name=name, workspace=PLACE, type=Type.BLOB, **more)  # type: ignore[arg-type]


def connection(**more: object) -> Connection:
    return Connection(id=f"{PLACE.id}/connections/c", name="c", workspace=PLACE, category="Git", **more)  # type: ignore[arg-type]


def secret(**more: object) -> Secret:
    return Secret(id="/vaults/kv/secrets/a", name="a", vault="/vaults/kv", **more)  # type: ignore[arg-type]


def test_what_bites_by_itself_comes_before_keys_that_are_merely_old() -> None:
    rows = [
        row("in a year", 365),
        row("key, years over", -2000, Measured.AGE),
        row("key in time", 40, Measured.AGE),
        row("unknown", None),
        row("in three days", 3),
        row("long ended", -400),
        row("ended", -1),
    ]
    told = [each.name for each in ranked(rows, NOW)]
    assert told == ["long ended", "ended", "in three days", "unknown", "key, years over", "key in time", "in a year"]


@pytest.mark.parametrize(
    ("due", "told"),
    [
        (None, None),
        (31, None),
        (30, Severity.WARNING),
        (7, Severity.SERIOUS),
        (-3, Severity.SERIOUS),
    ],
)
def test_a_credential_is_found_a_month_ahead_and_presses_a_week_ahead(due: float | None, told: Severity | None) -> None:
    found = ending(row("app", due), NOW)
    assert (found.severity if found is not None else None) == told
    assert ending(row("app", due, kind=Kind.SECRET), NOW) is None, "vault secrets have a rule of their own"


def test_a_secret_breaks_the_connections_that_were_made_from_it() -> None:
    made = connection(secret_id="https://KV.vault.azure.net/secrets/A", auth=ConnectionAuth.API_KEY, metadata={VAULT_SECRET: "x"})
    other = connection(secret_id="https://kv2.vault.azure.net/secrets/a", auth=ConnectionAuth.API_KEY)
    (found,) = of_secrets([secret(expires=days(3))], [made, other])
    assert (found.breaks, found.due) == (("connection c in fraud",), days(3))
    assert "Key Vault keeps no list" in found.unsure
    assert list(of_secrets([secret(), secret(expires=days(3), deleted=True), secret(fault="no", expires=days(1))], [])) == []
    (certificate,) = of_secrets([secret(expires=days(3), managed=True)], [])
    assert certificate.kind is Kind.CERTIFICATE


def test_a_vault_that_refuses_is_a_row_that_says_why() -> None:
    vaults = [KeyVault(id="/v/kv", name="kv", workspaces=(PLACE,)), KeyVault(id="/v/other", name="other")]
    refusal = Trouble(TroubleKind.PERMISSION, "You may not list secrets.")
    (found,) = of_vaults(vaults, lambda each: refusal if each.name == "kv" else None)
    assert (found.name, found.due, found.why) == ("kv", None, "You may not list secrets.")
    assert found.tells


def test_a_connection_whose_secret_ends_though_nobody_said_when_is_not_known() -> None:
    rows = of_connections([connection(auth=ConnectionAuth.SERVICE_PRINCIPAL)])
    assert [(each.due, bool(each.why), bool(each.tells)) for each in rows] == [(None, True, True)]
    assert list(of_connections([connection(auth=ConnectionAuth.PAT), connection(expires=days(1), fault="no")])) == []


def test_a_key_is_late_by_the_account_s_own_period_else_by_the_benchmark_s() -> None:
    def due(**more: object) -> datetime | None:
        account = StorageAccount(id="/a", name="a", **more)  # type: ignore[arg-type]
        rows = list(of_accounts([UsedAccount(name="a", account=account, datastores=(datastore("d", auth=Auth.KEY),))]))
        assert all(each.measured is Measured.AGE and each.breaks == ("datastore d in fraud",) for each in rows)
        return rows[0].due if rows else NOW

    made = {"key1": days(-100), "key2": days(-10)}
    assert due(keys=made) == days(-10)
    assert due(keys=made, key_days=180) == days(80)
    assert due() is None, "Azure does not tell"
    assert due(keys=made, shared_key=False) == NOW, "no row: no key opens anything"


def told_of(rows: list[Datastore], known: tuple[bool, Application | None], trouble: str = "", tenant: str = "t") -> list[Expiring]:
    return list(of_applications(rows, tenant, lambda _: known, trouble))


def test_of_an_application_that_cannot_be_read_it_is_said_why() -> None:
    mine = datastore("d", auth=Auth.SERVICE_PRINCIPAL, client_id=CLIENT, tenant_id="t")
    theirs = datastore("d", auth=Auth.SERVICE_PRINCIPAL, client_id=CLIENT, tenant_id="other")
    whys = [
        told_of([mine], (False, None))[0].why,
        told_of([mine], (False, None), "Graph refuses.")[0].why,
        told_of([mine], (True, None))[0].why,
        told_of([theirs], (False, None))[0].why,
        told_of([mine], (True, Application(client_id=CLIENT, fault="It does not fit.")))[0].why,
    ]
    for why, word in zip(whys, ("being asked", "Graph refuses.", "no such application", "another tenant", "does not fit"), strict=True):
        assert word in why
    assert told_of([datastore("d", auth=Auth.IDENTITY, client_id=CLIENT)], (True, None)) == []


def test_a_certificate_breaks_those_that_hold_it_and_a_secret_those_that_sign_in_by_one() -> None:
    by_secret = datastore("by-secret", auth=Auth.SERVICE_PRINCIPAL, client_id=CLIENT.upper())
    by_this = datastore("by-this", auth=Auth.CERTIFICATE, client_id=CLIENT, thumbprint="ab")
    by_other = datastore("by-other", auth=Auth.CERTIFICATE, client_id=CLIENT, thumbprint="CD")
    secrets = [Credential(id=each, ends=days(5)) for each in ("one", "two")]
    application = Application(
        client_id=CLIENT, name="reader", credentials=(*secrets, Credential(id="c", certificate=True, thumbprint="AB", ends=days(9)))
    )
    found = {each.id.split("/")[2]: each for each in told_of([by_secret, by_this, by_other], (True, application))}
    assert found["c"].breaks == ("datastore by-this in fraud",)
    assert found["one"].breaks == found["two"].breaks == ("datastore by-secret in fraud",)
    assert "which one each holds is not told" in found["one"].unsure and "which one" not in found["c"].unsure


def test_a_signature_is_known_after_a_scan_and_no_longer_once_its_holder_was_changed() -> None:
    row = datastore("feed", auth=Auth.SAS, modified_on=days(-5))
    by_connection = connection(auth=ConnectionAuth.SAS)

    def told(*scans: ScannedSignature) -> Expiring:
        rows = list(
            of_signatures([row, datastore("other", auth=Auth.KEY)], [by_connection], {each.id: each for each in scans}, lambda _: ())
        )
        assert [each.name for each in rows] == ["feed", "c"]
        return rows[0]

    scanned = ScannedSignature(id=key(row.id), read_at=days(-1), expires=days(3), permissions="rl", changed=days(-5))
    assert (told().due, "never scanned" in told().why) == (None, True)
    assert (told(scanned).due, told(scanned).why, told(scanned).read_at) == (days(3), "", days(-1))
    changed = ScannedSignature(id=key(row.id), read_at=days(-6), expires=days(3), changed=days(-7))
    assert (told(changed).due, "changed since" in told(changed).why) == (None, True)
    policy = ScannedSignature(id=key(row.id), read_at=days(-1), policy=True, changed=days(-5))
    assert (told(policy).due, "stored access policy" in told(policy).why) == (None, True)
