"""Where the settings come from, which wins, and how a wrong one is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from console.settings import AZURE, CLOUDS, Settings, SettingsError, load, private_dir, read_cloud

SUB_A = "aaaaaaaa-0000-4000-8000-000000000001"
SUB_B = "bbbbbbbb-0000-4000-8000-000000000002"
TENANT_A = "aaaaaaaa-1111-4000-8000-000000000001"
TENANT_B = "bbbbbbbb-1111-4000-8000-000000000002"


class House:
    """A home directory with the files that settings are read from."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.cwd = root / "work" / "deep" / "down"
        self.cwd.mkdir(parents=True)
        self.config = self.write(self.home / ".config/aml-console/config.toml", "")
        self.config.unlink()

    def write(self, path: Path, text: str, encoding: str = "utf-8") -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding)
        return path

    def az(self, defaults: str = "", folder: str = ".azure") -> None:
        profile = {
            "subscriptions": [
                {"id": SUB_A, "name": "contoso-prod", "tenantId": TENANT_A, "isDefault": True, "state": "Enabled"},
                {"id": SUB_B, "name": "Contoso Dev", "tenantId": TENANT_B, "isDefault": False, "state": "Enabled"},
            ]
        }
        self.write(self.home / folder / "azureProfile.json", json.dumps(profile), "utf-8-sig")
        self.write(self.home / folder / "config", defaults)

    def load(self, environ: dict[str, str] | None = None, **flags: object) -> Settings:
        return load(flags, environ or {}, self.home, self.cwd)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def where(settings: Settings) -> tuple[str | None, str | None, str | None, str | None]:
    return settings.subscription, settings.resource_group, settings.workspace, settings.tenant


def test_with_nothing_told_azure_opens_read_only_and_where_is_still_to_be_picked(house: House) -> None:
    settings = house.load()
    assert where(settings) == (None, None, None, None)
    assert (settings.mode, settings.mode_source, settings.signin, settings.emulated) == ("read-only", "default", "auto", False)
    assert settings.state_dir == house.home / ".local/state/aml-console"
    assert settings.log_file == settings.state_dir / "aml-console.log"


def test_az_defaults_are_used_and_bring_their_tenant(house: House) -> None:
    house.az("[defaults]\ngroup = ml-rg\nworkspace = fraud\n")
    assert where(house.load()) == (SUB_A, "ml-rg", "fraud", TENANT_A)


def test_azure_config_dir_is_honoured(house: House) -> None:
    house.az("[defaults]\ngroup = elsewhere\n", folder="az-of-another")
    assert where(house.load({"AZURE_CONFIG_DIR": str(house.home / "az-of-another")})) == (SUB_A, "elsewhere", None, TENANT_A)


def test_a_subscription_is_known_by_its_name_too(house: House) -> None:
    house.az()
    assert where(house.load(subscription="contoso dev")) == (SUB_B, None, None, TENANT_B)


def test_each_source_is_overruled_by_the_one_before_it(house: House) -> None:
    house.az("[defaults]\ngroup = az\nworkspace = az\n")
    house.write(house.cwd.parent / ".azureml/config.json", json.dumps({"resource_group": "folder", "workspace_name": "folder"}))
    assert where(house.load())[1:3] == ("folder", "folder")
    house.write(house.config, 'resource_group = "file"\nworkspace = "file"\n[contexts.dev]\nresource_group = "dev"\nworkspace = "dev"\n')
    assert where(house.load())[1:3] == ("file", "file")
    assert where(house.load(context="dev"))[1:3] == ("dev", "dev")
    environ = {"AML_CONSOLE_RESOURCE_GROUP": "env", "AML_CONSOLE_WORKSPACE": "env"}
    assert where(house.load(environ, context="dev"))[1:3] == ("env", "env")
    assert where(house.load(environ, context="dev", resource_group="flag", workspace="flag"))[1:3] == ("flag", "flag")


def test_the_consoles_own_variables_come_before_azures(house: House) -> None:
    azures = {"AZURE_SUBSCRIPTION_ID": SUB_A, "AZURE_TENANT_ID": TENANT_A}
    assert where(house.load(azures)) == (SUB_A, None, None, TENANT_A)
    assert where(house.load(azures | {"AML_CONSOLE_SUBSCRIPTION": SUB_B, "AML_CONSOLE_TENANT": TENANT_B})) == (SUB_B, None, None, TENANT_B)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"subscription": SUB_B}, (SUB_B, None, None, TENANT_B)),
        ({"subscription": SUB_A.upper()}, (SUB_A.upper(), "ml-rg", "fraud", TENANT_A)),
        ({"resource_group": "other-rg"}, (SUB_A, "other-rg", None, TENANT_A)),
        ({"workspace": "other"}, (SUB_A, "ml-rg", "other", TENANT_A)),
    ],
)
def test_a_default_never_follows_a_subscription_or_group_that_was_overruled(
    house: House, flags: dict[str, str], expected: tuple[str | None, ...]
) -> None:
    house.az("[defaults]\ngroup = ml-rg\nworkspace = fraud\n")
    assert where(house.load(**flags)) == expected


