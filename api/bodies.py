"""Reading what a request brings: bodies, queries and paths, bounded and strict."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, RootModel, ValidationError
from pydantic_core import from_json
from starlette.requests import ClientDisconnect, Request

from api.problems import MALFORMED, MEDIA, PARAMETER, TOO_LARGE, TOO_SLOW, Fault, Kind, Problem

MAX_BODY = 64 * 1024
BODY_PATIENCE_S = 10.0

M = TypeVar("M", bound=BaseModel)


class Body(BaseModel):
    """The base of request bodies: strict types, no unknown fields, no NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class Parameters(BaseModel):
    """The base of query and path parameters, which are all text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoParameters(Parameters):
    """There are none."""


def _digits(value: object) -> object:
    # pydantic would take " 1 ", "1_0" and "1.0" for numbers
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,18}", value, re.ASCII):
        raise ValueError("must be a whole number in decimal digits")
    return value


def _whole(value: object) -> object:
    # JSON does not tell 5 from 5.0, and neither does JSON Schema
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Lets a whole number in a body be written as 5.0 or 5e0."""


DIGITS = BeforeValidator(_digits)
"""Makes a whole number in a query be written as one."""


def media_type(request: Request) -> str:
    """Return the body's media type, without parameters, in lower case; empty where none is given."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _charset(request: Request) -> str:
    found = re.search(r";\s*charset\s*=\s*\"?([^\s;\"]+)", request.headers.get("content-type", ""), re.I)
    return found.group(1).lower() if found else "utf-8"


async def read_body(request: Request, limit: int = MAX_BODY) -> bytes:
    """Return the body.

    Raises
    ------
    Problem
        ``body-too-large``, or ``body-too-slow`` when it takes more than ten seconds to arrive.
    """
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise Problem(TOO_LARGE, f"at most {limit} bytes")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_PATIENCE_S):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    raise Problem(TOO_LARGE, f"at most {limit} bytes")
    except TimeoutError:
        raise Problem(TOO_SLOW, headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise Problem(TOO_SLOW) from None
    return bytes(body)


async def read_json(request: Request, model: type[M], invalid: Kind) -> M:
    """Return the body as ``model``.

    Parameters
    ----------
    invalid : Kind
        The problem to raise when it is JSON but not the model.
    """
    if media_type(request) != "application/json" or _charset(request) not in ("utf-8", "utf8"):
        raise Problem(MEDIA, "the body must be application/json in UTF-8")
    body = await read_body(request)
    try:
        from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Problem(MALFORMED, str(error)) from None
    try:
        return model.model_validate_json(body, extra="forbid")
    except ValidationError as error:
        # a choice between models puts the name of the chosen one before each place
        skip = 1 if issubclass(model, RootModel) else 0
        raise Problem(invalid, errors=_faults(error, "", skip)) from None


def read_parameters(
    request: Request, path: type[BaseModel], query: type[BaseModel]
) -> tuple[BaseModel, BaseModel]:
    """Return the path's and the query's parameters.

    Raises
    ------
    Problem
        ``invalid-parameter``.
    """
    pairs = request.query_params.multi_items()
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Problem(PARAMETER, "a parameter is given twice")
    return _parameters(request.path_params, path, "path"), _parameters(values, query, "query")


def _parameters(values: Mapping[str, str], model: type[BaseModel], where: str) -> BaseModel:
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise Problem(PARAMETER, errors=_faults(error, where)) from None


def _faults(error: ValidationError, where: str, skip: int = 0) -> list[Fault]:
    """Return what is wrong, without what was sent: that may be long, or secret."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [Fault(where=_place(where, item["loc"][skip:]), what=item["msg"]) for item in found[:20]]


def _place(where: str, parts: Sequence[int | str]) -> str:
    """Return a JSON pointer (RFC 6901) behind ``where``, cut where a name in it is very long."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "/".join((where, *escaped))[:500]
