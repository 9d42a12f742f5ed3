"""The conversation with one client of the price stream."""

import asyncio
import secrets
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.stream.board import Board
from api.stream.clk import ClkError
from api.stream.hub import Hub
from api.stream.messages import (
    CLIENT_MESSAGE,
    CLOSING,
    Authentication,
    ClientMessage,
    Code,
    Connection,
    MarketSubscription,
    Status,
)
from api.stream.subscription import Push, Subscription
from api.tokens import ExpiredError, Grant, TokenError

_BURST = 20
_PER_SECOND = 2.0
_FAREWELL_S = 2.0


class _Refusal(Exception):  # noqa: N818 - it answers, it is no failure of ours
    """A request of the client cannot be met."""

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(text)
        self.code = code


class Session:
    """One client.

    Parameters
    ----------
    socket : WebSocket
        Accepted.
    hub : Hub
        Where it is counted, with all that the server has.
    """

    def __init__(self, socket: WebSocket, hub: Hub) -> None:
        self._socket = socket
        self._hub = hub
        self._deps = hub.deps
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._ended: asyncio.Future[tuple[Code, str] | None] = self._loop.create_future()
        self._grant: Grant | None = None
        self._board: Board | None = None
        self._subscription: Subscription | None = None
        self._opened = self._sent_at = self._loop.time()
        self._sending = 0
        self._sending_since: float | None = None
        self._wakes_later = False
        self._allowance, self._allowed_at = float(_BURST), self._opened

    async def run(self, token: str | None) -> None:
        """Talk until either side ends it.

        Parameters
        ----------
        token : str, optional
            From the handshake; the client need not authenticate again.
        """
        tasks = [asyncio.create_task(self._converse(token)), asyncio.create_task(self._push())]
        ends: list[asyncio.Future[Any]] = [*tasks, self._ended]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            if self._board is not None:
                if self._subscription is not None:
                    self._board.unsubscribe(self._subscription)
                self._hub.leave_operator(self._board.operator)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect | _Refusal):
                raise result
        await self._farewell()

    def tick(self, now: float) -> None:
        """Look at the time; called ten times a second with the loop's."""
        limits = self._deps.limits
        if self._sending_since is not None and now - self._sending_since > limits.stalled_s:
            self._end(None)
        elif self._grant is None:
            if now - self._opened > limits.authentication_s:
                self._end((Code.AUTHENTICATION_TIMEOUT, "no token within the time"))
        elif self._deps.clock() >= self._grant.expires_at:
            self._end((Code.EXPIRED_TOKEN, "the token has expired; authenticate again before it does"))
        elif self._subscription is not None and now - self._sent_at >= self._subscription.heartbeat_s:
            self._wake.set()

    def _end(self, why: tuple[Code, str] | None) -> None:
        if not self._ended.done():
            self._ended.set_result(why)

    async def _farewell(self) -> None:
        """Say why it ends, and close; a client that takes nothing is not waited for."""
        why = self._ended.result() if self._ended.done() else None
        with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                if why is None:
                    await self._socket.close(1008 if self._ended.done() else 1000)
                else:
                    await self._fail(None, *why)
                    await self._socket.close(CLOSING[why[0]])

    # the client's side

    async def _converse(self, token: str | None) -> None:
        await self._send(Connection(connectionId=secrets.token_hex(8)).model_dump_json())
        if token is not None:
            await self._answer(Authentication(op="authentication", token=token))
        while True:
            message = await self._socket.receive()
            if message["type"] != "websocket.receive":
                return
            self._spend()
            text = message.get("text")
            if text is None:
                await self._fail(None, Code.INVALID_INPUT, "messages are text, not binary")
                continue
            try:
                request = CLIENT_MESSAGE.validate_json(text)
            except ValidationError as error:
                first = error.errors(include_url=False, include_context=False, include_input=False)[0]
                where = ".".join(str(part) for part in first["loc"])
                await self._fail(None, Code.INVALID_INPUT, f"{where}: {first['msg']}".lstrip(": "))
                continue
            await self._answer(request)

    def _spend(self) -> None:
        now = self._loop.time()
        self._allowance = min(_BURST, self._allowance + (now - self._allowed_at) * _PER_SECOND) - 1
        self._allowed_at = now
        if self._allowance < 0:
            self._end((Code.TOO_MANY_REQUESTS, f"at most {_PER_SECOND:g} messages a second"))
            raise _Refusal(Code.TOO_MANY_REQUESTS, "")

    async def _answer(self, request: ClientMessage) -> None:
        try:
            if isinstance(request, Authentication):
                self._authenticate(request.token)
                await self._succeed(request.id)
            elif isinstance(request, MarketSubscription):
                await self._subscribe(request)
            else:
                await self._succeed(request.id)
        except _Refusal as refusal:
            if refusal.code in CLOSING:
                self._end((refusal.code, str(refusal)))
                raise
            await self._fail(request.id, refusal.code, str(refusal))

    def _authenticate(self, token: str) -> None:
        try:
            grant = self._deps.tokens.check(token)
        except ExpiredError as error:
            raise _Refusal(Code.EXPIRED_TOKEN, str(error)) from None
        except TokenError as error:
            raise _Refusal(Code.INVALID_TOKEN, str(error)) from None
        if "prices:read" not in grant.scopes:
            raise _Refusal(Code.MISSING_SCOPE, "the token lacks prices:read")
        if self._grant is not None and self._grant.operator != grant.operator:
            raise _Refusal(Code.OTHER_OPERATOR, "the new token is another operator's")
        if self._board is None:
            board = self._deps.boards.by_operator.get(grant.operator)
            if board is None:
                raise _Refusal(Code.UNKNOWN_OPERATOR, "this server has no prices of the token's operator")
            if not self._hub.enter_operator(grant.operator):
                raise _Refusal(Code.TOO_MANY_CONNECTIONS, "the operator has as many streams as it may")
            self._board = board
        self._grant = grant

    async def _subscribe(self, request: MarketSubscription) -> None:
        if self._board is None:
            raise _Refusal(Code.NOT_AUTHENTICATED, "authenticate first")
        if not self._hub.ready:
            raise _Refusal(Code.NOT_READY, "the server is still reading prices; subscribe again in a second")
        board = self._board
        try:
            subscription = Subscription(request, board, self._wake)
        except ClkError as error:
            raise _Refusal(Code.INVALID_CLOCK, f"{error}; subscribe without a clk") from None
        if self._subscription is not None:
            board.unsubscribe(self._subscription)
        self._subscription = None
        board.subscribe(subscription)
        await self._succeed(request.id)
        self._subscription = subscription
        self._wake.set()

    # the server's side

    async def _push(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            subscription = self._subscription
            if subscription is None:
                continue
            now = self._loop.time()
            due_at = subscription.flushed_at + subscription.conflate_s
            if subscription.due and (subscription.first is not None or now >= due_at):
                subscription.flushed_at = now
                await self._flush(subscription)
                continue
            if subscription.due and not self._wakes_later:
                self._wakes_later = True
                self._loop.call_at(due_at, self._wake_later)
            if now - self._sent_at >= subscription.heartbeat_s:
                await self._deliver(subscription.heartbeat(self._deps.now_ms(), self._late()))

    def _wake_later(self) -> None:
        self._wakes_later = False
        self._wake.set()

    async def _flush(self, subscription: Subscription) -> None:
        for push in subscription.flush(self._deps.now_ms(), self._late()):
            if subscription is not self._subscription:
                return  # the client has asked for something else meanwhile
            await self._deliver(push)

    def _late(self) -> bool:
        assert self._board is not None
        return self._hub.late(self._board)

    async def _deliver(self, push: Push) -> None:
        await self._send(push.text)
        self._sent_at = self._loop.time()
        metrics = self._deps.metrics
        metrics.pushes.labels(push.kind).inc()
        if push.produced_us is not None:
            metrics.push_delay.observe(max(0.0, self._deps.clock() - push.produced_us / 1e6))

    async def _succeed(self, number: int) -> None:
        await self._send(Status(id=number, statusCode="SUCCESS").model_dump_json(exclude_none=True))

    async def _fail(self, number: int | None, code: Code, text: str) -> None:
        self._deps.metrics.stream_errors.labels(code).inc()
        status = Status(
            id=number,
            statusCode="FAILURE",
            errorCode=code,
            errorMessage=text,
            connectionClosed=code in CLOSING,
        )
        await self._send(status.model_dump_json(exclude_none=True))

    async def _send(self, text: str) -> None:
        if self._sending == 0:
            self._sending_since = self._loop.time()
        self._sending += 1
        try:
            await self._socket.send({"type": "websocket.send", "text": text})
        finally:
            self._sending -= 1
            self._sending_since = self._loop.time() if self._sending else None