def test_the_mode_says_where_it_came_from(house: House) -> None:
    house.write(house.config, 'mode = "write"\ncontext = "dev"\n[contexts.dev]\nmode = "read-only"\n[contexts.lab]\n')
    assert (house.load().mode, house.load().mode_source) == ("read-only", "context dev")
    assert (house.load(context="lab").mode, house.load(context="lab").mode_source) == ("write", "config.toml")
    assert (house.load(write=True).mode, house.load(write=True).mode_source) == ("write", "--write")
    assert house.load(context="lab", read_only=True).mode == "read-only"


def test_an_emulator_opens_in_write_mode_and_knows_nothing_of_ones_azure(house: House) -> None:
    house.az("[defaults]\ngroup = ml-rg\n")
    house.write(
        house.config, f'mode = "read-only"\nsubscription = "{SUB_B}"\ncontext = "dev"\nview = "cost"\n[contexts.dev]\ntenant = "t"\n'
    )
    environ = {"AML_CONSOLE_SUBSCRIPTION": SUB_A, "AZURE_TENANT_ID": TENANT_A}
    for settings in (house.load(environ, demo=True), house.load(environ, cloud_file="/run/cloud.json")):
        assert where(settings) == (None, None, None, None)
        assert (settings.mode, settings.signin, settings.context, settings.view) == ("write", "emulator", None, "cost")
    assert house.load(demo=True, read_only=True).mode == "read-only"
    assert house.load(demo=True, identity="reader", workspace="w").identity == "reader"
    assert house.load(demo=True, signin="device-code").signin == "device-code"


def test_a_context_brings_all_that_it_names(house: House) -> None:
    house.write(
        house.config,
        f'protected = ["a"]\n[contexts.prod]\nsubscription = "{SUB_A}"\nidentity = "client"\nsignin = "managed-identity"\n'
        'colour = "red"\nprotected = ["fraud-prod"]\n[contexts.lab]\n',
    )
    prod = house.load({"AML_CONSOLE_CONTEXT": "prod"})
    assert (prod.subscription, prod.identity, prod.signin, prod.colour) == (SUB_A, "client", "managed-identity", "red")
    assert prod.protected == ("fraud-prod",)
    assert house.load(context="lab").protected == ("a",)
    assert set(prod.contexts) == {"prod", "lab"}


@pytest.mark.parametrize(
    ("flags", "place"),
    [
        ({"write": True, "read_only": True}, "--write, --read-only"),
        ({"demo": True, "cloud_file": "x"}, "--demo, --cloud-file"),
        ({"demo": True, "context": "x"}, "--context"),
        ({"demo": True, "signin": "az"}, "--signin"),
        ({"demo": True, "signin": "device-code", "identity": "reader"}, "--signin, --as"),
        ({"identity": "reader"}, "--as"),
        ({"signin": "password"}, "--signin"),
        ({"context": "nowhere"}, "--context"),
        ({"config": "/nowhere/config.toml"}, "/nowhere/config.toml"),
    ],
)
def test_contradictory_flags_are_refused_by_name(house: House, flags: dict[str, object], place: str) -> None:
    with pytest.raises(SettingsError) as refused:
        house.load(**flags)
    assert refused.value.place == place
    assert refused.value.sentence


@pytest.mark.parametrize(
    ("text", "line", "names"),
    [
        ('# a comment\nsubscripton = "x"\n', 2, "`subscripton`"),
        ('view = "cost"\n\nworkspace = 3\n', 3, "`workspace`"),
        ('mode = "admin"\n', 1, "read-only, write"),
        ('protected = ["a", 1]\n', 1, "`protected`"),
        ('[contexts.prod]\ntenant = "t"\ncolor = "red"\n', 3, "`contexts.prod.color`"),
        ('[contexts]\nprod = "x"\n', 2, "`contexts.prod`"),
        ('[contexts."a b"]\nsignin = "emulator"\n', 2, "managed-identity"),
        ("contexts.prod.mode = 1\n", 1, "`contexts.prod.mode`"),
        ("[server]\nport = 1\n", 1, "`server`"),
    ],
)
def test_a_wrong_setting_is_named_with_file_key_and_line(house: House, text: str, line: int, names: str) -> None:
    house.write(house.config, text)
    with pytest.raises(SettingsError) as refused:
        house.load()
    assert refused.value.place == f"{house.config}:{line}"
    assert names in refused.value.sentence


