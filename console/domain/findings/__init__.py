"""Findings: what is wrong with a resource, as pure rules over what was read of it, a module for each theme."""
