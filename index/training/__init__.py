"""How the shipped data came to be: commands, never imported at run time."""
