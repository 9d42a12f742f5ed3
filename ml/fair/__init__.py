"""Fair 1X2 probabilities: the consensus, corrected towards where it is going to close.

Start at ``match`` (what goes in), then ``form`` (what past matches leave), ``features`` and ``model``.
"""
