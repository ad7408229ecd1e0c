"""A deterministic encoder that means something: two texts are near when they share characters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.encoder import Ids, Vectors, normalised


class CharacterEncoder:
    """Counts of characters, hashed into a few places by their code."""

    name = "characters"
    dimension = 64
    fingerprint = "characters-64"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a question."""
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        """Return one vector a passage."""
        del progress
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for char in text:
                vectors[row, ord(char) % self.dimension] += 1
        return normalised(vectors)

    def token_ids(self, texts: Sequence[str]) -> list[Ids]:
        """Return none."""
        return [np.empty(0, dtype=np.int32) for _ in texts]

    def token_scores(self, text: str, others: Ids) -> Vectors:
        """Return none."""
        del text
        return np.empty((len(others), 0), dtype=np.float32)
