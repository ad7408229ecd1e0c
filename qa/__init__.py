"""Question -> cited answer, in these stages.

understanding  question and earlier turns -> Query
outline        questions about the structure, answered from the section tree
terms          shorthand: where it is spelled out, where it is only mentioned
retrieval      Query -> ranked passages
lists          all points that belong, over the whole document
evidence       hits -> verbatim spans
confidence     answered, or not in the document
answering      the stages in order: `Engine.ask()`; opening: `open_engine()`
rendering      Answer -> JSON, terminal text, Markdown
"""

from qa.answering import Engine
from qa.errors import QuestionError
from qa.opening import open_engine
from qa.rendering import to_json
from qa.settings import Settings, load_settings
from qa.types import Answer, Kind, Point, Status

__all__ = [
    "Answer",
    "Engine",
    "Kind",
    "Point",
    "QuestionError",
    "Settings",
    "Status",
    "load_settings",
    "open_engine",
    "to_json",
]
