"""What a client can ask for, one noun a file."""
