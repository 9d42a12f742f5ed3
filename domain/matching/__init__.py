"""The same match from several sources becomes one event."""

from domain.matching.matcher import EventRef, Matcher, MatcherConfig, Verdict
from domain.matching.names import category, similarity

__all__ = ["EventRef", "Matcher", "MatcherConfig", "Verdict", "category", "similarity"]
