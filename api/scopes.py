"""What a token can allow."""

SCOPES: dict[str, str] = {
    "prices:read": "read offered prices, by REST and by the stream",
    "bets:write": "place bets",
    "bets:read": "read bets and decisions",
    "exposure:read": "read the operator's book",
    "commands:write": "give commands: settings, suspensions, overrides, stake factors",
}
"""Every scope with its meaning."""