def test_damaged_files_are_named(house: House) -> None:
    cases = {
        house.config: "mode = ",
        house.cwd / ".azureml/config.json": '{"subscription_id": 3}',
        house.home / ".azure/azureProfile.json": '{"subscriptions": [{"name": "no id"}]}',
        house.home / ".azure/config": "no section\n",
    }
    for path, text in cases.items():
        house.write(path, text)
        with pytest.raises(SettingsError) as refused:
            house.load()
        assert refused.value.place == str(path)
        path.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(SettingsError) as refused:
            house.load()
        assert refused.value.place == str(path)
        path.unlink()
    house.load()


@hypothesis_settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_in_a_config_file_crash_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_bytes(content)
    try:
        load({"config": path, "demo": True}, {}, path.parent, path.parent)
    except SettingsError as refused:
        assert refused.place.startswith(str(path))


def test_xdg_directories_are_honoured_unless_relative(house: House) -> None:
    settings = house.load({"XDG_STATE_HOME": "/var/s", "XDG_CACHE_HOME": "relative", "XDG_CONFIG_HOME": "/var/c"})
    assert settings.state_dir == Path("/var/s/aml-console")
    assert settings.cache_dir == house.home / ".cache/aml-console"
    assert settings.config_path == Path("/var/c/aml-console/config.toml")


def test_a_private_directory_is_the_owners_alone(tmp_path: Path) -> None:
    made = private_dir(tmp_path / "a" / "b")
    assert made.stat().st_mode & 0o777 == 0o700
    made.chmod(0o755)
    assert private_dir(made).stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError):
        private_dir(tmp_path / "file")


# The cloud file


@pytest.fixture
def ready(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "ca.pem").write_text("")
    url = "https://127.0.0.1:8443"
    identity = {"name": "admin", "object_id": "o", "client_id": "c", "client_secret": "canary-secret", "summary": "Owner"}
    return {
        "resource_manager": url,
        "authority": url,
        "graph": url,
        "prices": url,
        "vaults": {"kv": url},
        "storage": None,
        "ca_file": "ca.pem",
        "tenant_id": TENANT_A,
        "subscriptions": [{"id": SUB_A, "name": "contoso"}],
        "control_token": "canary-token",
        "workspaces": [{"subscription_id": SUB_A, "resource_group": "rg", "name": "w", "location": "eastus"}],
        "identities": [identity],
    }


def test_a_cloud_file_is_read_and_its_secrets_are_not(tmp_path: Path, ready: dict[str, Any]) -> None:
    path = tmp_path / "cloud.json"
    path.write_text(json.dumps(ready))
    cloud = read_cloud(path)
    assert cloud.emulated and not AZURE.emulated
    assert cloud.ca_file == str(tmp_path / "ca.pem")
    found = cloud.identity("admin")
    assert found is not None and found.client_id == "c"
    assert cloud.identity("nobody") is None
    assert "canary" not in repr(cloud)


