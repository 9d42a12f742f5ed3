"""``/v1/portfolio``: what all open bets may cost the operator together, and what would hedge them."""

from starlette.responses import Response

from api.bodies import NoParameters
from api.operations import Answer, Call, Operation
from api.problems import NOT_FOUND, NOT_READY, Problem
from schemas import Portfolio

SHOW = Operation(
    name="showPortfolio",
    method="GET",
    path="/v1/portfolio",
    summary="Show the tail of the operator's open bets, and hedges of its worst events, as last simulated",
    tag="risk",
    scope="exposure:read",
    answers={200: Answer("The portfolio", Portfolio)},
    problems=(NOT_FOUND, NOT_READY),
)


async def show_portfolio(call: Call[NoParameters, NoParameters, None]) -> Response:
    """Answer ``showPortfolio``."""
    if call.deps.portfolios is None:
        raise Problem(NOT_READY, "there is no record of portfolios here")
    found = await call.deps.portfolios.portfolio(call.grant.operator)
    if found is None:
        raise Problem(NOT_FOUND, "no portfolio has been simulated yet: overround portfolio does")
    return Response(found.model_dump_json(), media_type="application/json")
