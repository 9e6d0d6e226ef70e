"""Costs as a session knows them: what Cost Management was asked, what it answered, and what that cost of the tenant's allowance."""
