"""Widths and colour schemes in which pages are looked through for faults: two in ./check, all with --long."""

from itertools import product

from tests.browser.screens import SCHEMES, WIDTHS
from tests.long import scaled

LOOKS = scaled([(WIDTHS[0], SCHEMES[-1]), (WIDTHS[-1], SCHEMES[0])], list(product(WIDTHS, SCHEMES)))
