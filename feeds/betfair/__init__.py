"""Betfair's Exchange Stream API: market change messages (``mcm``), as streamed and as recorded.

``book`` holds one market as the stream has built it up, ``naming`` says what it is called here, ``stream``
reads messages. Fields are as in Betfair's Exchange Stream API documentation.
"""
