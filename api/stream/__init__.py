"""The price stream: images, deltas, heartbeats and resumption over a WebSocket.

``board`` holds the latest price of every market, ``subscription`` what one client wants and has not yet got,
``session`` the conversation with one client, ``messages`` its words.
"""
