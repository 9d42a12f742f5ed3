"""The ``overround`` command: it parses arguments and calls."""

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import cast

import typer


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: one line for ``--help``, and the module that has it.

    Parameters
    ----------
    attribute : str
        A command function, or a ``typer.Typer`` of several, in that module.
    """

    help: str
    module: str
    attribute: str


VERBS = {
    "demo": Verb("Play recorded odds with synthetic bettors, and look.", "demo", "demo"),
    "up": Verb("Start Kafka, PostgreSQL and Valkey on this machine.", "stack", "up"),
    "down": Verb("End them.", "stack", "down"),
    "status": Verb("Tell how they are doing.", "stack", "status"),
    "topics": Verb("The topics on the broker: make them, list them.", "topics", "app"),
    "migrate": Verb("Bring PostgreSQL's tables up to date.", "migrate", "migrate"),
    "worker": Verb("Run stages of the pipeline.", "worker", "worker"),
    "api": Verb("Serve REST and WebSocket.", "api", "api"),
    "clients": Verb("Who may use the API: add, renew, disable.", "clients", "app"),
    "order": Verb("A trader's commands: halt, suspend, fix prices, limit, ban.", "order", "app"),
    "feed": Verb("Publish a recording.", "feed", "feed"),
    "matches": Verb("Feeds' matches that are perhaps one event.", "matches", "app"),
    "pulse": Verb("Send the time as a heartbeat, for a platform that runs live.", "pulse", "pulse"),
    "audit": Verb("Recompute all prices and decisions.", "audit", "audit"),
    "simulate": Verb("Make up bettors on recorded odds.", "simulate", "app"),
    "rings": Verb("Find bettors who bet together; limit them as one.", "rings", "rings"),
    "portfolio": Verb("What all open bets may cost, and hedges.", "portfolio", "portfolio"),
    "fair": Verb("The model behind fair odds: train it, judge it, let it price.", "fair", "app"),
    "evaluate": Verb("Measure methods against what happened.", "evaluate", "app"),
    "report": Verb("Write documents of measured figures.", "report", "app"),
    "bench": Verb("Measure.", "bench", "app"),
}
"""Every verb. A new one is a module in overround/commands/ and a line here."""


def build(chosen: str | None) -> typer.Typer:
    """Return the command; only the chosen verb's module is imported, so that each starts quickly."""
    app = typer.Typer(
        name="overround",
        help="Odds compilation and risk for bookmakers. First steps: overround demo",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def _all() -> None:
        """Make a group also of a single verb."""

    for name, verb in VERBS.items():
        if name != chosen:
            app.command(name, help=verb.help)(_not_chosen)
            continue
        found = getattr(import_module(f"overround.commands.{verb.module}"), verb.attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def _not_chosen() -> None:
    """Stand in for a verb that is only listed."""


def main() -> None:
    """Run the command line; a wrong argument gets one line on stderr and exit status 2."""
    chosen = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    try:
        sys.exit(build(chosen)(standalone_mode=False) or 0)
    except USAGE_ERROR as error:
        typer.echo(_one_line(error, chosen), err=True)
        sys.exit(2)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)


USAGE_ERROR = cast(type[Exception], typer.BadParameter.__bases__[0])
"""What typer raises for any wrong argument; the class itself has no public name."""


def _one_line(error: Exception, chosen: str | None) -> str:
    said = getattr(error, "format_message", lambda: "")()
    if "\n" in said or not said:  # called without arguments: typer says it with the whole help
        return said or f"overround {chosen or ''}: arguments are missing"
    verb = f" {chosen}" if chosen in VERBS else ""
    return f"overround{verb}: {said} See: overround{verb} --help"


if __name__ == "__main__":
    main()
