"""What people write beside resources (tags, descriptions, metadata): words in it that were made by chance, as passwords and keys are."""

from __future__ import annotations

import re

#: Shorter ones are names; so many digits and letters are in one run of a word that nobody made up.
RANDOM_LENGTH, LEAST_OF_EACH = 20, 4
#: Digests and commits, which are no secrets: MD5, SHA-1, SHA-256, in hexadecimal.
_DIGEST = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})", re.IGNORECASE)
_WORD = re.compile(r"[^\s\"'<>()\[\]{},;|]+")
_RUN = re.compile(rf"[A-Za-z0-9]{{{RANDOM_LENGTH},}}")


def without_random_words(text: str, instead: str) -> str:
    """A remark of several words with `instead` for each that looks random; a single word, an address and a path stay.

    A value that is one word is an id as often as a secret: those are known by their name or their form alone (console.text.redact).
    """
    if len(text) < RANDOM_LENGTH or not any(character.isspace() for character in text.strip()):
        return text
    return _WORD.sub(lambda found: instead if _is_random(found[0]) else found[0], text)


def _is_random(word: str) -> bool:
    return "/" not in word and any(map(_by_chance, _RUN.findall(word)))


def _by_chance(run: str) -> bool:
    digits = sum(character.isdigit() for character in run)
    return digits >= LEAST_OF_EACH and len(run) - digits >= LEAST_OF_EACH and not _DIGEST.fullmatch(run)
