"""How a grant is written: its cells, the page with all that is known of it, and what a role lets its holder do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from console.domain import durations, scopes
from console.domain.access.grants import Flag, Grant, flags
from console.domain.access.principals import Directory, Principal, PrincipalKind
from console.domain.access.role_verbs import verbs_of
from console.domain.access.roles import RoleDefinition
from console.session import Session
from console.text import cells, fit
from screens.widgets.facts import Fact

#: Stands before a role that gives access or may change everything: a mark, as a colour alone tells nothing.
PRIVILEGED = "! "
KINDS = {
    PrincipalKind.USER: "user",
    PrincipalKind.GROUP: "group",
    PrincipalKind.SERVICE_PRINCIPAL: "app",
    PrincipalKind.FOREIGN_GROUP: "foreign",
    PrincipalKind.DEVICE: "device",
    PrincipalKind.UNKNOWN: "?",
}
#: From this width (cells) on titles are whole, below it they are cut to the other.
WIDE, NARROW_TITLE = 100, 12
#: Type segments of an ARM id, the innermost that is there names the scope.
SHORT = (
    ("computes", "compute"),
    ("workspaces", "ws"),
    ("storageaccounts", "storage"),
    ("vaults", "vault"),
    ("registries", "acr"),
    ("resourcegroups", "rg"),
    ("subscriptions", "sub"),
    ("managementgroups", "mg"),
)
BAD = frozenset({Flag.ORPHAN, Flag.DISABLED})
#: What a flag means, for the page of a row.
MEANINGS = {
    Flag.ORPHAN: "the directory does not know this principal any more: the assignment stayed behind",
    Flag.DISABLED: "the account is disabled, its access was not taken away",
    Flag.GUEST_WRITES: "a guest of the tenant holds a role that does more than read",
    Flag.OWNER: "Owner of a whole subscription, or more",
    Flag.EMPTY: "nobody is in the group",
    Flag.EXPIRES: "it ends within two weeks",
    Flag.DIRECT: "assigned to a person, not through a group",
}


def principal_text(grant: Grant) -> str:
    return grant.fault or grant.label


def principal_order(grant: Grant) -> str | None:
    """By name; who has none, and what cannot be read, last."""
    return grant.label if grant.principal is not None and not grant.fault else None


def kind_text(grant: Grant) -> str:
    """In one short word; a group with how many are in it."""
    if grant.fault:
        return "?"
    who = grant.principal
    if who is not None and who.service == "ManagedIdentity":
        return "identity"
    if grant.kind is PrincipalKind.GROUP:
        return f"group {'?' if grant.members is None else grant.members}"
    return "guest" if who is not None and who.guest else KINDS[grant.kind]


def role_text(grant: Grant) -> str:
    return f"{PRIVILEGED if grant.privileged else ''}{grant.role_name}"


def role_style(grant: Grant) -> str:
    return "warn" if grant.privileged else ""


def title_of(label: str, width: int) -> str:
    """Whom a page is about, for its title: on a narrow terminal so short that a reason has room behind it."""
    name = label.split("@", 1)[0]
    return name if width >= WIDE or cells(name) <= NARROW_TITLE else fit(name, NARROW_TITLE).rstrip()


def scope_text(scope: str, session: Session) -> str:
    """A scope in a few words: what it is, and its name."""
    if scope.rstrip("/") == "":
        return "/ (root)"
    parts = scopes.segments(scope)
    for segment, word in SHORT:
        if name := parts.get(segment):
            inner = scope.rstrip("/").rsplit("/", 1)[-1]
            if segment == "subscriptions":
                return f"{word} {session.context.subscription_names.get(name, name)}"
            below = f"/{inner}" if not scopes.same_id(inner, name) else ""
            return f"{word} {name}{below}"
    return scope.rstrip("/").rsplit("/", 1)[-1]


def flags_text(grant: Grant, now: datetime) -> str:
    return ", ".join(flags(grant, now))


def flags_style(grant: Grant, now: datetime) -> str:
    found = flags(grant, now)
    return "bad" if BAD.intersection(found) else "warn" if found else ""


def pim_text(grant: Grant, now: datetime) -> str:
    """Held through PIM, may be activated, and until when."""
    end = ""
    if grant.until is not None:
        left = grant.until - now
        end = f"{durations.words(left)} left" if left.total_seconds() > 0 else "ended"
    return " ".join(word for word in (grant.pim, end) if word)


def age_text(moment: datetime | None, now: datetime) -> str:
    return "" if moment is None else durations.words(now - moment)


def facts(grant: Grant, session: Session) -> list[Fact]:
    """All that is known of a grant and of who has it."""
    now, directory = session.clock.now(), session.access.now.directory
    giver = directory.get(grant.created_by)
    lines = [
        ("principal", grant.label),
        ("role", grant.role_name),
        ("scope", grant.scope),
        ("which is", f"{grant.standing}: {scope_text(grant.scope, session)}"),
        ("through", f"the group {grant.via}" if grant.via else ""),
        ("PIM", pim_text(grant, now)),
        ("until", f"{grant.until:%Y-%m-%d %H:%M} UTC" if grant.until else ""),
        ("condition", grant.condition),
        ("description", grant.description),
        ("granted", f"{grant.created_on:%Y-%m-%d %H:%M} UTC" if grant.created_on else ""),
        ("by", (giver.label if giver is not None else grant.created_by) if grant.created_by else ""),
    ]
    found = [Fact(name, text) for name, text in lines if text]
    found += [Fact("look at", f"{flag}: {MEANINGS[flag]}", "warn") for flag in flags(grant, now)]
    found.append(Fact("", ""))
    found += principal_facts(grant.principal, grant, session)
    found.append(Fact("", ""))
    found += [Fact("role's GUID", grant.role), Fact("assignment", grant.id)]
    return [*found, Fact("unreadable", grant.fault, "bad", "bad")] if grant.fault else found


def principal_facts(who: Principal | None, grant: Grant, session: Session) -> list[Fact]:
    """Who somebody is, and what of the workspaces that are open is theirs, as far as it is loaded."""
    directory = session.access.now.directory
    if who is None:
        return [Fact("object id", grant.principal_id), Fact("name", _why_nameless(grant, directory), "warn")]
    lines = [
        ("name", who.name),
        ("signs in as", who.upn),
        ("mail", who.mail),
        ("kind", f"{KINDS[who.kind]}{f' ({who.service})' if who.service else ''}"),
        ("guest", _yes_no(who.guest) if who.kind is PrincipalKind.USER else ""),
        ("enabled", _yes_no(who.enabled) if who.kind is not PrincipalKind.GROUP else ""),
        ("identity of", who.resource_id),
        ("application", who.app_id),
        ("object id", who.id),
    ]
    found = [Fact(name, text) for name, text in lines if text]
    if who.kind is PrincipalKind.GROUP:
        members = directory.members.get(who.id)
        trouble = session.access.now.people.members.trouble
        unread = f"not read{f': {trouble.sentence}' if trouble is not None else ''}"
        found.append(Fact("members", unread if members is None else f"{len(members)}, those of groups within it too"))
    for compute in session.computes.items:
        if compute.owner_id.lower() == who.id:
            found.append(Fact("instance", f"{compute.name} in {session.context.label(compute.workspace)}: {compute.shown_state}"))
        run = session.last_runs.get(compute.id)
        if run is not None and run.active and run.user and run.user in {who.name, who.upn}:
            found.append(Fact("job", f"{run.id} on {compute.name}: {run.status}"))
    return found


def role_facts(definition: RoleDefinition | None, guid: str) -> list[Fact]:
    """What a role lets its holder do, as its definition says it."""
    if definition is None:
        return [Fact("role", guid), Fact("", "Its definition was not read.", "warn")]
    found = [Fact("role", definition.name), Fact("kind", "custom" if definition.custom else "built in"), Fact("GUID", definition.guid)]
    if definition.description:
        found.append(Fact("description", definition.description))
    if definition.custom:
        found += [Fact("assignable at", scope) for scope in definition.assignable_scopes]
    verbs = ", ".join(verb.name for verb in verbs_of(definition))
    found.append(Fact("people can", verbs or "nothing that is looked at here", "" if verbs else "muted"))
    for block in definition.permissions:
        found.append(Fact("", ""))
        found += _block("may", block.actions) or [Fact("may", "nothing of the management plane")]
        found += _block("but not", block.not_actions)
        found += _block("with data", block.data_actions)
        found += _block("but not", block.not_data_actions)
        if block.condition:
            found.append(Fact("only if", block.condition, "warn"))
    if definition.fault:
        found.append(Fact("unreadable", definition.fault, "bad", "bad"))
    return found


def _block(label: str, actions: tuple[str, ...]) -> list[Fact]:
    def lines() -> Iterator[Fact]:
        for number, action in enumerate(actions):
            yield Fact(label if number == 0 else " ", action)

    return list(lines())


def _yes_no(known: bool | None) -> str:
    return "?" if known is None else "yes" if known else "no"


def _why_nameless(grant: Grant, directory: Directory) -> str:
    if grant.orphan:
        return "the directory does not know it (an orphan)"
    if directory.trouble is not None:
        return f"not known: the directory cannot be read. {directory.trouble.sentence}"
    return "not read yet"
