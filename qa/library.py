"""A question to a library: of the documents that it names, the newest of versions first, several side by side."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from index import Snapshot, fold, words
from qa.citation import document_name
from qa.comparing import NEARBY, load_places, missing_names
from qa.contrast import table_of
from qa.directory import Register
from qa.errors import BadRequest, DocumentNeeded
from qa.retrieval import wanted_numbers
from qa.scoping import Scope, read_scope
from qa.selecting import CHOICES
from qa.sides import MOST, asked_of_each, oldest_first, sides_of
from qa.types import Answer, DocumentChoice, Kind, Query, Status, Turn

WHICH = "which_document"  # the reason code where one of several documents must be chosen
SURE = 0.7  # confidence of the newest version from which older ones are not looked at
# By which an older version, or documents that do not go by the place, must be surer than those asked first.
SURER = 0.15
NAMED = 3  # documents that are named in a scope: more are counted

Ask = Callable[[str, Sequence[Turn], tuple[str, ...]], Turn]  # question, turns, ids of documents (none: all)


def to_choose(query: Query, identity: str, snapshot: Snapshot, documents: Sequence[int]) -> Answer:
    """Return the answer that offers the documents to choose from, the likeliest first."""
    bare = query.question.strip()
    choices = []
    for number in documents[:CHOICES]:
        one = snapshot.documents[number]
        name = document_name(one)
        choices.append(DocumentChoice(one.document.id, one.document.title, name, f"{name}：{bare}"))
    more = f"，这里列出最相近的 {CHOICES} 篇" if len(documents) > CHOICES else ""
    return Answer(
        id=identity,
        snapshot=snapshot.id,
        question=query.question,
        standalone=query.standalone,
        status=Status.NOT_FOUND,
        reason=WHICH,
        note=f"要看是哪一篇：有 {len(documents)} 篇文稿{more}。请选一篇。",
        kind=Kind.STRUCTURE,
        facet=query.facet,
        confidence=0.0,
        points=(),
        passages=(),
        choices=tuple(choices),
    )


@dataclass(frozen=True, slots=True)
class Library:
    """Several documents, and what they go by; `leans` tells whether a question leans on turns."""

    snapshot: Snapshot
    register: Register
    leans: Callable[[str, Sequence[Turn]], bool]

    def ask(self, question: str, turns: Sequence[Turn], ask: Ask) -> Turn:
        """Answer a question of the documents that it names, of none that a newer version takes the place of.

        Of turns that were answered with a choice of documents only the question is taken up: 白山县的.
        """
        scope = read_scope(question, self.register)
        sides = sides_of(scope, self.register)
        if sides:
            return self._side_by_side(question, asked_of_each(scope), (), scope, sides, ask)
        asked, said = scope.rest, turns
        if not asked:  # 高阳县呢: the question before, of another document
            asked, said = (turns[-1].query.question, turns[:-1]) if turns else (question, turns)
        said, turns = _answered(said), _answered(turns)
        leans = bool(turns and scope.rest) and self.leans(question, turns)
        before = said if leans or not scope.rest else ()
        named = set(scope.documents) or (self._kept(turns) if leans else set())
        if leans and not scope.documents and turns[-1].answer.table is not None:  # 粮食呢, after a comparison
            return self._side_by_side(question, asked, turns, scope, oldest_first(named, self.register), ask)
        turn = self._newest_first(asked, before, named, scope, ask)
        if scope.loose and scope.rest and turn.answer.confidence < SURE:
            wide = self._newest_first(scope.said, before, (), scope, ask)
            if wide.answer.confidence >= turn.answer.confidence + SURER and self._speaks_of(wide, scope):
                turn, named = wide, set()
        return self._told(self._spoken_of(question, turn), question, named, scope)

    def compare(self, question: str, documents: Sequence[str], ask: Ask) -> Turn:
        """Answer a question from several documents, side by side: those with these ids, else those that it names, else all.

        Raises DocumentNeeded where fewer than two are meant, BadRequest where they are too many.
        """
        numbers = self.snapshot.lookup.numbers
        scope = read_scope(question, self.register)
        wanted = {numbers[identity] for identity in documents}
        if documents:
            scope = replace(scope, documents=tuple(sorted(wanted)))
        sides = (
            oldest_first(wanted, self.register) if documents else sides_of(scope, self.register, asked=True)
        )
        if not sides:
            sides = oldest_first(set(scope.documents) or set(numbers.values()), self.register)
        if len(sides) < 2:
            raise DocumentNeeded(
                "对比要有两篇以上的文稿，实际只有一篇。请用 --document 再指明一篇，或在问题里写明。"
            )
        if len(sides) > MOST:
            raise BadRequest(f"一次最多对比 {MOST} 篇文稿，实际是 {len(sides)} 篇。请指明其中几篇。")
        return self._side_by_side(question, asked_of_each(scope), (), scope, sides, ask)

    def _kept(self, turns: Sequence[Turn]) -> set[int]:
        """Return the documents that the turn before was narrowed to."""
        numbers = self.snapshot.lookup.numbers
        return {numbers[identity] for identity in turns[-1].answer.scope if identity in numbers}

    def _newest_first(
        self, question: str, turns: Sequence[Turn], named: Collection[int], scope: Scope, ask: Ask
    ) -> Turn:
        """Ask of what no newer version takes the place of; of all where that is not sure, and they are surer."""
        entries = self.register.entries
        all_ = sorted(named) or list(range(len(entries)))
        among = frozenset(all_)
        newest = [n for n in all_ if entries[n].newer not in among]
        dated = any(not time.relative for time in scope.times)
        if dated or len(newest) == len(all_):
            return ask(question, turns, self._ids(all_))
        turn = ask(question, turns, self._ids(newest))
        if turn.answer.confidence >= SURE or turn.answer.choices:
            return turn
        older = ask(question, turns, self._ids(all_))
        least = turn.answer.confidence + SURER
        if older.answer.status is not Status.ANSWERED or older.answer.confidence < least:
            return turn
        return self._of_one_version(older)

    def _spoken_of(self, question: str, turn: Turn) -> Turn:
        """Return a turn that is not answered where the question names a place or a year of which no document speaks."""
        asked = fold(question)
        absent = missing_names(asked, turn.query, self.snapshot)
        names = [name for name in absent if not name.isascii() or name.isdigit()]
        wanted = wanted_numbers(turn.query, self.snapshot)
        unheld = (w for w in words(asked) if _is_city(w, asked) and not self.snapshot.lexical.holds(w))
        names += [w for w in unheld if not self.snapshot.lookup.has_name(w, wanted)]
        if not names or not turn.answer.points:
            return turn
        answer = turn.answer
        nearest = tuple(dict.fromkeys((*answer.points, *answer.passages)))[: len(answer.passages)]
        note = f"原文未提及：这些文稿里没有出现“{'”“'.join(names[:2])}”。"
        return replace(
            turn,
            answer=replace(
                answer, status=Status.NOT_FOUND, reason="name_not_in_document", note=note, points=(),
                passages=nearest, total=None, confidence=0.0, digest=None,
            ),
        )  # fmt: skip

    def _speaks_of(self, turn: Turn, scope: Scope) -> bool:
        """Tell whether the place that a question names stands by the first point of its answer, or in the headings above it."""
        if not turn.answer.points:
            return False
        point = turn.answer.points[0]
        one = self.snapshot.documents[self.snapshot.lookup.numbers[point.document.id]]
        near = one.folded[max(0, point.start - NEARBY) : point.end + NEARBY]
        return scope.loose in near + fold("".join(point.path))

    def _of_one_version(self, turn: Turn) -> Turn:
        """Return a turn without the points of other versions of the document that answers first."""
        numbers = self.snapshot.lookup.numbers
        first = numbers[turn.answer.points[0].document.id]
        others = set(self.register.versions(first)) - {first}
        kept = tuple(p for p in turn.answer.points if numbers[p.document.id] not in others)
        total = None if turn.answer.total is None else len(kept)
        return replace(turn, answer=replace(turn.answer, points=kept, total=total))

    def _ids(self, documents: Sequence[int]) -> tuple[str, ...]:
        """Return the ids of documents, none for all."""
        ids = tuple(self.snapshot.lookup.numbers)
        return () if len(documents) == len(ids) else tuple(ids[n] for n in documents)

    def _told(self, turn: Turn, question: str, named: set[int], scope: Scope) -> Turn:
        """Return a turn with what it was narrowed to, and which version answers."""
        answer = turn.answer
        if named and len(named) < len(self.snapshot.documents):
            shown = self._shown(named, scope.names)
            said = f"{answer.standalone.rstrip('？?。 ')}（只问：{shown}）"
            answer = replace(
                answer,
                standalone=said,
                scope=tuple(self.snapshot.documents[n].document.id for n in sorted(named)),
            )
        answer = self._noted(answer, scope)
        if question != answer.question:
            answer = replace(answer, question=question, id=_identity(str(answer.id), question))
        return replace(turn, answer=answer)

    def _shown(self, named: Collection[int], said: str) -> str:
        names = [self.register.entries[n].name for n in sorted(named)]
        if len(names) <= NAMED:
            return "、".join(names)
        return f"“{said}”的 {len(names)} 篇" if said else f"{names[-1]}等 {len(names)} 篇"

    def _noted(self, answer: Answer, scope: Scope) -> Answer:
        """Return an answer with a note on the versions of its document, and on what was named and is not there."""
        notes = [answer.note, scope.missing]
        places = answer.points
        if places:
            notes.append(self._version(self.snapshot.lookup.numbers[places[0].document.id], scope))
        said = "".join(note for note in notes if note)
        return replace(answer, note=said or None)

    def _version(self, number: int, scope: Scope) -> str:
        """Return what is to be said of a document that has versions, or is no longer in force."""
        entries = self.register.entries
        entry = entries[number]
        if entry.newer is not None:
            newer = entries[entry.newer].name
            if entry.ended:
                return f"{entry.name}已经废止或失效（见{newer}）。"
            return (
                ""
                if scope.dated or scope.times
                else f"较新的{newer}里没有更合适的回答，这是{entry.name}里的。"
            )
        years = [y for n in self.register.versions(number) if n != number and (y := entries[n].year)]
        if not years or scope.dated or scope.times:
            return ""
        span = f"{years[0]}年" if len(years) == 1 else f"{years[0]}年到{years[-1]}年"
        return f"同名文稿还有 {len(years)} 篇（{span}），这里答的是最新的一篇；问别的请写明年份。"

    def _side_by_side(
        self, question: str, each: str, before: Sequence[Turn], scope: Scope, sides: Sequence[int], ask: Ask
    ) -> Turn:
        """Ask `each` of every document, and set what they say side by side."""
        turns = [ask(each, before, (self.snapshot.documents[n].document.id,)) for n in sides]
        entries = [self.register.entries[n] for n in sides]
        table = table_of(self.snapshot, sides, entries, [t.answer for t in turns])
        answered = [t for t in turns if t.answer.points]
        first = (answered or turns)[-1]
        points = tuple(
            cell.point for place in range(len(sides)) for row in table.rows if (cell := row.cells[place])
        )
        shown = "\x1f".join(self.snapshot.documents[n].document.id for n in sides)
        answer = replace(
            first.answer,
            id=_identity(str(first.answer.id), f"{question}\x1f{shown}"),
            question=question,
            standalone=f"{first.answer.standalone.rstrip('？?。 ')}（对比：{'、'.join(e.name for e in entries)}）",
            status=Status.ANSWERED if points else Status.NOT_FOUND,
            note=scope.missing or (None if points else "原文未提及：这几篇里都没有找到。"),
            confidence=min((t.answer.confidence for t in answered), default=0.0),
            points=points,
            passages=() if points else first.answer.passages,
            total=None,
            scope=tuple(self.snapshot.documents[n].document.id for n in sides),
            digest=None,
            table=table if points else None,
        )
        return replace(first, answer=answer)


def _answered(turns: Sequence[Turn]) -> Sequence[Turn]:
    """Return the turns that were not answered with a choice of documents."""
    return [turn for turn in turns if not turn.answer.choices]


def _is_city(word: str, question: str) -> bool:
    """Tell whether a word is a city's name without 市, spoken of as a place: at the beginning, or before 的."""
    return f"{word}市" in load_places() and (question.startswith(word) or f"{word}的" in question)


def _identity(before: str, question: str) -> str:
    """Return the id of an answer that was asked for in other words."""
    return sha256(f"{before}\x1f{question}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
