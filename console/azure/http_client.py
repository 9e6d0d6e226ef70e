"""aiohttp and azure-core's transport over it, imported without the trust that aiohttp reads from disk for connections that have none.

Every connection of this gateway is given its own. The authorities of the system are hundreds of certificates, a tenth of what the import
costs. What would use aiohttp's own contexts without being told to trusts nobody, and fails.
"""

from __future__ import annotations

import ssl

_create_default_context = ssl.create_default_context
ssl.create_default_context = lambda *_, **__: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
try:
    import aiohttp
    from azure.core.pipeline.transport import AioHttpTransport
finally:
    ssl.create_default_context = _create_default_context

__all__ = ["AioHttpTransport", "aiohttp"]
