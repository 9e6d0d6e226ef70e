"""The one place where text from Azure is made safe to draw, measured in cells, and rid of secrets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Literal

from rich.cells import cell_len, get_character_cell_size

from console.remarks import without_random_words

__all__ = ["HIDDEN", "cells", "fit", "redact", "redact_text", "safe"]

HIDDEN = "•••"
"""What stands where a secret stood."""

_UNSEEN = "·"
_MARKS_PER_BASE = 4
_WORK_PER_CHARACTER = 4

_SPACES = frozenset("\t\n\v\f\r\x85\u2028\u2029")
# Default-ignorable letters and marks that Unicode does not call format characters: drawn, they would be invisible.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Joiners, variation selectors and skin tones change the shape of what precedes them, and terminals disagree on the width that results.
_SHAPERS = frozenset("\u200c\u200d") | {chr(n) for n in (*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0100, 0xE01F0))}
_FLAG_LETTERS = {chr(0x1F1E6 + n): chr(ord("A") + n) for n in range(26)}


def safe(value: object, limit: int = 512) -> str:
    """Return `value` as one line of at most `limit` characters that a terminal only prints.

    Control characters become visible (`␛`, `·`), line breaks and tabs a space, format characters (bidi overrides, zero-width) `·`,
    lone surrogates and unassigned code points `\\ufffd`; combining marks are bounded per base; what is cut ends in `…`.
    `None` is the empty string. The result is a fixed point: `safe(safe(x)) == safe(x)`.
    """
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    return _cleaned(text, limit)


def _cleaned(text: str, limit: int) -> str:
    out: list[str] = []
    marks = 0
    source = text[: limit * _WORK_PER_CHARACTER + 1]
    previous = ""
    for index, character in enumerate(source):
        if character == "\n" and previous == "\r":
            previous = character
            continue
        previous = character
        last = out[-1] if out else ""
        drawn = _drawn(character)
        if not drawn:  # a shaper: dropped where it shapes, shown where it only hides (between Latin letters)
            if last and not last.isascii():
                continue
            drawn = _UNSEEN
        if _is_mark(drawn):
            marks += 1
            if not last:
                drawn = _UNSEEN
            elif marks > _MARKS_PER_BASE:
                continue
        else:
            marks = 0
        out.append(drawn)
        if len(out) > limit:
            return "".join(out[: max(limit - 1, 0)]) + "…"[:limit]
        if index == limit * _WORK_PER_CHARACTER:
            return "".join(out[: max(limit - 1, 0)]) + "…"[:limit]
    return "".join(out)


@lru_cache(maxsize=4096)
def _drawn(character: str) -> str:
    """Return what is drawn for one character; the empty string for one that only shapes its neighbour."""
    if character in _SHAPERS:
        return ""
    if character in _SPACES:
        return " "
    if character in _INVISIBLE:
        return _UNSEEN
    if character in _FLAG_LETTERS:
        return _FLAG_LETTERS[character]
    category = unicodedata.category(character)
    if category == "Cc":
        return "␛" if character == "\x1b" else _UNSEEN
    if category == "Cf":
        return _UNSEEN
    if category in ("Cs", "Co", "Cn"):
        return "\ufffd"
    if category in ("Zs", "Zl", "Zp"):
        return " "
    return character


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Me", "Mc") or get_character_cell_size(character) == 0


def cells(text: str) -> int:
    """Return the width of `text` in terminal cells."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, width: int, align: Literal["left", "right"] = "left") -> str:
    """Return safe `text` in exactly `width` cells: cut with `…` where it is too wide, else padded on the side away from `align`."""
    size = cells(text)
    if size > width:
        text, size = _cut(text, width)
    if align == "right":
        return " " * (width - size) + text
    return text + " " * (width - size)


def _cut(text: str, width: int) -> tuple[str, int]:
    if width <= 0:
        return "", 0
    if text.isascii():
        return text[: width - 1] + "…", width
    taken, end = 0, 0
    for character in text:
        size = get_character_cell_size(character)
        if taken + size > width - 1:
            break
        taken += size
        end += 1
    return text[:end] + "…", taken + 1


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names of JSON keys whose value is a secret, as letters only and lower case. From the published schema's secret properties,
# azure-ai-ml's YAML and OAuth's forms.
_SECRET_NAMES = _words(
    """
    key key1 key2 keys secret password passwords passwd pwd token sas pat cert pfx privatekey privatekeydata sshprivatekey
    apikey accountkey storageaccountkey userstoragekey primarykey secondarykey primaryaccesskey secondaryaccesskey secretaccesskey
    sharedaccesskey notebookaccesskeys accesskey keyvalue securitytoken developertoken databricksaccesstoken sasuri sastoken
    appinsightsinstrumentationkey instrumentationkey kerberoskeytab kerberospassword hdfsservercertificate authorization cookie
    setcookie assertion clientassertion devicecode usercode codeverifier reporturl secondaryreporturl sig environmentvariables
    """
)
_SECRET_ENDINGS = tuple(
    _words(
        """
        password secret accesskey accountkey apikey privatekey sharedkey accesstoken refreshtoken idtoken sastoken bearertoken sasuri
        connectionstring connectionstrings passphrase
        """
    )
)
# Everything below these is secret, but for what names the kind of secret or its owner.
_SECRET_TREES = _words("credentials credential secrets containerregistrycredentials administratoraccount useraccountcredentials")
_PUBLIC_IN_TREES = _words(
    """
    credentialstype credentialtype secretstype authtype type clientid tenantid authorityurl resourceurl resourceid thumbprint isvalid
    username location
    """
)
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")


