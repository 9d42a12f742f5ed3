"""Problems on the outside: what Starlette raises becomes one, and each kind has a page."""

from html import escape

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.problems import INTERNAL, KINDS, METHOD, NOT_FOUND, Kind, Problem

_BY_STATUS = {404: NOT_FOUND, 405: METHOD}
_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
_STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:42em;margin:3em auto;padding:0 1em}"


async def on_problem(request: Request, error: Exception) -> Response:
    """Answer with a problem that was raised."""
    assert isinstance(error, Problem)
    return error.response()


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer an error of Starlette's routing with a problem."""
    assert isinstance(error, HTTPException)
    kind = _BY_STATUS.get(error.status_code, INTERNAL)
    return Problem(kind, headers=error.headers or {}).response()


async def on_error(request: Request, error: Exception) -> Response:
    """Answer an error of our own; Starlette raises it again, for the log."""
    return Problem(INTERNAL).response()


async def all_kinds(request: Request) -> Response:
    """List every kind of problem."""
    rows = "".join(
        f'<li><a href="{kind.type}">{kind.name}</a> ({kind.status}): {escape(kind.title)}</li>'
        for kind in KINDS.values()
    )
    return _page(
        "Problems",
        f"<p>Errors are told as RFC 9457 problem details; each type has a page.</p><ul>{rows}</ul>",
    )


async def one_kind(request: Request) -> Response:
    """Explain one kind of problem."""
    kind = KINDS.get(request.path_params["name"])
    if kind is None:
        raise Problem(NOT_FOUND)
    return _page(kind.title, _explain(kind))


def _explain(kind: Kind) -> str:
    meaning = "".join(
        f"<code>{escape(part)}</code>" if i % 2 else escape(part)
        for i, part in enumerate(kind.meaning.split("`"))
    )
    return f"<p><code>{escape(kind.type)}</code>, status {kind.status}</p><p>{meaning}</p>"


def _page(title: str, body: str) -> HTMLResponse:
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
    return HTMLResponse(html, headers={"Content-Security-Policy": _CSP})
