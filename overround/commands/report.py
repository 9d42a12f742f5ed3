"""``overround report``: documents of measured figures, each made by one command."""

import typer

from overround.commands.report_arbitrage import arbitrage
from overround.commands.report_book import book
from overround.commands.report_compilation import compilation
from overround.commands.report_fair import fair
from overround.commands.report_profile import profile
from overround.commands.report_sharps import sharps

app = typer.Typer(help="Write documents of measured figures.", no_args_is_help=True, rich_markup_mode=None)
app.command("book")(book)
app.command("arbitrage")(arbitrage)
app.command("compilation")(compilation)
app.command("fair")(fair)
app.command("profile")(profile)
app.command("sharps")(sharps)


@app.callback()
def _group() -> None:
    """Make a group also of a single verb."""
