"""Settings: flags > environment > context > config.toml > az defaults."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast, get_args

import msgspec

from console.cloud import AZURE, CLOUDS, Cloud, CloudIdentity, read_cloud
from console.config_file import (
    ClipboardMode,
    CloudName,
    Config,
    Context,
    CostTable,
    KitTable,
    Mode,
    SettingsError,
    SignInMethod,
    SshProfile,
    read_config,
)

__all__ = [
    "AZURE",
    "CLOUDS",
    "Cloud",
    "CloudIdentity",
    "Context",
    "Mode",
    "Settings",
    "SettingsError",
    "az_profile",
    "load",
    "private_dir",
    "read_cloud",
]

#: What az calls the clouds (`az cloud list`), in its config file and in AZURE_CLOUD_NAME.
AZ_CLOUDS: Mapping[str, CloudName] = {"AzureCloud": "public", "AzureChinaCloud": "china", "AzureUSGovernment": "usgov"}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What this run of the console was told: where, as whom, how.

    `subscription` is a GUID, or a display name that `az` does not know; None: still to be picked. `identity` is `--as NAME`
    on an emulator, on Azure the client id of a user-assigned managed identity. `protected` are names of workspaces,
    `required_tags` names of tags that whatever is made must have. `ascii` is None
    where the locale decides. `sources` tells where each setting came from: a flag, a variable, a file and line, "default".
    """

    subscription: str | None
    resource_group: str | None
    workspace: str | None
    tenant: str | None
    view: str | None
    mode: Mode
    mode_source: str
    cloud_file: Path | None
    identity: str | None
    demo: bool
    signin: SignInMethod | Literal["emulator"]
    theme: str | None
    colour: str | None
    protected: tuple[str, ...]
    required_tags: tuple[str, ...]
    context: str | None
    contexts: Mapping[str, Context]
    config_path: Path
    state_dir: Path
    cache_dir: Path
    log_file: Path
    cloud: CloudName = "public"
    ascii: bool | None = None
    clipboard: ClipboardMode = "auto"
    ssh: SshProfile = "auto"
    keys: Mapping[str, str] = msgspec.field(default_factory=dict)
    kits: Mapping[str, KitTable] = msgspec.field(default_factory=dict)
    cost: CostTable = msgspec.field(default_factory=CostTable)
    sources: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def emulated(self) -> bool:
        """Whether the console opens on an emulator."""
        return self.demo or self.cloud_file is not None


class _Scope(NamedTuple):
    """Where one source points to."""

    subscription: str | None = None
    resource_group: str | None = None
    workspace: str | None = None
    tenant: str | None = None


