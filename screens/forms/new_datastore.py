"""The form of a new datastore: what it is on, what opens it, and which link would break once it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from console.domain.creation import tags_fault
from console.domain.datastores import Auth, Datastore
from console.domain.names import datastore_name_fault
from console.domain.reasons.chain import Chain, Standing
from console.domain.scopes import WorkspaceRef, same_id
from console.domain.storage_accounts import StorageAccount
from console.operations.creation import RefusedError
from console.operations.datastores import WRITE, make
from console.operations.plan import Plan
from console.operations.sourced import storage_key
from console.session import Session
from screens import access_actions, ways
from screens.forms.account_picker import AccountPicker
from screens.forms.datastore_fields import APP, AUTHS, IDENTITY, KEY, NOBODY, SECRETIVE, TYPES, WORKSPACE, as_read, document, faults
from screens.forms.fields import Field, FormError, Values, needed
from screens.forms.form import Form, Judgement
from screens.widgets.facts import Fact

#: Links that are told of while it is typed; what holds needs no word.
TOLD = (Standing.BROKEN, Standing.DOUBTFUL, Standing.UNREAD)
#: Path of azure-ai-ml's field → the form's field, where the names differ.
PATHS = {
    "account_name": "account",
    "one_lake_workspace_name": "account",
    "container_name": "container",
    "file_share_name": "container",
    "filesystem": "container",
    "artifact": "container",
    "credentials": "secret",
}


class NewDatastoreForm(Form):
    """Nobody has to see a key: Azure's own is read as the plan is sent. `seed` is what it begins with."""

    kind = "new-datastore"

    def __init__(self, session: Session, place: WorkspaceRef, seed: Values | None = None, done: Callable[[], None] | None = None) -> None:
        super().__init__(session, f"{place.id} {seed or ''}", session.context.refusal(place, WRITE), (), done)
        self.place, self.seed = place, dict(seed or {})
        self._leave_session: Callable[[], None] | None = None

    def on_mount(self) -> None:
        self.session.compiler.warm()
        ways.begin(self.session)
        self._leave_session = self.session.listen(lambda: self.refresh_judgement())

    def on_unmount(self) -> None:
        if self._leave_session is not None:
            self._leave_session()

    def heading(self) -> str:
        return f"New datastore in {self.place.name}"

    def fields(self) -> Sequence[Field]:
        seed = self.seed
        return (
            Field("name", "name", check=lambda text: datastore_name_fault(text.strip()) or "", lasting=True, help="How jobs call it."),
            Field("type", "type", seed.get("type", "blob"), options=tuple(TYPES), lasting=True, help="gen2: a hierarchical namespace."),
            Field(
                "account",
                "account",
                seed.get("account", ""),
                check=needed("an account"),
                picks="accounts",
                long=True,
                help="The storage account's name; of OneLake the workspace of Fabric, by name or id.",
            ),
            Field(
                "container",
                "container",
                seed.get("container", ""),
                check=needed("a container"),
                long=True,
                help="The container, share or file system, which has to be there; of OneLake the lakehouse.",
            ),
            Field(
                "auth",
                "opened by",
                seed.get("auth", IDENTITY),
                options=tuple(AUTHS),
                help="identity: nothing is kept, each reader needs a role. key: the account's own, read from Azure as it is sent.",
            ),
            Field("key_name", "which key", options=("key1", "key2"), help="Of the account, where Azure's key is taken."),
            Field("secret", "secret", secret=True, long=True, help="The account key, the SAS or the client secret. It is kept nowhere."),
            Field("client_id", "client id", seed.get("client_id", ""), long=True, help="Of the application, where its secret opens it."),
            Field(
                "tenant_id",
                "tenant id",
                seed.get("tenant_id", self.session.context.tenant_id),
                long=True,
                help="The directory that the application is in.",
            ),
            Field(
                "reads_as",
                "previewed as",
                seed.get("reads_as", WORKSPACE),
                options=(WORKSPACE, NOBODY),
                picks="assign the role",
                help="With identity: previews and the check of the datastore are made as the workspace's identity, or as whoever looks.",
            ),
            Field("description", "description", seed.get("description", ""), long=True),
            Field("tags", "tags", seed.get("tags", ""), long=True, help="name=value, name=value", check=lambda text: tags_fault(text, ())),
        )

    def judge(self, values: Values) -> Judgement:
        wrong = faults(values)
        name = values["name"].strip()
        if any(
            each.name.lower() == name.lower() and same_id(each.workspace.id, self.place.id)
            for each in self.session.data.now.datastores.items
        ):
            wrong["name"] = "there is one of that name"
        account = self.session.data.storage.named(values["account"].strip())
        notes = {"account": f"{'gen2 ' if account.hierarchical else ''}{account.location}"} if account is not None else {}
        if values["auth"] == KEY and account is None and values["account"].strip() and self.session.data.storage.accounts.loaded:
            wrong["account"] = "it is not seen, so its key cannot be taken"
        for field in _unused(values):
            notes[field] = "not used"
        row = as_read(values, self.place, self.session.cloud.storage_suffix)
        return Judgement(wrong, notes, self._told(row) if row.account and row.container else ())

    async def plan(self, values: Values) -> Plan:
        account = self.session.data.storage.named(values["account"].strip())
        key = storage_key(account.id, values["key_name"]) if account is not None else ""
        if values["auth"] == KEY and not key:
            raise FormError("account", "Its key cannot be taken: the account is not seen. Type the key, or its name as it is.")
        self.found = tuple(f"it would break: {link.sentence}" for link in self._chain().links if link.standing is Standing.BROKEN)
        try:
            return await make(self.session.compiler, self.place, "", [document(values, key)])
        except RefusedError as error:
            raise self._refusal(error) from error

    def pick(self, field: Field) -> None:
        if field.name == "account":
            self.app.push_screen(AccountPicker(self.session, self.values["account"]), self._choose)
            return
        chain = self._chain()
        if chain.lacking is None:
            self.host.flash("no role is found to be lacking", "busy")
        else:
            ways.assign(chain.lacking, self._to_be(), self.host, self.session)

    def _choose(self, account: StorageAccount | None) -> None:
        if account is not None:
            self.fill("account", account.name)
            if account.hierarchical and self.values["type"] == "blob":
                self.fill("type", "gen2")

    def _to_be(self) -> Datastore:
        return as_read(self.values, self.place, self.session.cloud.storage_suffix)

    def _chain(self) -> Chain:
        return self.session.data.ways.to_be(self._to_be())

    def _told(self, row: Datastore) -> Sequence[Fact]:
        place = row.spellings()[-1]
        chain = self.session.data.ways.to_be(row)
        facts = [Fact("address", place.uri)]
        for link in chain.links:
            if link.standing in TOLD:
                look = ways.MARKS[link.standing][1]
                facts.append(Fact(f"{ways.MARKS[link.standing][0]} {link.part}", link.sentence, look if look != "muted" else "", look))
        if chain.lacking is not None:
            key = self.host.key("form.pick", "^o")
            facts.append(Fact("plan", f"{key} on “previewed as” opens the form that assigns it", "key"))
        if (until := self._spreads(row)) is not None:
            facts.append(
                Fact(
                    "▲ role",
                    f"assigned just now: it takes effect by {until:%H:%M} UTC; until then Azure's check may refuse it",
                    "warn",
                    "warn",
                )
            )
        if len(facts) == 1:
            facts.append(Fact("looked at", chain.conclusion, "ok"))
        return facts

    def _spreads(self, row: Datastore) -> datetime | None:
        """When a role that this session assigned on the account will have taken effect; None where nothing is under way."""
        account = self.session.data.storage.named(row.account)
        return access_actions.spreads_until(self.session, account.id) if account is not None and row.auth is Auth.IDENTITY else None

    def _refusal(self, error: RefusedError) -> FormError:
        """What azure-ai-ml says against it, at the field that it is about."""
        path = error.path.replace("credentials.", "")
        root = path.partition(".")[0].partition("[")[0]
        name = PATHS.get(root, root)
        known = {field.name for field in self.fields()}
        return FormError(name if name in known else "", f"azure-ai-ml: {error.path or 'the datastore'}: {error.message}")


def _unused(values: Values) -> Sequence[str]:
    """Fields that the choices make idle."""
    auth = values["auth"]
    idle = {"key_name": auth != KEY, "secret": auth not in SECRETIVE, "client_id": auth != APP, "tenant_id": auth != APP}
    return [name for name, unused in (idle | {"reads_as": auth != IDENTITY}).items() if unused]
