"""How bytes become an operation and a result becomes bytes."""