def redact(data: Any) -> Any:
    """Return JSON-like `data` with every secret as `•••`: by the key that holds it, in strings by `redact_text` and, in
    what somebody wrote of several words, by words that look random.

    Mappings, lists and tuples keep their structure; `None`, booleans and empty strings stay, as they hide nothing.
    """
    return _redacted(data, hidden=False, public=frozenset())


def _redacted(data: Any, hidden: bool, public: frozenset[str]) -> Any:
    """Redact below a key: `hidden` says whether all leaves are secret, `public` which keys lead out of that again."""
    if isinstance(data, Mapping):
        return {key: _redacted_value(str(key), value, hidden, public) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_redacted(item, hidden, public) for item in data]
    if data is None or isinstance(data, bool) or data == "":
        return data
    if hidden:
        return HIDDEN
    return without_random_words(redact_text(data), HIDDEN) if isinstance(data, str) else data


def _redacted_value(key: str, value: Any, hidden: bool, public: frozenset[str]) -> Any:
    name = _letters_of(key)
    if name in _SECRET_NAMES or name.endswith(_SECRET_ENDINGS):
        return _redacted(value, True, frozenset())
    if name in public:
        return _redacted(value, False, frozenset())
    if name in _SECRET_TREES and (public or not hidden):
        return _redacted(value, True, _PUBLIC_IN_TREES)
    return _redacted(value, hidden, public)


@lru_cache(maxsize=1024)
def _letters_of(key: str) -> str:
    return _NOT_LETTERS.sub("", key.lower())


_QUOTED_NAMES = (
    r"client[-_]?secret|client[-_]?assertion|account[-_]?key|shared[-_]?access[-_]?key|shared[-_]?access[-_]?signature|"
    r"api[-_]?key|access[-_]?key|access[-_]?token|refresh[-_]?token|id[-_]?token|sas[-_]?token|private[-_]?key|instrumentation[-_]?key|"
    r"admin[-_]?user[-_]?password|password|passwd|pwd|secret|token|assertion|device[-_]?code|code[-_]?verifier|sig"
)


# What every pattern below needs somewhere: without it, as in most names and tags, none is tried.
_TRACE = re.compile(r"[=:\s]|eyJ|gh[pousr]_|github_pat_|glpat-|hf_|dapi|sk-")
# Tokens of GitHub, GitLab, Hugging Face, Databricks and OpenAI begin so, as each of them publishes for scanners.
_TOKENS = r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,}|glpat-[\w-]{20,}|hf_[A-Za-z0-9]{30,}|dapi[0-9a-f]{32}|sk-[A-Za-z0-9_-]{20,}"


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Compiled at first need: the first frame needs none."""
    return (
        (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), HIDDEN),
        (re.compile(rf"(?<![A-Za-z0-9])(?:{_TOKENS})(?![A-Za-z0-9])"), HIDDEN),
        # 64 bytes in base64: a key of a storage account, of Cosmos DB, of Batch.
        (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}=="), HIDDEN),
        (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*"), HIDDEN),
        (re.compile(r"\b(bearer|basic|sharedkey|sharedaccesssignature)(\s+)(?!•)[\w.~+/=:&%-]{6,}", re.I), rf"\1\2{HIDDEN}"),
        (re.compile(r"(://[^\s/:@]*:)(?!\d{1,5}[/?#])[^\s@\"'<>]+(?=@)"), rf"\1{HIDDEN}"),
        # Quoted values first: they may hold spaces and separators.
        (re.compile(rf"(?<![A-Za-z])({_QUOTED_NAMES})([\"']?\s*[=:]\s*)([\"'])(?:\\.|(?!\3).)*\3", re.I), rf"\1\2\3{HIDDEN}\3"),
        (re.compile(rf"(?<![A-Za-z])({_QUOTED_NAMES})([\"']?\s*[=:]\s*)(?![\"'•])[^\s&;,\"'<>)}}\]]+", re.I), rf"\1\2{HIDDEN}"),
    )


def redact_text(text: str) -> str:
    """Return a log line or message with bearer tokens, JWTs, SAS signatures, keys and passwords as `•••`."""
    if not _TRACE.search(text):
        return text
    for pattern, replacement in _patterns():
        text = pattern.sub(replacement, text)
    return text
