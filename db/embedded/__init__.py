"""A real PostgreSQL and a real Valkey out of wheels, for a machine that has neither."""
