"""Adapters: from what upstream sends to messages.

A format is a module with a function ``read(lines, account)`` that turns raw lines into messages, and one
line in ``formats``. ``player`` puts messages into event-time order and sends them, paced; ``account`` says
what became of each row.
"""
