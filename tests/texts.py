"""Texts that several tests read."""

from importlib import resources

SPEECH = (resources.files("index") / "data" / "speech" / "document.txt").read_text("utf-8")
