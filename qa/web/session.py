"""What one browser tab holds, and what happens to it: asked, answered, kept, brought up to date. No drawing.

In each run: what other windows did comes in, what was asked is answered, what is new is kept. A conversation that
was deleted elsewhere goes here too, and nothing of it is kept anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from qa.answering import Engine
from qa.deadline import limited
from qa.errors import (
    ConversationChanged,
    ConversationGone,
    OutOfTime,
    QuestionError,
    StoreFull,
    StoreUnusable,
)
from qa.types import Answer
from qa.web.actions import Place
from qa.web.conversation import Asked, Row, question_of, turns_of
from qa.web.desk import INDEX_CHANGED, OWN_GONE, Desk
from qa.web.kept import Shown, as_text, given, look_at
from qa.web.noting import Noting, unnoted
from qa.web.scope import scope_id
from qa.web.store import ROWS, Store
from qa.web.watching import Left, Watched, Watching

DRAWN = 20  # turns drawn at first: more than a screen shows; the earlier ones at a press of a button
_TRIES = 3  # to bring a conversation up to date that other windows change at the same time


@dataclass(slots=True)
class Session:
    """One tab. It holds a conversation of its own (`identity`) or somebody's shared copy (`copy`), or neither yet."""

    rows: tuple[Row, ...] = ()
    identity: str | None = None
    copy: str | None = None
    desk: Desk = field(default_factory=Desk)
    opened: Place | None = None  # what the reader shows
    notice: str = ""
    judges: bool = True  # whether verdicts are taken
    draft: str = ""  # what goes back into the input
    anew: bool = False  # what the address names is not what is held
    since: int = 0  # the first turn that is drawn
    fresh: set[str] = field(default_factory=set)  # the answers given in this run
    verdicts: dict[str, str] = field(default_factory=dict)
    sent: tuple[str, int, str | None] | None = None  # what the browser holds: document, offset, the original
    turned: int = 0  # how often it turned to another conversation
    gone: tuple[str, ...] = ()  # conversations that are not there any more
    looked_at: dict[tuple[str | None, ...], Shown] = field(default_factory=dict)

    @property
    def turns(self) -> tuple[Row, ...]:
        """The questions that stand, in order."""
        return turns_of(self.rows)

    def shown(self, row: Row, engine: Engine) -> Shown:
        """Return a turn as it is drawn."""
        key = self.key(row.answer, question_of(row), engine)
        if key not in self.looked_at:
            now = scope_id(engine, question_of(row).scope)
            self.looked_at[key] = look_at(row, list(self.desk.library(engine).values()), now)
        return self.looked_at[key]

    def key(self, answer: str | None, asked: Asked, engine: Engine) -> tuple[str | None, ...]:
        """Return what the drawing of a turn depends on."""
        own = (held.id for held in self.desk.own) if asked.own else ()
        return (answer, asked.question, engine.snapshot.id, *asked.scope, "", *own)

    def forget(self) -> None:
        """Begin anew; what the person brought goes."""
        self.desk.clear()
        self.leave()

    def leave(self) -> None:
        """Turn to another conversation; what was brought to this one stays with it, or goes where it has no name."""
        if self.identity is None:
            self.desk.clear()  # nobody could find it again
        else:
            self.desk.leave()
        self.rows, self.identity, self.copy, self.opened, self.since = (), None, None, None, 0
        self.looked_at, self.anew = {}, True


def resume(session: Session, store: Store, identity: str, known: set[str]) -> bool:
    """Take up a kept conversation, one's own or a shared copy; `known` are the documents there are.

    What was at hand is left, unless the store cannot be read: then it stays. Tell whether the conversation is there, as
    far as that can be told: False where it is gone.
    """
    try:
        kept = store.load(identity)
    except ConversationGone as error:
        session.leave()
        session.notice = str(error)
        return False
    except (StoreUnusable, StoreFull) as error:
        session.notice = str(error)
        return True
    session.leave()
    session.anew = False
    session.rows = kept.rows
    if kept.shared:
        session.copy = identity
    else:
        session.identity = identity
    if kept.damaged:
        session.notice = f"这个对话里有 {kept.damaged} 问已损坏，读不出来，已跳过。"
    turns = session.turns
    if not kept.shared:
        session.desk.take_up(identity)
    there = known | {held.indexed.document.id for held in session.desk.own}
    asked = question_of(turns[-1]) if turns else Asked("")
    if set(asked.scope) <= there:
        session.desk.choose(asked.scope)
    else:
        session.notice = OWN_GONE if asked.own else INDEX_CHANGED
    return True


def ask(session: Session, question: str, *, literal: bool = False) -> None:
    """Take a question (as `entered` returns it); `literal`: it leans on nothing.

    Raises StoreFull where the conversation holds no more.
    """
    if len(session.rows) >= ROWS:
        session.draft = question
        raise StoreFull(f"一次对话最多 {ROWS} 次提问和修改，已经满了。请点“新对话”接着问，问题还在输入框里。")
    add(session, replace(session.desk.asked(question), literal=literal), None)


