"""Widths and colour schemes in which pages are looked through for faults: every width in ./check, all with --long."""

from itertools import product

from tests.browser.screens import SCHEMES, WIDTHS
from tests.long import scaled

LOOKS = scaled(
    [(width, SCHEMES[n % 2 - 1]) for n, width in enumerate(WIDTHS)], list(product(WIDTHS, SCHEMES))
)
