"""What a model is: its ids, what exists, what deviates, what it costs.

Place in the house: floor 3. Facts as rows, each with its evidence. No other room contains the
name of a model.
"""
