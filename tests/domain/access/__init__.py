"""Tests of console.domain.access."""
