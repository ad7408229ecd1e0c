"""The commands, by topic: each module declares its own and runs them. A new topic is a line here."""

from types import ModuleType

from qa.commands import asking, bundling, hosting, keeping, lines, reading, serving, settings

TOPICS: tuple[ModuleType, ...] = (asking, reading, lines, serving, settings, hosting, keeping, bundling)
