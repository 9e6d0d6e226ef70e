"""Identifiers that look like Azure's and come from a seed."""

from __future__ import annotations

from random import Random
from uuid import UUID

WORDS_FIRST = (
    "amiable", "brave", "calm", "dapper", "eager", "frosty", "gentle", "happy", "icy", "jolly",
    "kind", "loyal", "mango", "neat", "olive", "plucky", "quiet", "red", "silver", "tidy",
)  # fmt: skip
WORDS_SECOND = (
    "apple", "basin", "carrot", "door", "engine", "feather", "garden", "hat", "island", "jar",
    "kettle", "lamp", "mango", "nail", "orange", "parrot", "queen", "rose", "stamp", "tooth",
)  # fmt: skip
LETTERS = "0123456789bcdfghjklmnpqrstvwxyz"


def guid(rng: Random) -> str:
    """A version 4 UUID in lower case."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def job_name(rng: Random) -> str:
    """A job's name as Azure makes one up: two words and ten characters."""
    bits = rng.getrandbits(60)
    tail = ""
    for _ in range(10):
        bits, digit = divmod(bits, len(LETTERS))
        tail += LETTERS[digit]
    return f"{WORDS_FIRST[bits % 20]}_{WORDS_SECOND[bits // 20 % 20]}_{tail}"
