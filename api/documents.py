"""The OpenAPI document and Swagger UI, all from this server."""

import importlib.util
import json
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

OPENAPI_PATH = "/openapi.json"
# Swagger UI sets style attributes and draws its icons from data URLs; it runs no inline script
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>overround API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" href="/docs/assets/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = """window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  validatorUrl: null,
});
"""


def swagger_ui() -> Path:
    """Return the folder of Swagger UI's files, which the package flask-swagger-ui carries.

    The package is only looked up, never imported: it would want Flask.
    """
    found = importlib.util.find_spec("flask_swagger_ui")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the package flask-swagger-ui is not installed")
    return Path(found.submodule_search_locations[0]) / "dist"


def routes(document: dict[str, object]) -> list[BaseRoute]:
    """Return the routes of the document and its page."""
    text = json.dumps(document, separators=(",", ":"))

    async def openapi(request: Request) -> Response:
        return Response(text, media_type="application/json")

    async def page(request: Request) -> Response:
        return HTMLResponse(_PAGE, headers={"Content-Security-Policy": CSP})

    async def start(request: Request) -> Response:
        return Response(_START, media_type="text/javascript")

    return [
        Route(OPENAPI_PATH, openapi),
        Route("/docs", page),
        Route("/docs/start.js", start),
        Mount("/docs/assets", StaticFiles(directory=swagger_ui())),
    ]
