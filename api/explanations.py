"""``/v1/markets/{event_id}/{market}/explain``: what the probabilities behind an offered price rest on."""

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.bodies import NoParameters
from api.markets import MarketPath
from api.operations import Answer, Call, Operation
from api.problems import NOT_FOUND, NOT_READY, Problem
from schemas import BookShare
from schemas.base import Millis, Name, Probability


class Explanation(BaseModel):
    """How a fair price came about: the books, their consensus, and what a model added to it."""

    model_config = ConfigDict(extra="forbid")

    event_id: Name
    market: Name
    price_sequence: int = Field(description="of the offered price that is explained")
    fair_sequence: int = Field(description="of the fair price that it stands on")
    as_of_ms: Millis
    model: Name = Field(description="`consensus`, or the name of a model")
    probabilities: dict[Name, Probability] = Field(description="by outcome")
    consensus: dict[Name, Probability] = Field(description="before the model corrected it")
    evidence: Probability | None = Field(
        description="how far the correction was trusted; null where there is none"
    )
    features: dict[str, float | None] = Field(description="what the model went by; null where unknown")
    contributions: dict[Name, dict[str, float]] = Field(
        description="by outcome: what each feature adds to the log of its probability (SHAP values of the "
        "trees), beside `consensus`, where it starts, and `bias`; cap, evidence and the scaling to a sum of "
        "one come after"
    )
    books: list[BookShare] = Field(
        description="who counted how much in the consensus, and who did not, and why"
    )


EXPLAIN = Operation(
    name="explainMarket",
    method="GET",
    path="/v1/markets/{event_id}/{market}/explain",
    summary="Explain the probabilities behind one market's offered prices",
    tag="prices",
    scope="prices:read",
    path_model=MarketPath,
    answers={200: Answer("The explanation", Explanation)},
    problems=(NOT_FOUND, NOT_READY),
)


async def explain_market(call: Call[MarketPath, NoParameters, None]) -> Response:
    """Answer ``explainMarket``."""
    if call.deps.explanations is None:
        raise Problem(NOT_READY, "there is nothing that explains prices here")
    key = f"{call.path.event_id}|{call.path.market}"
    (price,) = await call.deps.snapshots.prices(call.grant.operator, [key])
    if price is None:
        raise Problem(NOT_FOUND, "no such market")
    found = await call.deps.explanations.explain(price)
    if found is None:
        raise Problem(NOT_FOUND, "the fair price behind it is not recorded yet, or no longer")
    return Response(found.model_dump_json(), media_type="application/json")
