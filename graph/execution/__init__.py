"""How one operation runs."""
