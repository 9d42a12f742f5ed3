"""Nobody knows the operator."""

from domain.rules.request import BetRequest
from domain.rules.rule import Finding, Rule


class UnknownOperator(Rule):
    """The operator has settings."""

    name = "unknown_operator"
    scope = "both"

    def check(self, request: BetRequest) -> Finding:
        """Figure: the version of the settings; limit: the least that there is."""
        version = 0 if request.profile is None else request.profile.version
        return self._holds(version >= 1, version, 1)
