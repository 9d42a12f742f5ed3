"""``/v1/stream``: takes WebSocket clients in."""

from starlette.websockets import WebSocket, WebSocketDisconnect

from api.operations import authorised
from api.problems import NOT_FOUND, Problem
from api.stream.hub import Hub
from api.stream.messages import Code, Status
from api.stream.session import Session

PROTOCOL = "overround.v1"
_BEARER = "bearer."


class StreamEndpoint:
    """Answers ``/v1/stream``.

    The token comes in the Authorization header, as a subprotocol ``bearer.<token>`` beside ``overround.v1``
    (browsers can set nothing else), or in the first message.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def answer(self, socket: WebSocket) -> None:
        """Talk to one client."""
        offered = socket.scope["subprotocols"]
        header = socket.headers.get("authorization")
        token = header.partition(" ")[2].strip() if header else None
        for protocol in offered:
            if protocol.startswith(_BEARER):
                token = protocol.removeprefix(_BEARER)
                header = f"Bearer {token}"
        if header is not None:
            try:
                authorised(header, self._hub.deps.tokens, "prices:read")
            except Problem as problem:
                await socket.send_denial_response(problem.response())
                return
        await socket.accept(PROTOCOL if PROTOCOL in offered else None)
        session = Session(socket, self._hub)
        try:
            if self._hub.enter(session):
                await session.run(token)
            else:
                await self._refuse(socket)
        except WebSocketDisconnect:
            pass  # it went before it was told why
        finally:
            self._hub.leave(session)

    async def _refuse(self, socket: WebSocket) -> None:
        code = Code.TOO_MANY_CONNECTIONS
        self._hub.deps.metrics.stream_errors.labels(code).inc()
        status = Status(
            statusCode="FAILURE",
            errorCode=code,
            errorMessage="the server has as many clients as it may",
            connectionClosed=True,
        )
        await socket.send_text(status.model_dump_json(exclude_none=True))
        await socket.close(1013)


async def not_found(socket: WebSocket) -> None:
    """Refuse a WebSocket at any other address."""
    await socket.send_denial_response(Problem(NOT_FOUND).response())