def changed(key: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda ready: ready.update({key: value})


@pytest.mark.parametrize(
    ("damage", "names"),
    [
        (lambda ready: ready.pop("authority"), "authority"),
        (lambda ready: ready.pop("ca_file"), "ca_file"),
        (lambda ready: ready["identities"][0].pop("client_id"), "identities"),
        (changed("tenant_id", 4), "tenant_id"),
        (changed("ca_file", "missing.pem"), "missing.pem"),
        (changed("resource_manager", "https://management.azure.com"), "loopback"),
        (changed("authority", "http://127.0.0.1:1"), "https"),
        (changed("graph", "https://127.0.0.1.evil.example"), "loopback"),
        (changed("graph", "https://[::1"), "loopback"),
    ],
)
def test_a_wrong_cloud_file_is_told(tmp_path: Path, ready: dict[str, Any], damage: Callable[[dict[str, Any]], object], names: str) -> None:
    damage(ready)
    path = tmp_path / "cloud.json"
    path.write_text(json.dumps(ready))
    with pytest.raises(SettingsError) as refused:
        read_cloud(path)
    assert refused.value.place == str(path)
    assert names in refused.value.sentence
    assert "canary" not in str(refused.value)


def test_a_missing_or_damaged_cloud_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cloud.json"
    for content in (None, b"", b"{", b"[]", b"\xff"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(SettingsError) as refused:
            read_cloud(path)
        assert refused.value.place == str(path)


def test_settings_import_neither_azure_nor_textual() -> None:
    script = "import sys, console.settings; sys.exit(any(m.split('.')[0] in ('azure', 'textual', 'asyncio') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


# Where each setting came from


def test_every_setting_tells_its_source(house: House) -> None:
    house.az("[defaults]\ngroup = ml-rg\nworkspace = fraud\n")
    house.write(
        house.config,
        'theme = "nord"\nmode = "write"\ncontext = "dev"\nprotected = ["a"]\n[keys]\ncompute.stop = "x"\n'
        '[contexts.dev]\nidentity = "client"\n',
    )
    settings = house.load({"AML_CONSOLE_WORKSPACE": "other"}, clipboard="file", theme="dracula")
    sources = settings.sources
    assert sources["theme"] == "--theme"
    assert sources["workspace"] == "AML_CONSOLE_WORKSPACE"
    assert sources["resource_group"].startswith("az defaults")
    assert sources["subscription"].startswith("az defaults")
    assert sources["mode"] == f"{house.config}:2"
    assert sources["protected"] == f"{house.config}:4"
    assert sources["keys.compute.stop"] == f"{house.config}:6"
    assert sources["identity"] == f"context dev ({house.config}:8)"
    assert "view" not in sources


# The sovereign clouds


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"flags": {"cloud": "usgov"}, "environ": {"AML_CONSOLE_CLOUD": "china"}}, ("usgov", "--cloud")),
        ({"environ": {"AML_CONSOLE_CLOUD": "china", "AZURE_CLOUD_NAME": "AzureUSGovernment"}}, ("china", "AML_CONSOLE_CLOUD")),
        ({"environ": {"AZURE_CLOUD_NAME": "AzureUSGovernment"}, "config": 'cloud = "china"\n'}, ("usgov", "AZURE_CLOUD_NAME")),
        ({"config": 'cloud = "china"\n', "az": "[cloud]\nname = AzureUSGovernment\n"}, ("china", "config.toml:1")),
        ({"az": "[cloud]\nname = AzureUSGovernment\n"}, ("usgov", "az")),
        ({"az": "[cloud]\nname = AzureCloud\n"}, ("public", "az")),
        ({}, ("public", None)),
    ],
)
def test_which_azure(house: House, source: dict[str, Any], expected: tuple[str, str | None]) -> None:
    if "az" in source:
        house.az(source["az"])
    house.write(house.config, source.get("config", ""))
    settings = house.load(source.get("environ"), **source.get("flags", {}))
    assert settings.cloud == expected[0]
    assert (expected[1] or "") in settings.sources.get("cloud", "")
    assert ("cloud" in settings.sources) == (expected[1] is not None)


def test_an_unknown_cloud_is_told(house: House) -> None:
    for environ in ({"AML_CONSOLE_CLOUD": "moon"}, {"AZURE_CLOUD_NAME": "AzureGermanCloud"}):
        with pytest.raises(SettingsError) as refused:
            house.load(environ)
        assert refused.value.place == next(iter(environ))
    house.az("[cloud]\nname = AzureStackHere\n")
    with pytest.raises(SettingsError) as refused:
        house.load()
    assert refused.value.place == str(house.home / ".azure/config") and "--cloud" in refused.value.sentence
    assert house.load(cloud="public").cloud == "public"
    assert house.load(demo=True).cloud == "public"


CLIENTS = """
import json
from azure.ai.ml._azure_environments import AzureEnvironments as Ml, EndpointURLS, _environments
from azure.core import AzureClouds
from azure.identity import AzureAuthorityHosts as Hosts
from azure.mgmt.core.tools import get_arm_endpoints

named = {
    "public": (AzureClouds.AZURE_PUBLIC_CLOUD, Hosts.AZURE_PUBLIC_CLOUD, Ml.ENV_DEFAULT),
    "china": (AzureClouds.AZURE_CHINA_CLOUD, Hosts.AZURE_CHINA, Ml.ENV_CHINA),
    "usgov": (AzureClouds.AZURE_US_GOVERNMENT, Hosts.AZURE_GOVERNMENT, Ml.ENV_US_GOVERNMENT),
}
print(json.dumps({name: [get_arm_endpoints(arm), authority, _environments[ml]] for name, (arm, authority, ml) in named.items()}))
"""


def test_the_clouds_are_those_of_microsofts_own_clients() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", CLIENTS], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told.keys() == CLOUDS.keys()
    for name, (endpoints, authority, urls) in told.items():
        cloud = CLOUDS[name]
        assert f"{cloud.resource_manager}/" == endpoints["resource_manager"]
        assert [f"{cloud.arm_audience}/.default"] == endpoints["credential_scopes"]
        assert cloud.authority == f"https://{authority}"
        assert f"{cloud.studio}/" == urls["aml_resource_id"]
        assert f"{cloud.portal}/" == urls["azure_portal"]
