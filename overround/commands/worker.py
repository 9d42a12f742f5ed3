"""``overround worker STAGE...`` and ``overround topics apply|list``."""

from typing import Annotated

import typer

from overround.console import fail, table

topics_app = typer.Typer(no_args_is_help=True, help="The topics on the broker: make them, list them.")


def worker(
    stages: Annotated[list[str], typer.Argument(help="stages to run in this process, or `all`")],
    port: Annotated[
        int, typer.Option(help="of /metrics, /health and /tables; 0 takes a free one", min=0, max=65535)
    ] = 0,
) -> None:
    """Run stages until SIGTERM or Ctrl-C.

    Example: overround worker compile surveil --port 9101
    """
    from overround.compose import STAGES, run_worker

    unknown = [stage for stage in stages if stage != "all" and stage not in STAGES]
    if unknown:
        fail(f"unknown stage {unknown[0]!r}; there are {', '.join(STAGES)}, or all of them: all")
    run_worker(list(STAGES) if "all" in stages else list(dict.fromkeys(stages)), port)


@topics_app.command("apply")
def topics_apply() -> None:
    """Make the topics that the broker does not have yet; a second call changes nothing.

    Example: overround topics apply
    """
    from overround.compose import apply_topics

    created = apply_topics()
    typer.echo(f"made {len(created)} topics" if created else "all topics are there")


@topics_app.command("list")
def topics_list(json: Annotated[bool, typer.Option("--json", help="for machines")] = False) -> None:
    """List the topics with what they hold.

    Example: overround topics list --json
    """
    from overround.compose import topic_rows

    table(("topic", "key", "partitions", "cleanup", "records"), topic_rows(), as_json=json)
