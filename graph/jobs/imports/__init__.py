"""Imports: rows of a file are written by the same verbs as those of the mutations that take lists."""
