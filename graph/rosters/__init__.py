"""Rosters: lists of NPIs as people have them, and the verdicts on their numbers."""
