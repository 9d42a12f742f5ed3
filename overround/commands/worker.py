"""``overround worker STAGE...``."""

from typing import Annotated

import typer

from overround.console import fail


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
    from overround.consensus_file import SettingsError

    unknown = [stage for stage in stages if stage != "all" and stage not in STAGES]
    if unknown:
        fail(f"unknown stage {unknown[0]!r}; there are {', '.join(STAGES)}, or all of them: all")
    try:
        run_worker(list(STAGES) if "all" in stages else list(dict.fromkeys(stages)), port)
    except SettingsError as error:
        fail(str(error))
