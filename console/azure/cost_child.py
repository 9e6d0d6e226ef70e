"""The cost child: the process in which azure-mgmt-costmanagement turns questions and budgets into requests.

It speaks as the compiler child does. In: {"id", "do": "compile", "kind": "query" | "forecast" | "budget" | "budget-removal", …fields}
(console.azure.cost_sdk tells the fields). Out: {"id", "request"}, {"id", "flaws"} or {"id", "fault"}.
It has no token and no network, and ends when stdin closes.
"""

from __future__ import annotations

from console.azure.compiler_child import Speaking, serve


def main() -> None:
    serve(_costs)


def _costs() -> Speaking:
    from console.azure.cost_sdk import CostSdk

    sdk = CostSdk()
    return Speaking("azure-mgmt-costmanagement", sdk.version, {("compile", kind): work for kind, work in sdk.kinds.items()})


if __name__ == "__main__":
    main()
