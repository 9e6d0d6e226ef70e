"""Which kind of resource a text of the CLI's YAML describes."""

from __future__ import annotations

import pytest

from console.operations.yaml_kinds import kind_of

SCHEMA = "$schema: https://azuremlschemas.azureedge.net/latest/"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("type: amlcompute", "compute"),
        ("type: AmlCompute", "compute"),
        ("type: azure_file", "datastore"),
        ("type: one_lake", "datastore"),
        ("type: azure_data_lake_gen1", "datastore"),
        ("type: azure_blob\naccount_name: a\ncontainer_name: c", "datastore"),
        ("type: azure_blob\naccount_name: a\ncontainer_name: c\ncredentials: {account_key: k}", "datastore"),
        ("type: azure_blob\naccount_name: a\ncontainer_name: c\nurl: u", "connection"),
        ("type: azure_data_lake_gen2\nfilesystem: f", "datastore"),
        ("type: azure_data_lake_gen2\ntarget: t", "connection"),
        ("type: azure_blob\ncredentials: {type: aad}", "connection"),
        ("type: git", "connection"),
        (f"{SCHEMA}azureBlob.schema.json\nurl: u", "datastore"),
        (f"{SCHEMA}workspaceConnection.schema.json\ntype: azure_blob", "connection"),
        (f"{SCHEMA}amlCompute.schema.json", "compute"),
        (f"{SCHEMA}commandJob.schema.json\ntype: command", ""),
        ("name: x", ""),
        ("- a", ""),
        ("", ""),
    ],
)
def test_it_is_told_by_schema_type_and_shape(text: str, kind: str) -> None:
    assert kind_of(text) == kind
