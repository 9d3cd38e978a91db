"""What CMS publishes about providers, as rows of the directory: reading, staging, merging, and a sample."""
