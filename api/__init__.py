"""The edge: tokens, REST and the price stream, on Starlette.

``app.create_app`` puts an application together from ``deps.Deps``; ``operations`` lists what the REST side
offers (routes, scopes, validation and the OpenAPI document all come from that one list); ``stream`` is the
WebSocket side. The edge never prices and never decides: it reads snapshots, hands bets and commands to Kafka,
and passes on what comes back.
"""