def add(session: Session, asked: Asked | None, replaces: int | None) -> None:
    """Take a row at the end of the log: a new question, or one in the place of row `replaces`."""
    number = min([0, *(row.number for row in session.rows)]) - 1
    session.rows = (*session.rows, Row(number, asked, replaces=replaces))


def leaning(session: Session, engine: Engine, row: Row) -> list[str]:
    """Return the questions that a turn leans on, oldest first: those since the last one taken literally.

    Left out is what was refused, and what was answered from a text that is gone. The engine takes the last
    ones of them that count, as it does for the API and the command line.
    """
    if question_of(row).literal:
        return []
    turns = session.turns
    history: list[str] = []
    for earlier in reversed(turns[: turns.index(row)]):
        asked = question_of(earlier)
        if earlier.answer is None or session.shown(earlier, engine).leads:
            history.append(asked.question)
        if asked.literal:
            break
    return history[::-1]


def settle(
    session: Session, store: Store, engine: Engine, watching: Watching, noting: Noting = unnoted
) -> None:
    """Bring in what other windows did, answer what is asked, keep what is new; problems go into the notice.

    Raises Left as soon as nobody is there to see the answers.
    """
    for _ in range(_TRIES):
        _told(session, lambda: _catch_up(session, store))
        if session.identity is not None:
            session.desk.take_up(session.identity)  # what was brought in another window
        _answer(session, engine, watching, noting)
        if _told(session, lambda: _keep(session, store)):
            break


def _told(session: Session, step: Callable[[], None]) -> bool:
    """Take a step of keeping; tell whether it is done with, well or not."""
    try:
        step()
    except ConversationGone as error:
        _lost(session, error)
        return False
    except ConversationChanged as error:
        session.rows = tuple(r for r in session.rows if r.number > 0 or r.replaces is None)
        session.notice = f"{error}显示的是那里的结果。"
        return False
    except (StoreUnusable, StoreFull) as error:
        session.notice = str(error)
    return True


def _lost(session: Session, error: ConversationGone) -> None:
    """Forget a conversation that is gone; a question just asked is asked anew, without what was before it."""
    pending = [replace(r, answer=None) for r in session.rows if r.number < 0 and r.replaces is None]
    session.forget()
    session.rows = tuple(pending)
    session.notice = f"{error}你的新问题另起一个对话。" if pending else str(error)


def _catch_up(session: Session, store: Store) -> None:
    identity = session.identity or session.copy
    if identity is None:
        return
    kept = [row for row in session.rows if row.number > 0]
    come = store.load(identity, max([0, *(row.number for row in kept)])).rows
    if come:
        session.rows = (*kept, *come, *(row for row in session.rows if row.number < 0))
    replaced = {row.replaces for row in session.rows if row.number > 0 and row.replaces is not None}
    if any(row.number < 0 and row.replaces in replaced for row in session.rows):
        raise ConversationChanged("这一问已在别的窗口里改过。")


def _answer(session: Session, engine: Engine, watching: Watching, noting: Noting) -> None:
    """Answer what has just been asked, and what was too long to be kept, of the turns that are drawn."""
    session.fresh = set()
    for row in session.turns[session.since :]:
        new = row.number < 0
        asked = question_of(row)
        now = scope_id(engine, asked.scope)
        if row.answer is not None or not (new or (row.snapshot == now and _there(session, engine, asked))):
            continue
        answered = _given(session, engine, row, watching, noting)
        text = as_text(answered)
        session.looked_at[session.key(text, asked, engine)] = answered
        whole = replace(row, answer=text, snapshot=now)
        session.rows = tuple(whole if other is row else other for other in session.rows)
        if new:
            session.fresh.add(text)


def _there(session: Session, engine: Engine, asked: Asked) -> bool:
    return set(asked.scope) <= session.desk.library(engine).keys()


def _given(session: Session, engine: Engine, row: Row, watching: Watching, noting: Noting) -> Shown:
    if not watching():
        raise Left
    number = None
    try:
        with noting("page", question_of(row).question) as noted:
            number = noted.request
            noted.answer = _asked(session, engine, row, watching)
            return given(row, noted.answer)
    except QuestionError as error:
        return given(row, error, number)


def _asked(session: Session, engine: Engine, row: Row, watching: Watching) -> Answer:
    """Ask what a turn asks of its documents. Raises Left as soon as nobody is there, QuestionError."""
    asked, desk = question_of(row), session.desk
    history = leaning(session, engine, row)
    try:
        with limited(Watched(engine.settings.question_seconds, watching)):
            own = desk.uploads.those(desk.brought, use=asked.own)
            asks, document = desk.scopes.engine(engine, own, asked.scope)
            return asks.ask(asked.question, history=history, document=document, facet=asked.facet)
    except OutOfTime as error:
        if not watching():
            raise Left from error
        raise


def _keep(session: Session, store: Store) -> None:
    pending = [row for row in session.rows if row.number < 0]
    if not pending:
        return
    if session.copy is not None:
        session.identity, session.rows = store.fork(session.copy, pending)
        session.copy = None
    else:
        before = tuple(row for row in session.rows if row.number > 0)
        session.identity, kept = store.append(session.identity, pending)
        session.rows = before + kept
    session.desk.uploads.bind(session.desk.brought, session.identity)
