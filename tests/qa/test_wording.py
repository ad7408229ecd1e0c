"""Quotation marks."""

from qa.wording import quoted_terms


def test_quoted_terms() -> None:
    assert quoted_terms("“三个务必”和「一城五区」是什么") == ["三个务必", "一城五区"]
    assert quoted_terms("没有引号") == []
