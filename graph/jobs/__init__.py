"""Jobs: what is done for somebody in the background, one kind a file."""
