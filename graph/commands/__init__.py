"""The commands of `ariesone`, one subject a file."""
