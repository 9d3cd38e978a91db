"""Webhooks: what happens is sent to the addresses that partners name, signed, in order, and until it is taken."""
