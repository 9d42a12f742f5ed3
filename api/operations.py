"""What an operation of the REST side is: one description for routing, checking and documenting."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import NoParameters, read_json, read_parameters
from api.problems import (
    COMMAND,
    MALFORMED,
    MEDIA,
    PARAMETER,
    SCOPE,
    TOKEN,
    TOO_LARGE,
    TOO_SLOW,
    Kind,
    Problem,
)
from api.tokens import Grant, TokenError, Tokens

if TYPE_CHECKING:
    from api.deps import Deps

P = TypeVar("P", bound=BaseModel)
Q = TypeVar("Q", bound=BaseModel)
B = TypeVar("B", bound=BaseModel | None)


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer, for the document: what it means, its body, and its headers with their meaning."""

    description: str
    model: type[BaseModel] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as the document describes it.

    Parameters
    ----------
    name : str
        The ``operationId``.
    path : str
        With parameters in braces.
    scope : str or None
        What the token must allow; None: no token is needed.
    path_model, query_model : type of BaseModel
        The parameters.
    body_model : type of BaseModel or None
        The body, JSON unless ``form``.
    invalid : Kind
        The problem when the body is JSON but not the model.
    problems : tuple of Kind
        What else can go wrong.
    """

    name: str
    method: str
    path: str
    summary: str
    answers: Mapping[int, Answer]
    tag: str
    scope: str | None = None
    path_model: type[BaseModel] = NoParameters
    query_model: type[BaseModel] = NoParameters
    body_model: type[BaseModel] | None = None
    form: bool = False
    invalid: Kind = COMMAND
    problems: tuple[Kind, ...] = ()
    description: str = ""

    def kinds(self) -> list[Kind]:
        """Return every problem that the operation can answer with."""
        kinds = list(self.problems)
        if self.scope is not None:
            kinds += [TOKEN, SCOPE]
        if (
            self.path_model is not NoParameters
            or self.query_model is not NoParameters
            or self.scope is not None
        ):
            kinds.append(PARAMETER)
        if self.body_model is not None:
            kinds += [MEDIA, TOO_LARGE, TOO_SLOW]
            if not self.form:
                kinds += [MALFORMED, self.invalid]
        return kinds


@dataclass(frozen=True, slots=True)
class Call(Generic[P, Q, B]):
    """A request that has passed all checks: who asks (``grant``) and what for."""

    deps: "Deps"
    grant: Grant
    path: P
    query: Q
    body: B


Handler = Callable[[Call[Any, Any, Any]], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(operation: Operation, handler: Handler, deps: "Deps") -> Endpoint:
    """Return what Starlette calls: token first, then parameters, then the body, then the handler."""

    async def answer(request: Request) -> Response:
        grant = authorised(request.headers.get("authorization"), deps.tokens, str(operation.scope))
        path, query = read_parameters(request, operation.path_model, operation.query_model)
        body = None
        if operation.body_model is not None:
            body = await read_json(request, operation.body_model, operation.invalid)
        return await handler(Call(deps, grant, path, query, body))

    return answer


def authorised(header: str | None, tokens: Tokens, scope: str) -> Grant:
    """Return what the bearer token in an Authorization header allows (RFC 6750).

    Raises
    ------
    Problem
        ``invalid-token``, or ``insufficient-scope``.
    """
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer":
        raise Problem(TOKEN, "there is no bearer token", headers={"WWW-Authenticate": "Bearer"})
    try:
        grant = tokens.check(token.strip())
    except TokenError as error:
        challenge = f'Bearer error="invalid_token", error_description="{error}"'
        raise Problem(TOKEN, str(error), headers={"WWW-Authenticate": challenge}) from None
    if scope not in grant.scopes:
        challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
        raise Problem(SCOPE, f"needs {scope}", headers={"WWW-Authenticate": challenge})
    return grant
