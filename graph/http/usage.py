"""Notes what of the schema a request uses: for its answer's headers, and for those who ask who still uses what."""

from graph.http.exchange import Exchange
from graph.use import Use


def note_use(exchange: Exchange, use: Use) -> None:
    """Note what an operation of a request uses."""
    if exchange.use is None:
        exchange.use = use
    elif exchange.use is not use:
        exchange.use = exchange.use.joined(use)
