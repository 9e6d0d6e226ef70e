"""Dialogs: what the console asks before it acts."""
