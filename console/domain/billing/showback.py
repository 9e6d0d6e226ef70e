"""Showback: what ran as lines for people to read, by user, job, experiment and compute, with what is nobody's on lines of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import msgspec

from console.domain.billing.attribution import Piece, Use
from console.domain.billing.estimate import USD
from console.domain.figures import Figure, total


class Share(msgspec.Struct, frozen=True):
    """A line: whose or what (`key`: a user, job, experiment or compute; "" of the other uses), in words, its machine-hours and cost."""

    use: Use
    key: str
    label: str
    hours: Decimal
    cost: Figure


def by_user(pieces: Iterable[Piece]) -> tuple[Share, ...]:
    """A line for each user, runs and instances together, the dearest first; then the other uses."""
    return _shares(pieces, lambda piece: (piece.user, piece.user_name))


def by_job(pieces: Iterable[Piece]) -> tuple[Share, ...]:
    """A line for each run, the dearest first; then the other uses. All instances are one line."""
    return _shares(pieces, lambda piece: (piece.run_id, piece.run_title or piece.run_id))


def by_experiment(pieces: Iterable[Piece]) -> tuple[Share, ...]:
    """A line for each experiment, the dearest first; then the other uses. All instances are one line."""
    return _shares(pieces, lambda piece: (piece.experiment, piece.experiment))


def by_compute(pieces: Iterable[Piece]) -> tuple[Share, ...]:
    """A line (of use RUN) for each compute with all that it cost, the dearest first; what is not known of it is missing in its cost."""
    groups: dict[str, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(piece.compute_id, []).append(piece)
    return _sorted(_share(Use.RUN, key, key.rsplit("/", 1)[-1], own) for key, own in groups.items())


def _shares(pieces: Iterable[Piece], named: Callable[[Piece], tuple[str, str]]) -> tuple[Share, ...]:
    """Pieces of runs and owners by their key; one line for each other use, and for instances where the key is none of theirs."""
    groups: dict[tuple[Use, str], tuple[str, list[Piece]]] = {}
    for piece in pieces:
        key, label = named(piece) if piece.use in {Use.RUN, Use.OWNER} else ("", "")
        use = Use.RUN if key else piece.use
        known, own = groups.setdefault((use, key), (label, []))
        own.append(piece)
        if not known and label:
            groups[use, key] = label, own
    lines = [_share(_use(use, own), key, label or key or use, own) for (use, key), (label, own) in groups.items()]
    return (
        *_sorted(line for line in lines if line.key),
        *sorted((line for line in lines if not line.key), key=lambda line: list(Use).index(line.use)),
    )


def _use(use: Use, own: Sequence[Piece]) -> Use:
    """A line that rests on ownership alone says so."""
    return Use.OWNER if all(piece.use is Use.OWNER for piece in own) else use


def _share(use: Use, key: str, label: str, own: list[Piece]) -> Share:
    counted = sum((piece.hours for piece in own if use is Use.UNKNOWN or piece.use is not Use.UNKNOWN), Decimal(0))
    cost = total([piece.cost for piece in own], USD, own[0].cost.source)
    return Share(use, key, label, counted, cost)


def _sorted(lines: Iterable[Share]) -> tuple[Share, ...]:
    return tuple(sorted(lines, key=lambda line: (line.cost.value is None, -(line.cost.value or 0), line.label)))
