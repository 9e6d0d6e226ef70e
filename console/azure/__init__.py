"""The gateway: one transport, one module per Azure service."""
