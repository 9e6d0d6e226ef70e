"""Tests of console.domain.billing."""
