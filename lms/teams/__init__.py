"""Community digital technology teams, their members, and the roster in its two official forms."""
