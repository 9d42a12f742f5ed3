"""Where the models lie that ship with the package."""

from pathlib import Path

SHIPPED = {
    "1x2": Path(__file__).parent / "champion",
    "ou:2.5": Path(__file__).parent / "champion_totals",
    "ml": Path(__file__).parent / "champion_tennis",
}
"""Folders by market, each with the form that the model's features need."""
CHAMPION = SHIPPED["1x2"]
