"""Ways: what the panel `w` says first of data and of connections: whether they are reached, link by link, and which one breaks."""

from __future__ import annotations

from console.domain.access.grants import Grant
from console.domain.access.places import Place
from console.domain.connections import Connection
from console.domain.data_assets import DataAsset
from console.domain.datastores import Datastore
from console.domain.findings.finding import Source
from console.domain.reasons.chain import Chain, Lacking, Link, Standing
from console.domain.reasons.connection_links import Tried
from console.domain.scopes import same_id
from console.operations.access import WRITE
from console.session import Session
from screens.host import Host
from screens.reasons import GAP, age_of, utc
from screens.widgets.facts import Fact

#: One cell each, told apart without colour, and the look of its label.
MARKS = {
    Standing.BROKEN: ("✕", "bad"),
    Standing.DOUBTFUL: ("▲", "warn"),
    Standing.UNREAD: ("?", "muted"),
    Standing.HOLDS: ("●", "ok"),
    Standing.TOLD: ("·", "muted"),
}


def begin(session: Session) -> None:
    """Read what chains rest on, from now on: accounts, workspaces, roles and who is in which group."""
    session.data.storage.begin()
    session.access.now.begin()
    session.access.now.look_up()


def of_datastore(row: Datastore, session: Session) -> list[Fact]:
    """The chain of a datastore; asks for what is not read yet."""
    begin(session)
    return _facts("Can it be read?", session.data.ways.of(row), session) if not row.fault else []


def of_asset(row: DataAsset, session: Session) -> list[Fact]:
    """The chain of a data asset; asks for what is not read yet."""
    begin(session)
    session.data.now.want([row])
    return _facts("Can it be read?", session.data.ways.of_asset(row), session) if not row.fault else []


def of_connection(row: Connection, session: Session) -> list[Fact]:
    """The chain of a connection; asks for what is not read yet, but for a test."""
    begin(session)
    session.data.connections.want([row])
    return _facts("Does it lead there?", chain_of(row, session), session) if not row.fault else []


def chain_of(row: Connection, session: Session) -> Chain:
    """The chain of a connection, by what is read by now."""
    tested = session.data.connections.test(row)
    tried = Tried(tested.passed, tested.at, tested.said) if tested is not None else None
    return session.data.ways.of_connection(row, session.data.connections.secret(row), tried)


def _facts(question: str, chain: Chain, session: Session) -> list[Fact]:
    broken = chain.breaks
    facts = [Fact(" ", question, "bold"), Fact("answer", chain.conclusion, "key" if broken is None else "bold", "key")]
    if chain.lacking is not None:
        facts.append(Fact("plan", plan_of(chain.lacking, session)))
    sources = dict.fromkeys(link.source for link in chain.links)
    told = " · ".join(f"{source} {_age(source, session)}" for source in sources)
    legend = "✕ broken  ▲ may break  ? not read  ● holds"
    facts += [GAP, Fact("", f"LINKS   {legend}", "muted"), *(_link(link, link is broken) for link in chain.links)]
    facts.append(Fact(" ", told, "muted"))
    if chain.unseen:
        facts += [GAP, Fact("", "NOT VISIBLE FROM HERE", "muted"), *(Fact("?", sentence, "", "warn") for sentence in chain.unseen)]
    return [*facts, GAP]


def _link(link: Link, broken: bool) -> Fact:
    glyph, look = MARKS[link.standing]
    when = f", {utc(link.as_of)}" if link.as_of is not None else ""
    return Fact(f"{glyph} {link.part}", f"{link.sentence} ({link.source}{when})", "bold" if broken else "", look)


def _age(source: Source, session: Session) -> str:
    if source is Source.ARM:
        ages = [feed.age for feed in (session.data.now.datastores, session.data.storage.accounts) if feed.age is not None]
        return age_of(max(ages, default=None))
    if source is Source.VAULT:
        return "as of when its versions were listed"
    return age_of(session.access.now.assignments.age)


# What mends it


def plan_of(lacking: Lacking, session: Session) -> str:
    """What `f` would do about a role that is lacking, in a sentence."""
    name = lacking.scope.rsplit("/", 1)[-1]
    who = session.access.now.directory.get(lacking.principal_id)
    refused = session.context.reading_only
    return f"f opens the form that assigns {lacking.role_name} on {name} to {who.label if who else lacking.principal_id}{_but(refused)}."


def _but(refused: str) -> str:
    return f"; refused: {refused}" if refused else ""


def assign(lacking: Lacking, row: Datastore | DataAsset | Connection, host: Host, session: Session) -> None:
    """Open the form of the assignment, with who, which role and where filled in."""
    from screens.forms.assign import AssignForm

    place = next((each for each in session.access.now.places if same_id(each.workspace.id, row.workspace.id)), None) or Place(row.workspace)
    definition = session.access.now.roles.get(lacking.role)
    like = Grant(id="", scope=lacking.scope, role=lacking.role, principal_id=lacking.principal_id, definition=definition)
    form = AssignForm(session, place, like, session.context.refusal(row.workspace, WRITE))
    form.suggested = {"who": lacking.principal_id, "description": f"{row.name} in {row.workspace.name} is read as it"}
    host.open_screen(form)


def mend(chain: Chain, row: Datastore | DataAsset | Connection, host: Host, session: Session) -> bool:
    """Begin what mends a chain; False where no key does."""
    if chain.lacking is None:
        return False
    assign(chain.lacking, row, host, session)
    return True
