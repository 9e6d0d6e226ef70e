"""Who signs in as one application: the radius of its secret, how that is made anew without shutting anybody out, and what R offers."""

from __future__ import annotations

from collections.abc import Sequence

from console.application_now import ApplicationNow
from console.domain.rotation import Consumer, Kind, Way
from console.domain.trouble import Kind as TroubleKind
from console.domain.trouble import Trouble, TroubleError
from console.operations.journal import JournalError
from console.operations.plan import Plan
from console.session import Session
from screens.dialogs.choose import Choice
from screens.host import Host
from screens.plan_keys import refusal_of
from screens.widgets.facts import Fact

GIVE, WHOSE, LOOK = "new secret", "whose are they", "who uses it"

#: Secrets of applications are made in Entra ID, an application has several at once (Microsoft Graph, `passwordCredentials`).
BY_HAND = (
    ("1 add", "az ad app credential reset --id {client} --append: a second secret; the old one lives on"),
    ("2 move", "R, new secret: all above are given it; Azure tries each before it takes it, and once more after a while"),
    ("3 end", "az ad app credential delete --id {client} --key-id ID-OF-THE-OLD-ONE, once all were moved"),
)


def offer(now: ApplicationNow, host: Host, session: Session) -> None:
    """Ask what is to be done about an application whose users were listed."""
    moved, perhaps = len(now.moved), len(now.perhaps)
    choices = [Choice(GIVE, f"give it to {moved} that are known, each tried")] if moved else []
    choices += [Choice(WHOSE, f"read which of {perhaps} connections are its (journaled)")] if perhaps else []
    choices.append(Choice(LOOK, "all that are known, and how it is done"))

    def chosen(name: str | None) -> None:
        if name == LOOK:
            host.read(f"application {now.client_id[:8]}", facts(now.client_id, now.consumers, session))
        elif name == GIVE:
            from screens.forms.application_secret import ApplicationSecretForm

            host.open_screen(ApplicationSecretForm(session, now))
        elif name == WHOSE:
            plan = now.scan()
            host.propose(plan, refusal_of(session, plan), run=lambda agreed: _compare(now, agreed, host, session))

    host.choose(f"application {now.client_id[:8]}", choices, chosen)


def _compare(now: ApplicationNow, plan: Plan, host: Host, session: Session) -> None:
    """Read whose the connections are, then offer again, with what is known by then."""
    failed: list[Trouble] = []

    async def compare() -> Sequence[str]:
        try:
            await now.compare(plan)
        except TroubleError as error:
            failed.append(error.trouble)
        except JournalError as error:
            failed.append(Trouble(TroubleKind.UNEXPECTED, str(error), "JournalUnwritable"))
        return ()

    def show(_: Sequence[str]) -> None:
        for trouble in failed:
            host.report(trouble)
        if not failed:
            offer(now, host, session)

    host.flash("reading and comparing …")
    host.later(compare(), show)


def facts(client_id: str, users: Sequence[Consumer], session: Session) -> list[Fact]:
    """All users that are known or possible, what is not seen, and the way by hand: Entra ID is not changed from here."""
    found = [Fact("application", client_id)]
    for way, title in ((Way.SECRET, "by secret"), (Way.UNTOUCHED, "certificate")):
        of_way = [each for each in users if each.way is way]
        found += [Fact(title if not number else " ", _line(each, session)) for number, each in enumerate(of_way)]
    for each in users:
        if each.way is Way.LOOK:
            found.append(
                Fact("not seen" if each.kind is Kind.UNSEEN else "perhaps", f"{_line(each, session)}: {each.note}", "warn", "warn")
            )
    found.append(Fact("not seen", "whoever else signs in as it: the sign-in logs of Entra ID name them", "warn", "warn"))
    return [*found, Fact("", ""), *(Fact(step, text.format(client=client_id)) for step, text in BY_HAND)]


def _line(each: Consumer, session: Session) -> str:
    place = f" in {session.context.label(each.workspace)}" if each.workspace is not None else ""
    return f"{each.name}{place}{f' ({each.place})' if each.place else ''}"
