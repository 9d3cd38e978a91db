"""Whether a connection reads on and may be written to, as uvicorn has it."""

from uvicorn.protocols.http.flow_control import FlowControl


class Flow(FlowControl):
    """uvicorn's, which doesn't read on while the connection holds more than it has parsed."""

    is_full = False

    def resume_reading(self) -> None:
        """Read on, if there is room."""
        if not self.is_full:
            super().resume_reading()
