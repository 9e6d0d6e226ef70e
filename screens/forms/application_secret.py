"""The form that gives all who sign in as an application its new secret."""

from __future__ import annotations

from collections.abc import Sequence

from console.application_now import ApplicationNow
from console.operations.application_rotation import NewSecret
from console.operations.datastores import WRITE
from console.operations.plan import Plan
from console.operations.rotation import GRACES
from console.session import Session
from screens import application_users
from screens.forms import secret_fields
from screens.forms.fields import Field, Values
from screens.forms.form import Form, Judgement

GRACE = {label: (seconds, label) for seconds, label in GRACES}


class ApplicationSecretForm(Form):
    """The new secret is made in Entra ID before, beside the old one, which is ended there afterwards."""

    kind = "application-secret"

    def __init__(self, session: Session, now: ApplicationNow) -> None:
        places = dict.fromkeys(each.workspace for each in now.moved if each.workspace is not None)
        refusal = next((why for each in places if (why := session.context.refusal(each, WRITE))), "")
        super().__init__(session, now.client_id, refusal)
        self.now = now

    def heading(self) -> str:
        return f"New secret of application {self.now.client_id[:8]} for {len(self.now.moved)} who sign in by it"

    def fields(self) -> Sequence[Field]:
        help_text = "So long both live on, then each is tried again: jobs that began with the old one end meanwhile."
        return (*secret_fields.fields(self.session), Field("grace", "hold", options=tuple(GRACE), help=help_text))

    def judge(self, values: Values) -> Judgement:
        return Judgement(secret_fields.faults(values), {}, application_users.facts(self.now.client_id, self.now.consumers, self.session))

    async def plan(self, values: Values) -> Plan:
        given = await secret_fields.given(self.session, values, "clientSecret")
        return await self.now.plan(NewSecret(text=given.text, link=given.link, expires=given.expires), GRACE[values["grace"]])
