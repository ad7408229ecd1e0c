"""How the confidence model came to be, and the figures of fusion; never imported at run time."""
