"""What property tests share: the same examples in every run, no deadline that a busy machine could miss, and any JSON."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

steady = settings(deadline=None, derandomize=True, database=None, max_examples=150)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
