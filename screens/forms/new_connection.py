"""The form of a new connection to what was chosen: where it leads, what it is entered with, and who may use it."""

from __future__ import annotations

from collections.abc import Sequence

from console.domain.connection_kinds import OPEN_FIELDS, Auth
from console.domain.connection_purposes import Purpose, document
from console.domain.connections import PRIVATE, SHARED, linked, name_fault
from console.domain.scopes import WorkspaceRef
from console.operations.connection_changes import CUSTOM_KEY, WRITE
from console.operations.connection_creation import make
from console.operations.creation import RefusedError
from console.operations.plan import Plan
from console.session import Session
from screens.forms import secret_fields
from screens.forms.fields import Field, FormError, Values, needed
from screens.forms.form import Form, Judgement
from screens.widgets.facts import Fact

#: What the open fields of credentials are called.
CALLED = {
    "clientId": "client id",
    "resourceId": "identity's ARM id",
    "username": "user",
    "tenantId": "tenant id",
    "accessKeyId": "access key id",
}
#: Fields of the YAML → those of the form, where they are called otherwise.
PATHS = {"api_key": "secret", "credentials": "secret", "expiry_time": "until"}


class NewConnectionForm(Form):
    """Only auth types that fit are offered; the secret is typed, or taken from a vault. `seed` is what it begins with."""

    kind = "new-connection"

    def __init__(
        self, session: Session, place: WorkspaceRef, purpose: Purpose, seed: Values | None = None, notes: Sequence[str] = ()
    ) -> None:
        self.place, self.purpose = place, purpose
        super().__init__(session, f"{place.id} {purpose.type} {seed or ''}", session.context.refusal(place, WRITE), notes)
        self.suggested = dict(seed or {})
        session.compiler.warm()

    def heading(self) -> str:
        return f"New connection to {self.purpose.name} in {self.place.name}"

    def fields(self) -> Sequence[Field]:
        purpose = self.purpose
        labels = tuple(auth.label for auth in purpose.auths)
        rows = tuple(self.session.data.connections.feed.items)
        fields = [
            Field(
                "name",
                "name",
                help="3 to 33 letters, digits, - and _. Flows, jobs and code name it.",
                check=lambda text: name_fault(text.strip(), rows, self.place),
                lasting=True,
            ),
            Field("target", "target", help=f"Such as {purpose.help}", check=needed("a target"), long=True),
            *(Field(each.field, each.label, help=each.help, check=needed(each.label) if each.needed else _fine) for each in purpose.more),
        ]
        if len(labels) > 1:
            fields.append(Field("auth", "entered with", labels[0], options=labels))
        fields += [Field(name, CALLED[name], help=self._help(name), long=name == "resourceId") for name in self._open_fields()]
        if Auth.CUSTOM_KEYS in purpose.auths:
            fields.append(Field("key_name", "name of the key", help="Code asks for it by this name.", check=needed("a name")))
        if any(auth.keeps_secret for auth in purpose.auths):
            fields += secret_fields.fields(self.session)
        fields.append(Field("scope", "may be used by", SHARED, options=(SHARED, PRIVATE), help="private: you alone."))
        return fields

    def judge(self, values: Values) -> Judgement:
        auth, faults = self._auth(values), {}
        for name in self._open_fields():
            wanted = name in OPEN_FIELDS.get(auth, ())
            if wanted and auth is not Auth.MANAGED_IDENTITY and not values[name].strip():
                faults[name] = f"needed for {auth.label}"
            elif not wanted and values[name].strip():
                faults[name] = f"not for {auth.label}: leave it empty"
        facts = []
        if "from" in values:
            faults |= secret_fields.faults(values, needed=auth.keeps_secret)
            if not auth.keeps_secret and values["secret"]:
                faults["secret"] = f"not for {auth.label}: leave it empty"
        if auth is Auth.AAD:
            facts.append(Fact("keeps", "nothing: whoever uses it, or the workspace's identity, needs a role on the target"))
        elif auth.keeps_secret:
            facts.append(Fact("keeps", "a copy of the secret, which data scientists may list (listsecrets)", "warn"))
        return Judgement(faults, {}, facts)

    def pick(self, field: Field) -> None:
        secret_fields.pick(self, field.name)

    async def plan(self, values: Values) -> Plan:
        auth, link, expires = self._auth(values), None, None
        given = {name: values[name].strip() for name in OPEN_FIELDS.get(auth, ()) if values[name].strip()}
        if auth.keeps_secret:
            secret = await secret_fields.given(self.session, values, auth.secret_field, slot=False)
            given[auth.secret_field or CUSTOM_KEY], link, expires = secret.text, secret.link, secret.expires
        told = document(
            self.purpose,
            values["name"].strip(),
            values["target"].strip(),
            auth,
            given,
            more={each.field: values[each.field].strip() for each in self.purpose.more},
            shared=values["scope"] == SHARED,
            metadata=linked({}, link),
            expires=f"{expires:%Y-%m-%dT%H:%M:%SZ}" if expires is not None else "",
            key_name=values.get("key_name", "").strip(),
        )
        try:
            return await make(self.session.compiler, self.place, told, link)
        except RefusedError as error:
            root = error.path.partition(".")[0]
            name = "target" if root == self.purpose.field else PATHS.get(root, root)
            raise FormError(name if name in values else "", f"{error.path or 'the connection'}: {error.message}") from error

    def _auth(self, values: Values) -> Auth:
        return next((auth for auth in self.purpose.auths if auth.label == values.get("auth")), self.purpose.auths[0])

    def _open_fields(self) -> tuple[str, ...]:
        """What the auth types that fit are told besides the secret, each once."""
        return tuple(dict.fromkeys(name for auth in self.purpose.auths for name in auth.open_fields))

    def _help(self, name: str) -> str:
        return f"For {' or '.join(auth.label for auth in self.purpose.auths if name in auth.open_fields)}."


def _fine(_: str) -> str:
    return ""
