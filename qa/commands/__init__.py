"""The commands, by topic: each module declares its own and runs them. A new topic is a line here."""

from types import ModuleType

from qa.commands import (
    asking,
    assistant,
    bundling,
    comparing,
    hosting,
    keeping,
    keys,
    library,
    lines,
    reading,
    serving,
    settings,
)

TOPICS: tuple[ModuleType, ...] = (
    asking,
    comparing,
    reading,
    library,
    lines,
    serving,
    settings,
    keys,
    hosting,
    keeping,
    bundling,
    assistant,
)
