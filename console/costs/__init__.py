"""Costs as a session knows them: what Azure has billed, what asking for that costs, and what ran meanwhile."""
