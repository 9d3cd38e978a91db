"""Search over the docs: what can be found, which the browser looks through, and the page of results."""
