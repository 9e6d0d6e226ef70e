"""Requests: what goes to Azure, as data that can be shown, compared, journaled and sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote, urlencode

import msgspec


class Effect(StrEnum):
    """What a request does to Azure. A reveal reads a secret: neither a plain read nor a change."""

    READ = "read"
    REVEAL = "reveal"
    CHANGE = "change"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One REST call below a cloud's resource manager. `path` starts with `/`; `body` is JSON-ready or None.

    `headers` go with it beside the gateway's own; nothing secret is among them. `vault` is the address of the Key Vault that it goes to
    instead, as Azure tells it (`https://NAME.vault.azure.net`); "" where it goes to the resource manager.
    """

    method: str
    path: str
    api_version: str = ""
    query: Mapping[str, str] = {}
    body: Any = None
    headers: Mapping[str, str] = {}
    vault: str = ""

    @property
    def url(self) -> str:
        """Path and query, percent-encoded, without the host."""
        pairs = dict(self.query)
        if self.api_version:
            pairs["api-version"] = self.api_version
        path = quote(self.path, safe="/:@!$&'()*+,;=~-._")
        return f"{path}?{urlencode(pairs)}" if pairs else path

    @property
    def effect(self) -> Effect:
        return effect_of(self.method, self.path, self.body)


#: Last path segments of the POSTs that only read. Everything else that is not GET or HEAD changes something.
READING_POSTS = re.compile(
    r"/(listNodes"
    r"|getAllowedVmSizesForResize"
    r"|providers/Microsoft\.CostManagement/(query|forecast)"
    r"|providers/Microsoft\.ResourceGraph/resources"
    r"|directoryObjects/getByIds"
    r"|providers/Microsoft\.PolicyInsights/checkPolicyRestrictions"
    r"|providers/Microsoft\.Authorization/roleAssignments/[^/]+/validate"
    r")/?$",
    re.IGNORECASE,
)
#: Microsoft Graph's envelope for several requests: it does what they do.
BATCH = re.compile(r"^/v1\.0/\$batch/?$", re.IGNORECASE)
#: The one GET whose answer holds a secret: a Key Vault's secret, of its newest or of a named version. `/versions` after a name is a list.
REVEALING_GETS = re.compile(r"/secrets/+[^/]+(/+(?!versions/*$)[^/]*)?/*$", re.IGNORECASE)
REVEALING_POSTS = re.compile(r"/list(secrets|keys|storageaccountkeys|notebookkeys|notebookaccesstoken|credentials)/?$", re.IGNORECASE)


def effect_of(method: str, path: str, body: Any = None) -> Effect:
    """What a call does, judged by method and path. An unknown one counts as a change: the list is of what is allowed.

    `body` (JSON-ready, or as it is sent) is looked at in a batch alone, which reads where all that is in it does.
    """
    verb = method.upper()
    if verb in {"GET", "HEAD"}:
        return Effect.REVEAL if REVEALING_GETS.search(unquote(path)) else Effect.READ
    if verb == "POST" and (READING_POSTS.search(path) or (BATCH.match(path) and _only_gets(body))):
        return Effect.READ
    if verb == "POST" and REVEALING_POSTS.search(path):
        return Effect.REVEAL
    return Effect.CHANGE


def _only_gets(body: Any) -> bool:
    """Whether a batch is of GETs alone."""
    if isinstance(body, bytes | str):
        try:
            body = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
    requests = body.get("requests") if isinstance(body, Mapping) else None
    return (
        isinstance(requests, list | tuple)
        and bool(requests)
        and all(isinstance(each, Mapping) and each.get("method") == "GET" for each in requests)
    )
