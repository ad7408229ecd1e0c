"""What the training command wrote is what the program reads."""

from importlib import resources

from index.training.names import dictionary_lines, other_words


def test_the_shipped_words_are_those_of_the_dictionary() -> None:
    text = (resources.files("index") / "data" / "names.txt").read_text("utf-8")
    surnames, _, others = (line.split() for line in text.splitlines() if not line.startswith("#"))
    assert others == other_words(dictionary_lines(), set(surnames))


def test_names_are_left_out() -> None:
    lines = ["任命 1969 n", "李强 159 nrfg", "王者 60 n", "王维 3 n", "天气 500 n"]
    assert other_words(lines, {"任", "李", "王"}) == ["任命", "王者"]
