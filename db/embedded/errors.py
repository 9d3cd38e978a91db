"""The one error of the embedded servers."""


class EmbeddedError(Exception):
    """An embedded server cannot be had; the message is one sentence that says what to do next."""
