"""``overround evaluate``: how good prices are, measured on recordings."""

import typer

from overround.commands.evaluate_arbitrage import arbitrage
from overround.commands.evaluate_book import book
from overround.commands.evaluate_fair import fair
from overround.commands.evaluate_prices import consensus, devig, matching
from overround.commands.evaluate_sharps import sharps
from overround.commands.evaluate_weights import weights

app = typer.Typer(help="Measure methods against what happened.", no_args_is_help=True, rich_markup_mode=None)
app.command("devig")(devig)
app.command("consensus")(consensus)
app.command("matching")(matching)
app.command("sharps")(sharps)
app.command("fair")(fair)
app.command("arbitrage")(arbitrage)
app.command("book")(book)
app.command("weights")(weights)
