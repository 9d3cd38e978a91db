"""What people change: companies and locations, many at a time."""
