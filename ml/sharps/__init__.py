"""Bettors: simulated, marked, scored, classified; and how often all that is wrong."""
