"""What stands under what, beside the gold made by hand: precision and recall by type.

python -m tests.benchmarks.knowledge     (SPEECHQA_EVAL names the folder with the seven documents of the ten
that do not lie in this repository)
"""

from index import index_document
from tests.knowledge_gold import documents, score, total


def main() -> None:
    scores = [score(gold, one.text, index_document(one).knowledge) for gold, one in documents()]
    print(f"{len(scores)} documents")
    print(f"{'type':14}{'right':>7}{'gold':>7}{'found':>7}{'P':>7}{'R':>7}")
    for kind, (right, wanted, found) in total(scores).items():
        precision, recall = (100 * right / max(1, n) for n in (found, wanted))
        print(f"{kind:14}{right:7}{wanted:7}{found:7}{precision:7.1f}{recall:7.1f}")


if __name__ == "__main__":
    main()
