"""Name rules and ARM ids."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.names import compute_name_fault, workspace_name_fault
from console.domain.scopes import WorkspaceRef, key, same_id, segments
from tests.properties import steady

ID = (
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg"
    "/providers/Microsoft.MachineLearningServices/workspaces/ws/computes/c1"
)


@pytest.mark.parametrize("name", ["abc", "Abc", "a-b", "nb-grace", "gpu-v100x", "a" * 24, "a1-2b", "abc-"])
def test_names_that_arm_takes(name: str) -> None:
    assert compute_name_fault(name) is None


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("", "3 to 24"),
        ("ab", "3 to 24"),
        ("a" * 25, "3 to 24"),
        ("1abc", "letter"),
        ("-abc", "letter"),
        ("éabc", "letter"),
        ("nb-1", "hyphen and digits"),
        ("nb-x-007", "hyphen and digits"),
        ("nb_grace", "letters, digits and hyphens"),
        ("nb grace", "letters, digits and hyphens"),
        ("nbé", "letters, digits and hyphens"),
        ("abc\n", "letters, digits and hyphens"),
        ("abc\x1b", "letters, digits and hyphens"),
    ],
)
def test_names_that_arm_refuses_with_the_reason(name: str, word: str) -> None:
    assert word in (compute_name_fault(name) or "")


@steady
@given(st.text(st.sampled_from("aZ09-_ .\né"), max_size=26))
def test_the_verdict_is_that_of_the_published_pattern(name: str) -> None:
    published = r"[a-zA-Z](?![a-zA-Z0-9-]*-\d+$)[a-zA-Z0-9\-]{2,23}"
    assert (compute_name_fault(name) is None) is (re.fullmatch(published, name) is not None)


@pytest.mark.parametrize(
    ("name", "fine"), [("ws1", True), ("1_w-s", True), ("w" * 33, True), ("w" * 34, False), ("_ws", False), ("ws1\n", False)]
)
def test_workspace_names(name: str, fine: bool) -> None:
    assert (workspace_name_fault(name) is None) is fine


def test_a_workspace_is_read_from_every_id_in_it() -> None:
    ref = WorkspaceRef("11111111-1111-1111-1111-111111111111", "rg", "ws")
    assert WorkspaceRef.parse(ID) == ref
    assert WorkspaceRef.parse(ref.id) == ref
    assert ID.startswith(ref.id)
    assert WorkspaceRef.parse(ref.id.replace("resourceGroups", "RESOURCEGROUPS") + "/") == ref


@pytest.mark.parametrize("wrong", ["", "/", "/subscriptions/x", "/subscriptions/x/resourceGroups/rg", "nonsense", "/workspaces/ws"])
def test_an_id_without_a_workspace_says_so(wrong: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(wrong))):
        WorkspaceRef.parse(wrong)


def test_segments_and_comparison_ignore_case() -> None:
    assert segments(ID)["computes"] == "c1"
    assert segments(ID.upper())["resourcegroups"] == "RG"
    assert same_id(ID, ID.upper() + "/")
    assert not same_id(ID, ID + "2")
    assert key(ID.upper() + "//") == ID.lower()
