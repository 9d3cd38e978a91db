"""What a client can change: one verb a file."""
