"""What is true now: polled snapshots with their age."""
