"""Kinds of connections: what each category is called, and what it may be entered with.

Categories and auth types are the swagger's (`ConnectionCategory`, `ConnectionAuthType`, workspaceRP.json 2024-10-01-preview). Which of them
fit together it does not say. azure-ai-ml 1.35.2 does for what it has classes and checks for (its connections' schemas and
`CONNECTION_CATEGORY_TO_CREDENTIAL_MAP`), Microsoft Learn ("Create connections") for external data, and the swagger's own descriptions for
API keys and custom keys.
"""

from __future__ import annotations

from enum import StrEnum


class Auth(StrEnum):
    """`ConnectionAuthType` of the swagger: what a connection enters its target with."""

    PAT = "PAT"
    MANAGED_IDENTITY = "ManagedIdentity"
    USER = "UsernamePassword"
    NONE = "None"
    SAS = "SAS"
    ACCOUNT_KEY = "AccountKey"
    SERVICE_PRINCIPAL = "ServicePrincipal"
    ACCESS_KEY = "AccessKey"
    API_KEY = "ApiKey"
    CUSTOM_KEYS = "CustomKeys"
    OAUTH2 = "OAuth2"
    AAD = "AAD"
    UNKNOWN = "?"

    @property
    def label(self) -> str:
        return _AUTHS[self]

    @property
    def open_fields(self) -> tuple[str, ...]:
        """The fields of its credentials that are no secret, as the swagger spells them."""
        return OPEN_FIELDS.get(self, ())

    @property
    def secret_field(self) -> str:
        """The field of its credentials that holds the secret; "" where it has none, or names them itself."""
        return SECRET_FIELDS.get(self, "")

    @property
    def keeps_secret(self) -> bool:
        """Whether Azure ML keeps a secret for it."""
        return self not in {Auth.NONE, Auth.AAD, Auth.MANAGED_IDENTITY, Auth.UNKNOWN}


_AUTHS = {
    Auth.PAT: "PAT",
    Auth.MANAGED_IDENTITY: "managed identity",
    Auth.USER: "password",
    Auth.NONE: "none",
    Auth.SAS: "SAS",
    Auth.ACCOUNT_KEY: "account key",
    Auth.SERVICE_PRINCIPAL: "service principal",
    Auth.ACCESS_KEY: "access key",
    Auth.API_KEY: "API key",
    Auth.CUSTOM_KEYS: "custom keys",
    Auth.OAUTH2: "OAuth2",
    Auth.AAD: "identity",
    Auth.UNKNOWN: "?",
}
#: The swagger's `WorkspaceConnection…` credentials, by what is secret in them.
SECRET_FIELDS = {
    Auth.PAT: "pat",
    Auth.USER: "password",
    Auth.SAS: "sas",
    Auth.ACCOUNT_KEY: "key",
    Auth.SERVICE_PRINCIPAL: "clientSecret",
    Auth.ACCESS_KEY: "secretAccessKey",
    Auth.API_KEY: "key",
}
OPEN_FIELDS = {
    Auth.MANAGED_IDENTITY: ("clientId", "resourceId"),
    Auth.USER: ("username",),
    Auth.SERVICE_PRINCIPAL: ("clientId", "tenantId"),
    Auth.ACCESS_KEY: ("accessKeyId",),
}
#: What the common categories are called; the others by Azure's own word.
LABELS = {
    "azureopenai": "Azure OpenAI",
    "cognitivesearch": "AI Search",
    "cognitiveservice": "AI service",
    "aiservices": "AI Services",
    "azureblob": "blob",
    "adlsgen2": "ADLS gen2",
    "azureonelake": "OneLake",
    "git": "git",
    "pythonfeed": "Python feed",
    "containerregistry": "registry",
    "snowflake": "Snowflake",
    "azuresqldb": "Azure SQL",
    "s3": "S3",
    "apikey": "API key",
    "customkeys": "custom keys",
    "serverless": "serverless",
    "openai": "OpenAI",
    "serp": "Serp",
}
_AI = (Auth.API_KEY, Auth.AAD)
#: Category (lower case) → what it may be entered with, the usual first. What is not here is not judged.
FITTING: dict[str, tuple[Auth, ...]] = {
    # azure-ai-ml's classes take an API key, and the identity of whoever calls where it is left out.
    "azureopenai": _AI,
    "cognitivesearch": _AI,
    "cognitiveservice": _AI,
    "aiservices": _AI,
    # azure-ai-ml's schemas of those classes.
    "azureblob": (Auth.AAD, Auth.ACCOUNT_KEY, Auth.SAS),
    "azureonelake": (Auth.AAD, Auth.SERVICE_PRINCIPAL),
    "apikey": (Auth.API_KEY,),
    "serverless": (Auth.API_KEY,),
    "openai": (Auth.API_KEY,),
    "serp": (Auth.API_KEY,),
    # Its table of credentials by category.
    "adlsgen2": (Auth.AAD, Auth.SERVICE_PRINCIPAL, Auth.MANAGED_IDENTITY),
    "git": (Auth.PAT, Auth.USER, Auth.NONE),
    "pythonfeed": (Auth.PAT, Auth.USER, Auth.NONE),
    "containerregistry": (Auth.USER, Auth.MANAGED_IDENTITY),
    # Microsoft Learn, "Create connections".
    "snowflake": (Auth.USER, Auth.SERVICE_PRINCIPAL),
    "azuresqldb": (Auth.USER,),
    "s3": (Auth.ACCESS_KEY,),
    # The swagger's description of `CustomKeysWorkspaceConnectionProperties`; azure-ai-ml makes such with an API key.
    "customkeys": (Auth.CUSTOM_KEYS, Auth.API_KEY),
}


def label(category: str) -> str:
    """What a category is called; azure-ai-ml and the service spell some with other capitals (`AzureOpenAi`, `AzureOpenAI`)."""
    return LABELS.get(category.lower(), category)


def misfit(category: str, auth: Auth) -> str:
    """Why a category cannot be entered in a way ("" where it can, or nobody says)."""
    fitting = FITTING.get(category.lower())
    if fitting is None or auth in fitting:
        return ""
    return f"{label(category)} is not entered with {auth.label}, but with {' or '.join(each.label for each in fitting)}"