def private_dir(path: Path) -> Path:
    """`path` as a directory that its owner alone can enter (0700), made where it is missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        if path.stat().st_mode & 0o077:
            path.chmod(0o700)
    except OSError as error:
        raise SettingsError(str(path), f"cannot be a private directory: {error.strerror}") from error
    return path


def load(flags: Mapping[str, object], environ: Mapping[str, str], home: Path, cwd: Path | None = None) -> Settings:
    """The settings of this run.

    `flags` are the command line's by argument name: subscription, resource_group, workspace, tenant, cloud, context, view,
    read_only, write, cloud_file, identity, demo, config, log_file, theme, signin, ascii, ssh. None and False mean "not given"; others
    are ignored. Raises SettingsError naming the flag, variable or file that is wrong.
    """
    told = {name: str(value) for name, value in flags.items() if value is not None and value is not False}
    emulated = "demo" in told or "cloud_file" in told
    _reject_contradictions(told, emulated)
    named = bool(told.get("config") or environ.get("AML_CONSOLE_CONFIG"))
    config_path, state_dir, cache_dir = folders(told, environ, home)
    config = read_config(config_path, must_exist=named)
    name, context = (None, Context()) if emulated else _context(told, environ, config, config_path)
    choice = _Choice(told, name, context, config)
    from_context: dict[str, str] = {}
    if context.cloud_file:
        emulated = True
        from_context = {key: value for key in ("cloud_file", *_Scope._fields) if (value := getattr(context, key)) and key not in told}
        told |= from_context

    scope = _Scope(*(told.get(name) for name in _Scope._fields))
    choice.sources |= {key: flag(key) for key in ("cloud_file", "identity", *_Scope._fields) if key in told}
    choice.sources |= {key: choice.place_in_context(key) for key in from_context}
    if not emulated:
        scope = _scope(scope, environ, choice, home, cwd or Path.cwd())
    mode, mode_source = _mode(told, emulated, name, context, config)
    choice.sources["mode"] = config.places.get("mode", mode_source) if mode_source == "config.toml" else mode_source
    log_file = choice.of("log_file")
    return Settings(
        **scope._asdict(),
        view=choice.of("view"),
        mode=mode,
        mode_source=mode_source,
        cloud_file=Path(told["cloud_file"]).expanduser() if "cloud_file" in told else None,
        identity=told.get("identity") or context.identity if emulated else choice.of("identity"),
        demo="demo" in told,
        signin="emulator" if emulated and "signin" not in told else _signin(choice),
        theme=choice.of("theme"),
        colour=choice.of("colour"),
        protected=choice.of("protected") or (),
        required_tags=choice.of("required_tags") or (),
        context=name,
        contexts=config.contexts,
        config_path=config_path,
        state_dir=state_dir,
        cache_dir=cache_dir,
        log_file=Path(log_file).expanduser() if log_file else state_dir / "aml-console.log",
        cloud="public" if emulated else _cloud(choice, environ, home),
        ascii=True if "ascii" in told else choice.of("ascii"),
        clipboard=choice.of("clipboard") or "auto",
        ssh=choice.of("ssh") or "auto",
        keys=config.keys,
        kits=config.kits,
        cost=config.cost,
        sources=choice.sources | {name: place for name, place in config.places.items() if name.startswith(("keys.", "kits.", "cost."))},
    )


def folders(flags: Mapping[str, object], environ: Mapping[str, str], home: Path) -> tuple[Path, Path, Path]:
    """Where the config file is looked for, and the folders for what must be kept and for what can be fetched again."""
    named = flags.get("config") or environ.get("AML_CONSOLE_CONFIG")
    config = Path(str(named)) if named else _xdg(environ, home, "CONFIG", ".config") / "config.toml"
    return config, _xdg(environ, home, "STATE", ".local/state"), _xdg(environ, home, "CACHE", ".cache")


def flag(name: str) -> str:
    """The flag of an argument name, as it is typed."""
    return {"identity": "--as"}.get(name, f"--{name.replace('_', '-')}")


class _Choice(msgspec.Struct):
    """What flags, context and config.toml tell of one setting: the first of them counts, and `sources` keeps which it was."""

    told: Mapping[str, str]
    name: str | None
    context: Context
    config: Config
    sources: dict[str, str] = msgspec.field(default_factory=dict)

    def of(self, setting: str) -> Any:
        """The setting's value; None where nobody tells it."""
        if setting in self.told:
            self.sources[setting] = flag(setting)
            return self.told[setting]
        if (value := getattr(self.context, setting, None)) is not None:
            self.sources[setting] = self.place_in_context(setting)
            return value
        if (value := getattr(self.config, setting, None)) is not None:
            self.sources[setting] = self.config.places.get(setting, "config.toml")
        return value

    def place_in_context(self, setting: str) -> str:
        place = self.config.places.get(f"contexts.{self.name}.{setting}")
        return f"context {self.name} ({place})" if place else f"context {self.name}"


def _xdg(environ: Mapping[str, str], home: Path, kind: str, fallback: str) -> Path:
    base = environ.get(f"XDG_{kind}_HOME", "")
    # A relative path is invalid by the XDG specification, and to be ignored.
    return (Path(base) if os.path.isabs(base) else home / fallback) / "aml-console"


