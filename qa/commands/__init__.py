"""The commands, by topic: each module declares its own and runs them. A new topic is a line here."""

from types import ModuleType

from qa.commands import asking, assistant, keys, lines, reading, serving

TOPICS: tuple[ModuleType, ...] = (asking, reading, lines, serving, keys, assistant)
