"""The access child: the process in which azure-mgmt-authorization turns what is wanted into requests; azure-ai-ml is never imported there.

It speaks as the compiler child does. In: {"id", "do": "compile", "kind": "assignment" | "removal" | "validation" | "role" | "role-removal"
| "activation" | "activation-validation", …fields} (console.azure.access_sdk tells the fields). Out: {"id", "request"}, {"id", "flaws"} or
{"id", "fault"}.
It has no token and no network, and ends when stdin closes.
"""

from __future__ import annotations

from console.azure.compiler_child import Speaking, serve


def main() -> None:
    serve(_access)


def _access() -> Speaking:
    from console.azure.access_sdk import AccessSdk

    sdk = AccessSdk()
    return Speaking("azure-mgmt-authorization", sdk.version, {("compile", kind): work for kind, work in sdk.kinds.items()})


if __name__ == "__main__":
    main()
