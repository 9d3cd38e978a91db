"""Rules that are written on the schema; each file declares its directive and enforces it."""
