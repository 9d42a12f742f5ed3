"""Kafka and Faust: topics, records, stages, tables, dead letters, and the seam that makes Faust quick.

A reader starts at ``stage`` (what a stage is), then ``topics`` (what flows), then ``state`` (what a stage
remembers). ``seam/`` is what runs a stage under Faust; nothing outside this package sees its inside.
"""
