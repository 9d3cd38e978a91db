"""Subscriptions on their way to those who listen, whatever carries them."""
