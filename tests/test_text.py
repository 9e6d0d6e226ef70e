"""Text from Azure: inert, one line, exactly as wide as asked, and without its secrets."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.text import HIDDEN, cells, fit, redact, redact_text, safe

HOSTILE = (
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[H\x9b31m",
    "\x1bP+q544e\x1b\\",
    "\u202egpj.exe\u2066x\u2069",
    "a\u200bb\ufeffc\u00add",
    "\udc80\ud800",
    "e" + "\u0301" * 5000,
    "\u0301start",
    "👩‍👩‍👧‍👦🏽🇩🇪❤️",
    "\u3164\u115f\u2800",
    "日本語" * 9,
    "x" * 10_000,
    "[/nope][b",
    "line\r\nbreak\ttab\u2028end",
    "\x00\x7f\x85",
    "\U000e0041\ufff9",
)
# Every plane, and far more of what does harm than chance would bring.
ANY_TEXT = st.lists(st.one_of(st.characters(codec=None), st.sampled_from("".join(HOSTILE))), max_size=60).map("".join)


def all_examples(test):
    """Run a property on every hostile string too."""
    for text in HOSTILE:
        test = example(text=text)(test)
    return test


@all_examples
@given(text=ANY_TEXT)
def test_safe_text_holds_nothing_that_steers_a_terminal(text: str) -> None:
    drawn = safe(text)
    assert all(unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for character in drawn)
    drawn.encode()


@all_examples
@given(text=ANY_TEXT)
def test_safe_is_a_fixed_point(text: str) -> None:
    assert safe(safe(text)) == safe(text)


@given(text=ANY_TEXT, limit=st.integers(min_value=1, max_value=40))
def test_safe_keeps_its_limit_and_says_that_it_cut(text: str, limit: int) -> None:
    drawn = safe(text, limit)
    assert len(drawn) <= limit
    assert drawn == safe(text) or drawn.endswith("…")
    assert safe(drawn, limit) == drawn


@all_examples
@given(text=ANY_TEXT)
def test_no_mark_stands_without_a_base_and_none_piles_up(text: str) -> None:
    run = 0
    for index, character in enumerate(safe(text)):
        run = run + 1 if cell_len(character) == 0 else 0
        assert run <= 4
        assert index or not run


@given(text=ANY_TEXT, width=st.integers(min_value=0, max_value=30), align=st.sampled_from(("left", "right")))
def test_fit_is_exactly_as_wide_as_asked(text: str, width: int, align: str) -> None:
    assert cell_len(fit(safe(text), width, align)) == width


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [0, 1, 2, 7, 80])
def test_fit_holds_hostile_text_too(text: str, width: int) -> None:
    assert cells(fit(safe(text), width)) == width == cells(fit(safe(text), width, "right"))


@pytest.mark.parametrize(
    ("given_value", "shown"),
    [
        ("gpu-train", "gpu-train"),
        (None, ""),
        (7, "7"),
        ("Zoë – 日本", "Zoë – 日本"),
        ("\x1b[31mred", "␛[31mred"),
        ("a\x07b\x9bc", "a·b·c"),
        ("two\r\nlines\tand", "two lines and"),
        ("admin\u202etxt", "admin·txt"),
        ("ad\u200dmin", "ad·min"),  # joins nothing here: it only makes two names look alike
        ("می\u200cخواهم", "میخواهم"),
        ("❤\ufe0f", "❤"),
        ("🇩🇪", "DE"),
        ("a\udc80b", "a\ufffdb"),
        ("\u0301x", "·x"),
        ("a\u00a0b\u3000c", "a b c"),
        ("[b]not markup[/b]", "[b]not markup[/b]"),
    ],
)
def test_what_is_drawn(given_value: object, shown: str) -> None:
    assert safe(given_value) == shown


def test_long_text_is_cut() -> None:
    assert safe("x" * 10_000) == "x" * 511 + "…"
    assert safe("é" * 10_000, 10) == "é" * 9 + "…"
    assert safe("\u200b" * 10_000, 10) == "·" * 9 + "…"


@pytest.mark.parametrize(
    ("text", "width", "align", "fitted"),
    [
        ("abc", 5, "left", "abc  "),
        ("abc", 5, "right", "  abc"),
        ("abcdef", 4, "left", "abc…"),
        ("abcdef", 4, "right", "abc…"),
        ("日本語", 4, "left", "日… "),
        ("日本語", 5, "right", "日本…"),
        ("日本語", 6, "left", "日本語"),
        ("abc", 0, "left", ""),
        ("", 2, "left", "  "),
    ],
)
def test_fitting(text: str, width: int, align: str, fitted: str) -> None:
    assert fit(text, width, align) == fitted


CANARY = "c4n4ry-S3cr3t/Va1ue+0123456789=="


@pytest.mark.parametrize(
    "data",
    [
        {"properties": {"credentials": {"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey", "key": CANARY}}}},
        {"credentials": {"credentialsType": "ServicePrincipal", "clientId": "id", "secrets": {"clientSecret": CANARY}}},
        {"credentials": {"secrets": {"secretsType": "Sas", "sasToken": CANARY}}},
        {"credentials": {"keys": {"type": CANARY, "anything": CANARY}}},
        {"properties": {"authType": "PAT", "credentials": {"pat": CANARY}}},
        {"properties": {"authType": "UsernamePassword", "credentials": {"username": "u", "password": CANARY, "securityToken": CANARY}}},
        {"userAccountCredentials": {"adminUserName": "u", "adminUserPassword": CANARY, "adminUserSshPublicKey": "ssh-rsa x"}},
        {"keys": [{"keyName": "key1", "value": CANARY}]},
        {"primaryAccessKey": CANARY, "secondaryAccessKey": CANARY},
        {"userStorageKey": CANARY, "appInsightsInstrumentationKey": CANARY},
        {"relayConnectionString": CANARY, "serviceBusConnectionString": CANARY},
        {"client_secret": CANARY, "refresh_token": CANARY, "Authorization": CANARY},
        {"environmentVariables": {"location": CANARY, "AZURE_KEY": CANARY}},
        {"properties": {"target": f"https://a.blob.core.windows.net/c?sv=2024-11-04&sig={CANARY}"}},
        {"metadata": {"note": f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={CANARY};EndpointSuffix=core.windows.net"}},
        [{"deep": ({"databricksAccessToken": CANARY},)}],
    ],
)
def test_no_secret_survives_redaction(data: object) -> None:
    hidden = redact(data)
    assert CANARY not in repr(hidden)
    assert HIDDEN in repr(hidden)


@pytest.mark.parametrize(
    ("written", "hidden"),
    [
        ("pull with canary-password-c850c88a2871c30ebedb44f9", f"pull with {HIDDEN}"),
        ("(as agreed: c850c88a2871c30ebedb44f9)\tby mail", f"(as agreed: {HIDDEN})\tby mail"),
        ("c4n4ry7" * 12 + "c4==", HIDDEN),
        ("ghp_" + "c4n4ry7" * 6, HIDDEN),
        ("old: sk-" + "c4n4ry-7" * 4, f"old: {HIDDEN}"),
    ],
)
def test_no_secret_survives_in_what_somebody_wrote_beside(written: str, hidden: str) -> None:
    assert redact({"metadata": {"remark": written}}) == {"metadata": {"remark": hidden}}


def test_redaction_keeps_structure_and_what_is_no_secret() -> None:
    data = {
        "id": "/subscriptions/x",
        "properties": {
            "keyVault": "/subscriptions/x/vaults/kv",
            "keyVaultProperties": {"keyIdentifier": "https://kv.vault.azure.net/keys/k"},
            "credentials": {"credentialsType": "ServicePrincipal", "tenantId": "t", "clientId": "c", "secrets": None},
            "isDefault": True,
            "key": "",
            "nodes": [1, 2.5, None, "three"],
            "partitionKey": "region",
        },
        "description": "Made of 3f786850e387550fdab836ed7e6dc881de23001b, see https://dev.contoso.example/a1b2c3d4e5f6a7b8c9d0e1f2 and "
        "run 0a1b2c3d-1111-2222-3333-444455556666 (olive_engine_4k1b2c3d)",
        "metadata": {"AccountName": "frauddata20260101abcd1234", "build": "a1b2c3d4e5f6a7b8c9d0e1f2"},
    }
    assert redact(data) == data


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["key", "a", "secrets", "sasToken", "type"]), inner),
        max_leaves=12,
    )
)
def test_redaction_keeps_the_shape_of_anything_and_is_a_fixed_point(data: object) -> None:
    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {key: shape(item) for key, item in value.items()}
        return [shape(item) for item in value] if isinstance(value, list) else ...

    assert shape(redact(data)) == shape(data)
    assert redact(redact(data)) == redact(data)


JWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL21hbmFnZW1lbnQifQ.c2lnbmF0dXJl-_x"


@pytest.mark.parametrize(
    "line",
    [
        f"Authorization: Bearer {CANARY}",
        f"authorization=Bearer {JWT}",
        f"got {JWT}",
        f"GET https://a.blob.core.windows.net/c?sv=1&sig={CANARY}&se=2 403",
        f"client_id=x&client_secret={CANARY}&grant_type=client_credentials",
        f'{{"client_secret": "{CANARY}", "a": 1}}',
        f"{{'password': '{CANARY} with a space'}}",
        f"AccountName=a;AccountKey={CANARY};EndpointSuffix=core.windows.net",
        f"SharedAccessKeyName=n;SharedAccessKey={CANARY}",
        f"https://user:{CANARY}@host/path",
        f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
    ],
)
def test_no_secret_survives_in_a_log_line(line: str) -> None:
    hidden = redact_text(line)
    assert HIDDEN in hidden
    assert CANARY not in hidden and CANARY[:9] not in hidden and JWT not in hidden
    assert redact_text(hidden) == hidden


@pytest.mark.parametrize(
    "line", ["GET /subscriptions/x?api-version=2024-10-01 200", "3 computes, 2 running", "keyVault: kv-prod", "design=7 sign=in"]
)
def test_a_line_without_secrets_stays(line: str) -> None:
    assert redact_text(line) == line
