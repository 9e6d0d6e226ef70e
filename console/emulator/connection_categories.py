"""What connections lead to: the categories of the schema, the group of each, and the types of credentials that exist and that fit.

Categories, types and their fields are those of the schema, 2024-10-01-preview. The group of AzureOpenAI, CustomKeys and PythonFeed is
recorded; that of the others follows the order in which the schema lists them. Which types fit is what azure-ai-ml checks of a category;
of those that it does not know, any type is taken.
"""

from __future__ import annotations

from collections.abc import Mapping

_AZURE = """AzureSqlDb AzureSynapseAnalytics AzureMySqlDb AzurePostgresDb ADLSGen2 Redis AzureBlob AzureOneLake CosmosDb CosmosDbMongoDbApi
    AzureDataExplorer AzureMariaDb AzureDatabricksDeltaLake AzureSqlMi AzureTableStorage"""
_AI = """AzureOpenAI AIServices CognitiveSearch CognitiveService CustomKeys ApiKey OpenAI Serp BingLLMSearch Serverless
    ManagedOnlineEndpoint Elasticsearch Pinecone"""
_DATABASE = """Snowflake AmazonRdsForOracle AmazonRdsForSqlServer AmazonRedshift Db2 Drill GoogleBigQuery Greenplum Hbase Hive Impala
    Informix MariaDb MicrosoftAccess MySql Netezza Oracle Phoenix PostgreSql Presto SapOpenHub SapBw SapHana SapTable Spark SqlServer Sybase
    Teradata Vertica"""
_NOSQL = "Cassandra Couchbase MongoDbV2 MongoDbAtlas"
_FILE = "S3 AmazonS3Compatible FileServer FtpServer GoogleCloudStorage Hdfs OracleCloudStorage Sftp"
_PROTOCOL = "GenericHttp ODataRest Odbc GenericRest"
_APPS = """PythonFeed ContainerRegistry Git GenericContainerRegistry AmazonMws Concur Dynamics DynamicsAx DynamicsCrm GoogleAdWords Hubspot
    Jira Magento Marketo Office365 Eloqua Responsys OracleServiceCloud PayPal QuickBooks Salesforce SalesforceServiceCloud
    SalesforceMarketingCloud SapCloudForCustomer SapEcc ServiceNow SharePointOnlineList Shopify Square WebTable Xero Zoho"""
_GROUPS = {
    "Azure": _AZURE,
    "AzureAI": _AI,
    "Database": _DATABASE,
    "NoSQL": _NOSQL,
    "File": _FILE,
    "GenericProtocol": _PROTOCOL,
    "ServicesAndApps": _APPS,
}
#: The group of each category.
GROUPS: Mapping[str, str] = {name: group for group, names in _GROUPS.items() for name in names.split()}
_BY_LOWER = {name.lower(): name for name in GROUPS}
#: The schema's `includeAll` speaks of connections and of datastores; azure-ai-ml names those that lead to data.
DATA = frozenset({"AzureBlob", "ADLSGen2", "AzureOneLake"})
#: Needs no target, as azure-ai-ml has it.
WITHOUT_TARGET = frozenset({"Serp", "OpenAI"})
FITTING: Mapping[str, tuple[str, ...]] = {
    "AzureBlob": ("AccountKey", "AccessKey", "SAS", "AAD", "None"),
    "ADLSGen2": ("ServicePrincipal", "ManagedIdentity", "AAD", "None"),
    "AzureOneLake": ("ServicePrincipal", "AAD", "None"),
    "Git": ("PAT", "UsernamePassword", "None"),
    "PythonFeed": ("PAT", "UsernamePassword", "None"),
    "ContainerRegistry": ("ManagedIdentity", "UsernamePassword"),
    "AzureOpenAI": ("ApiKey", "AAD"),
    "AIServices": ("ApiKey", "AAD"),
    "CognitiveSearch": ("ApiKey", "AAD"),
    "CognitiveService": ("ApiKey", "AAD"),
    "OpenAI": ("ApiKey",),
    "Serp": ("ApiKey",),
    "Serverless": ("ApiKey",),
    "ApiKey": ("ApiKey",),
    "CustomKeys": ("CustomKeys", "ApiKey"),
}
_OAUTH = ("clientSecret", "developerToken", "password", "refreshToken")
#: The fields of the credentials of each type: those that are secret, and the others.
CREDENTIALS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "PAT": (("pat",), ()),
    "ManagedIdentity": ((), ("clientId", "resourceId")),
    "UsernamePassword": (("password", "securityToken"), ("username",)),
    "None": ((), ()),
    "SAS": (("sas",), ()),
    "AccountKey": (("key",), ()),
    "ServicePrincipal": (("clientSecret",), ("clientId", "tenantId")),
    "AccessKey": (("secretAccessKey",), ("accessKeyId",)),
    "ApiKey": (("key",), ()),
    "CustomKeys": (("keys",), ()),
    "OAuth2": (_OAUTH, ("authUrl", "clientId", "tenantId", "username")),
    "AAD": ((), ()),
}
#: These have no credentials at all, not even null (recorded for AAD).
BARE = frozenset({"None", "AAD"})


def category(word: str) -> str | None:
    """A category as the schema writes it, for a word in any case (azure-ai-ml sends AzureOpenAi); None for what is none."""
    return _BY_LOWER.get(word.lower())
