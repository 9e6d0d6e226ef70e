"""Access: who has which roles where, and what that lets them do."""
