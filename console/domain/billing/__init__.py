"""Billing: what Azure has billed, what budgets allow, and what ran meanwhile that will be billed."""
