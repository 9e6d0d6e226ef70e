"""Rules over datastores and data assets: what has ended or cannot be read, and signatures that all who read the asset can read."""

from __future__ import annotations

from datetime import UTC, datetime

from console.domain.data_assets import DataAsset, DataVersion
from console.domain.datastores import Datastore
from console.domain.figures import Confidence
from console.domain.findings.finding import Evidence, Finding, Remedy, Severity, Source
from console.domain.reasons.chain import Chain, Standing
from console.domain.uris import Signed

#: When Microsoft ended Data Lake Storage Gen1 (its retirement announcement).
GEN1_ENDED = datetime(2024, 2, 29, tzinfo=UTC)

#: Links that a claim rests on: what holds is no evidence against it.
_SAID = frozenset({Standing.BROKEN, Standing.DOUBTFUL})


def retired(row: Datastore) -> Finding | None:
    """A datastore on a service that has ended."""
    if row.fault or not row.retired:
        return None
    return Finding(
        rule="gen1-retired",
        subject_id=row.id,
        subject_name=row.name,
        what="on retired storage",
        claim=f"{row.name} is on Data Lake Storage Gen1, which ended on {GEN1_ENDED:%Y-%m-%d}: nothing can be read through it.",
        severity=Severity.WARNING,
        confidence=Confidence.OBSERVED,
        evidence=(Evidence(f"Its type is {row.type_word}, its store {row.account or '?'}", Source.ARM, row.modified_on),),
        since=GEN1_ENDED,
        advice="Move what still counts on it to a datastore of gen2, then delete it.",
        about="datastores",
    )


def breaking(row: Datastore, chain: Chain) -> Finding | None:
    """A datastore that cannot be read through, by what is read of its account and of who has which role on it."""
    link = chain.breaks
    if row.fault or row.retired or link is None or (link.standing is not Standing.BROKEN and chain.lacking is None):
        return None
    sure = link.standing is Standing.BROKEN
    return Finding(
        rule="datastore-breaks",
        subject_id=row.id,
        subject_name=row.name,
        what=f"{'breaks' if sure else 'may break'} at the {link.part}",
        claim=f"{row.name} {'cannot be read' if sure else 'may not be readable'} through: {link.sentence}.",
        severity=Severity.SERIOUS if sure else Severity.WARNING,
        confidence=Confidence.OBSERVED,
        evidence=tuple(Evidence(each.sentence, each.source, each.as_of) for each in chain.links if each.standing in _SAID),
        unseen=chain.unseen,
        advice="Assign that role." if chain.lacking is not None else "Mend that link; w on it tells the others.",
        remedy=Remedy.ASSIGN if chain.lacking is not None else Remedy.NONE,
        about="datastores",
    )


def signed(row: DataAsset, version: DataVersion, now: datetime) -> Finding | None:
    """A data asset whose newest version carries a shared access signature in its URI; `now` is UTC."""
    found = version.signed
    if row.fault or not found:
        return None
    over = all(each.expires is not None and each.expires <= now for each in found)
    means = "it has ended, the data cannot be read by it" if over else "whoever may read the data asset can use it outside of Azure ML"
    return Finding(
        rule="signed-uri",
        subject_id=row.id,
        subject_name=row.name,
        what="signature ended" if over else "signature in its URI",
        claim=f"Version {version.name} of {row.name} carries a shared access signature in its URI: {means}.",
        severity=Severity.WARNING if over else Severity.SERIOUS,
        confidence=Confidence.OBSERVED,
        evidence=tuple(Evidence(_told(each, now), Source.ARM, version.created_on) for each in found),
        since=version.created_on,
        advice="Make a version by a datastore instead, and let the signature end: renew the key or the policy that it was made with.",
        about="data",
    )


def _told(signature: Signed, now: datetime) -> str:
    """When a signature ends and what it allows, in a sentence; never the signature."""
    if signature.expires is None:
        until = "it does not tell until when"
    else:
        until = f"{'ended' if signature.expires <= now else 'good until'} {signature.expires:%Y-%m-%d %H:%M} UTC"
    return f"A shared access signature, {until}, permissions {signature.permissions or '?'}"
