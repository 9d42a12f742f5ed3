"""``overround topics apply|list``."""

from typing import Annotated

import typer

from overround.console import table

app = typer.Typer(no_args_is_help=True, help="The topics on the broker: make them, list them.")


@app.command("apply")
def apply() -> None:
    """Make the topics that the broker does not have yet; a second call changes nothing.

    Example: overround topics apply
    """
    from overround.compose import apply_topics

    created = apply_topics()
    typer.echo(f"made {len(created)} topics" if created else "all topics are there")


@app.command("list")
def list_topics(json: Annotated[bool, typer.Option("--json", help="for machines")] = False) -> None:
    """List the topics with what they hold.

    Example: overround topics list --json
    """
    from overround.compose import topic_rows

    table(("topic", "key", "partitions", "cleanup", "message"), topic_rows(), as_json=json)
