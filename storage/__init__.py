"""PostgreSQL and Redis: the record of what was decided, and the hot snapshots.

Writing starts at ``tables`` (which message becomes which row) and ``writer``; reading at ``database`` and the
repositories beside it (``bets``, ``exposures``, ``prices``, ``bettors``, ``alerts``, ``operators``,
``clients``), each of one operator at a time. ``redis_cache`` keeps the snapshots.
"""