def _reject_contradictions(told: Mapping[str, str], emulated: bool) -> None:
    if "write" in told and "read_only" in told:
        raise SettingsError("--write, --read-only", "give one of them, not both")
    if "demo" in told and "cloud_file" in told:
        raise SettingsError("--demo, --cloud-file", "give one of them: --demo starts an emulator, --cloud-file joins one that runs")
    if emulated and "context" in told:
        raise SettingsError("--context", "a context is a place on Azure; an emulator has none")
    if emulated and "cloud" in told:
        raise SettingsError("--cloud", "names one of Azure's clouds; an emulator is a cloud of its own")
    if emulated and told.get("signin", "device-code") != "device-code":
        sentence = "an emulator has identities of its own: choose one with --as NAME, or be a person there with --signin device-code"
        raise SettingsError("--signin", sentence)
    if emulated and "signin" in told and "identity" in told:
        raise SettingsError("--signin, --as", "give one of them: who one is by device code says whoever approves the code")
    if "identity" in told and not emulated:
        raise SettingsError("--as", "names an identity of an emulator: give --demo or --cloud-file too")


def _mode(told: Mapping[str, str], emulated: bool, name: str | None, context: Context, config: Config) -> tuple[Mode, str]:
    if "write" in told:
        return "write", "--write"
    if "read_only" in told:
        return "read-only", "--read-only"
    if emulated and not context.mode:
        return "write", "emulator"
    if context.mode:
        return context.mode, f"context {name}"
    if config.mode:
        return config.mode, "config.toml"
    return "read-only", "default"


def _signin(choice: _Choice) -> SignInMethod:
    found = choice.of("signin") or "auto"
    if found not in get_args(SignInMethod):
        raise SettingsError("--signin", f"{found!r} is not one of {', '.join(get_args(SignInMethod))}")
    return cast(SignInMethod, found)


def _cloud(choice: _Choice, environ: Mapping[str, str], home: Path) -> CloudName:
    """Which Azure. az's own setting counts last: where it names a cloud that this console does not know, it must be told another."""
    if "cloud" not in choice.told:
        for name, of in (("AML_CONSOLE_CLOUD", get_args(CloudName)), ("AZURE_CLOUD_NAME", tuple(AZ_CLOUDS))):
            if found := environ.get(name):
                if found not in of:
                    raise SettingsError(name, f"{found!r} is not one of {', '.join(of)}")
                choice.sources["cloud"] = name
                return AZ_CLOUDS.get(found, cast(CloudName, found))
    if (found := choice.of("cloud")) is not None:
        if found not in CLOUDS:
            raise SettingsError(choice.sources["cloud"], f"{found!r} is not one of {', '.join(CLOUDS)}")
        return cast(CloudName, found)
    path, found = _az_folder(environ, home) / "config", _az_config(environ, home, "cloud").get("name")
    if found is None:
        return "public"
    if found not in AZ_CLOUDS:
        raise SettingsError(
            str(path), f"az works on the cloud {found!r}, which this console does not know; give --cloud {', '.join(CLOUDS)}"
        )
    choice.sources["cloud"] = f"az ({path})"
    return AZ_CLOUDS[found]


def _context(told: Mapping[str, str], environ: Mapping[str, str], config: Config, path: Path) -> tuple[str | None, Context]:
    sources = (
        ("--context", told.get("context")),
        ("AML_CONSOLE_CONTEXT", environ.get("AML_CONSOLE_CONTEXT")),
        (str(path), config.context),
    )
    for place, name in sources:
        if name:
            if name not in config.contexts:
                raise SettingsError(place, f"{path} has no context {name!r}; it has: {', '.join(config.contexts) or 'none'}")
            return name, config.contexts[name]
    return None, Context()


# Where: each part of the scope from the nearest source that tells it


def _scope(flags: _Scope, environ: Mapping[str, str], choice: _Choice, home: Path, cwd: Path) -> _Scope:
    profile = az_profile(environ, home)
    by_name = {str(each.get("name")).casefold(): each["id"] for each in profile}
    context, config = choice.context, choice.config
    own = {name: f"AML_CONSOLE_{name.upper()}" for name in _Scope._fields}
    azures = {"subscription": "AZURE_SUBSCRIPTION_ID", "tenant": "AZURE_TENANT_ID"}
    folder, folder_path = _azureml_folder(cwd)
    places: list[tuple[_Scope, Callable[[str], str]]] = [
        (flags, flag),
        (_Scope(**{name: environ.get(variable) for name, variable in own.items()}), lambda name: own[name]),
        (_Scope(**{name: environ.get(variable) for name, variable in azures.items()}), lambda name: azures[name]),
        (_Scope(*(getattr(context, name) for name in _Scope._fields)), choice.place_in_context),
        (_Scope(*(getattr(config, name) for name in _Scope._fields)), lambda name: config.places.get(name, "config.toml")),
        (folder, lambda name: str(folder_path)),
        (_az_defaults(profile, environ, home), lambda name: f"az defaults ({_az_folder(environ, home)})"),
    ]
    scope = _Scope()
    for source, place in places:
        given = source.subscription
        below = _below(scope, source._replace(subscription=by_name.get(given.casefold(), given) if given else None))
        choice.sources |= {
            name: place(name) for name in _Scope._fields if getattr(scope, name) is None and getattr(below, name) is not None
        }
        scope = below
    if scope.tenant is None:
        tenants = {each["id"]: each.get("tenantId") for each in profile}
        scope = scope._replace(tenant=tenants.get(scope.subscription))
        if scope.tenant is not None:
            choice.sources["tenant"] = f"az, with the subscription ({_az_folder(environ, home) / 'azureProfile.json'})"
    return scope


