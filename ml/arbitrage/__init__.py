"""What a recording holds of arbitrage."""
