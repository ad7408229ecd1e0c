"""How the confidence model and the fusion weights came to be: commands, never imported at run time."""
