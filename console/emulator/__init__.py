"""The embedded Azure: a control plane that the real SDKs talk to over HTTPS."""
