"""Costs: what Azure has billed, and what ran meanwhile, for as long as somebody asks."""
