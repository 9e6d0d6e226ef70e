"""What is to change: plans, their journal and their runner."""
