"""The Odds API v4: JSON snapshots, and the tables that others have made of them."""
