"""Forms: what an action asks before it becomes a plan, a module for each."""