def _below(above: _Scope, source: _Scope) -> _Scope:
    """`above`, filled up from `source`, but not with a group of another subscription or a workspace of another group."""
    if _differ(above.subscription, source.subscription):
        return above
    above = above._replace(subscription=above.subscription or source.subscription or None, tenant=above.tenant or source.tenant or None)
    if _differ(above.resource_group, source.resource_group):
        return above
    return above._replace(
        resource_group=above.resource_group or source.resource_group or None, workspace=above.workspace or source.workspace or None
    )


def _differ(above: str | None, below: str | None) -> bool:
    return bool(above and below and above.casefold() != below.casefold())


def _az_folder(environ: Mapping[str, str], home: Path) -> Path:
    return Path(environ.get("AZURE_CONFIG_DIR") or home / ".azure")


def az_profile(environ: Mapping[str, str], home: Path) -> list[dict[str, Any]]:
    """The subscriptions that `az login` found. Raises SettingsError where the file cannot be read."""
    path = _az_folder(environ, home) / "azureProfile.json"
    found = _json_object(path).get("subscriptions", [])
    if not isinstance(found, list) or not all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in found):
        raise SettingsError(str(path), "`subscriptions` is not a list of subscriptions; `az login` writes it anew")
    return found


def _az_defaults(profile: list[dict[str, Any]], environ: Mapping[str, str], home: Path) -> _Scope:
    """What `az account set` and `az configure --defaults group=… workspace=…` left behind."""
    chosen = next((each for each in profile if each.get("isDefault")), {})
    defaults = _az_config(environ, home, "defaults")
    return _Scope(chosen.get("id"), defaults.get("group"), defaults.get("workspace"), chosen.get("tenantId"))


def _az_config(environ: Mapping[str, str], home: Path, section: str) -> Mapping[str, str]:
    """A section of az's own config file; empty where there is none."""
    path = _az_folder(environ, home) / "config"
    if not path.is_file():
        return {}
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, "utf-8-sig")
    except (configparser.Error, OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), f"az's configuration cannot be read: {str(error).splitlines()[0]}") from error
    return parser[section] if parser.has_section(section) else {}


def _azureml_folder(cwd: Path) -> tuple[_Scope, Path]:
    """What the nearest `.azureml/config.json` from `cwd` upward tells, where azure-ai-ml looks too, and its path."""
    path = azureml_file(cwd)
    if path is None:
        return _Scope(), cwd
    keys = ("subscription_id", "resource_group", "workspace_name")
    found = _json_object(path)
    for key in keys:
        if not isinstance(found.get(key, ""), str):
            raise SettingsError(str(path), f"`{key}` is to be a text in quotes")
    return _Scope(*(found.get(key) for key in keys)), path


def azureml_file(cwd: Path) -> Path | None:
    """The nearest `.azureml/config.json` from `cwd` upward; None where there is none."""
    candidates = (folder / ".azureml" / "config.json" for folder in (cwd, *cwd.parents))
    return next((path for path in candidates if path.is_file()), None)


def _json_object(path: Path) -> dict[str, Any]:
    try:
        # azure-cli begins its files with a byte order mark.
        found = json.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(str(path), f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(str(path), f"is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise SettingsError(str(path), "is not a JSON object")
    return found
