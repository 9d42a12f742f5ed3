"""The demo: recorded odds, synthetic bettors, every stage, and a look at what happens."""
