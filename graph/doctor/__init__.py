"""`ariesone doctor`: checks of what a server stands on, each with its section in the troubleshooting page."""
