"""What whoever runs PostgreSQL looks at: its sessions, indexes, statistics and settings."""
