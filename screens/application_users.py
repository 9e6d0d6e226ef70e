"""Who signs in as one application: the radius of its secret, and how that is made anew without shutting anybody out."""

from __future__ import annotations

from collections.abc import Sequence

from console.domain.rotation import Consumer, Kind, Way
from console.session import Session
from screens.widgets.facts import Fact

#: Secrets of applications are made in Entra ID, an application has several at once (Microsoft Graph, `passwordCredentials`).
BY_HAND = (
    ("1 add", "az ad app credential reset --id {client} --append: a second secret; the old one lives on"),
    ("2 move", "give the new one to each datastore above (e): Azure checks it before it takes it"),
    ("3 end", "az ad app credential delete --id {client} --key-id ID-OF-THE-OLD-ONE, once all were moved"),
)


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
