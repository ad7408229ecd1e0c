"""Rerankers: what is read, what that moves, and other people's models."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.errors import EncoderError, EncoderNotFound
from qa import Engine
from qa.reranking import (
    READ,
    Candidate,
    CrossEncoderReranker,
    PairReranker,
    load_reranker,
    reread,
)
from qa.retrieval import rank
from qa.types import Kind, Query

QUESTION = "口岸货运量是多少"


class Contrary:
    """Says yes to what the first stage puts last."""

    name = "contrary"
    weight = 0.3
    judges = True

    def __init__(self) -> None:
        self.seen: list[Candidate] = []

    def score(self, question: str, history: Sequence[str], candidates: Sequence[Candidate]) -> np.ndarray:
        """Return rising logits."""
        del question, history
        self.seen += candidates
        return np.linspace(-9, 9, len(candidates)).astype(np.float32)


def query(kind: Kind = Kind.FACT) -> Query:
    return Query(QUESTION, QUESTION, kind, QUESTION)


def test_none_changes_nothing(engine: Engine) -> None:
    ranking = rank(query(), engine.snapshot, engine.encoder, engine.settings)
    assert reread(query(), ranking, engine.snapshot, None) is ranking
    assert load_reranker("none", engine.encoder) is None


def test_what_is_read_moves_up_by_its_chance_at_most(engine: Engine) -> None:
    ranking = rank(query(), engine.snapshot, engine.encoder, engine.settings)
    contrary = Contrary()
    after = reread(query(), ranking, engine.snapshot, contrary)
    rows = ranking.best_rows(READ)
    assert len(contrary.seen) == len(rows) == READ
    assert contrary.seen[0].text in engine.snapshot.documents[0].document.text
    assert contrary.seen[0].path
    moved = after.fused - ranking.fused
    assert moved[rows[-1]] == pytest.approx(contrary.weight, abs=1e-3)
    assert moved[rows[0]] == pytest.approx(0, abs=1e-3)
    others = np.setdiff1d(np.arange(len(moved)), rows)
    assert (moved[others] == 0).all()
    assert np.isnan(after.read[others]).all()
    assert not np.isnan(after.read[rows]).any()


def test_logits_that_the_judge_was_not_fitted_to_do_not_reach_it(engine: Engine) -> None:
    ranking = rank(query(), engine.snapshot, engine.encoder, engine.settings)
    contrary = Contrary()
    contrary.judges = False
    after = reread(query(), ranking, engine.snapshot, contrary)
    assert len(after.read) == 0
    assert (after.fused != ranking.fused).any()
    assert not CrossEncoderReranker.judges


def test_a_list_is_read_for_the_judge_but_keeps_its_order(engine: Engine) -> None:
    asked = query(Kind.LIST)
    ranking = rank(asked, engine.snapshot, engine.encoder, engine.settings)
    after = reread(asked, ranking, engine.snapshot, Contrary())
    assert (after.fused == ranking.fused).all()
    assert (~np.isnan(after.read)).sum() == READ


def test_the_shipped_one_reads_alike_in_any_company(engine: Engine) -> None:
    reranker = load_reranker("", engine.encoder)
    assert isinstance(reranker, PairReranker)
    texts = ["货运量完成120万吨，增长两成。", "会议强调要抓好党建。", ""]
    together = reranker.score(QUESTION, (), [Candidate(t) for t in texts])
    alone = [reranker.score(QUESTION, (), [Candidate(t)])[0] for t in texts]
    assert together.tobytes() == np.array(alone, np.float32).tobytes()
    assert together[0] > together[1]


def test_any_cross_encoder_of_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    letters = sorted(set("口岸货运量是多少完成万吨会议"))
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]), "utf-8")
    folder = tmp_path / "model"
    size = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    BertForSequenceClassification(
        BertConfig(vocab_size=len(letters) + 5, num_labels=1, **size)
    ).save_pretrained(folder)
    BertTokenizerFast(str(vocabulary)).save_pretrained(folder)
    reranker = CrossEncoderReranker(str(folder))
    two = [Candidate("货运量完成万吨", ("口岸",)), Candidate("会议")]
    together = reranker.score(QUESTION, ["会议"], two)
    assert together.shape == (2,)
    assert together[0] == reranker.score(QUESTION, ["会议"], two[:1])[0]
    assert reranker.score(QUESTION, (), ()).shape == (0,)


def test_what_is_not_there_or_no_model_is_said_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(EncoderNotFound, match="找不到模型文件夹"):
        CrossEncoderReranker(str(tmp_path / "没有"))
    with pytest.raises(EncoderNotFound, match="allow-download"):
        CrossEncoderReranker("nobody/no-such-model")
    (tmp_path / "空").mkdir()
    with pytest.raises(EncoderError, match="重排模型"):
        CrossEncoderReranker(str(tmp_path / "空")).score(QUESTION, (), [Candidate("会议")])
