"""Access as it is now: its reads, the people behind it, and what follows from both."""
