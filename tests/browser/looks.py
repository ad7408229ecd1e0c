"""Widths, colour schemes and zooms in which pages are looked through for faults: some in ./check, all with --long."""

from itertools import product
from typing import Any

from tests.browser.screens import SCHEMES, WIDTHS
from tests.long import scaled

LOOKS = scaled([(360, "dark"), (1440, "light")], list(product(WIDTHS, SCHEMES)))
# A page at 200 % has half as many CSS pixels, each twice as large.
ZOOMED = scaled(
    [(360, "light", 1), (768, "dark", 1), (1200, "light", 1), (1440, "dark", 1), (1440, "light", 2)],
    list(product(WIDTHS, SCHEMES, (1, 2))),
)


def options(width: int, scheme: str, zoom: int = 1) -> dict[str, Any]:
    """Return a browser context's options for a look."""
    size = {"width": width // zoom, "height": 850 // zoom}
    return {"viewport": size, "device_scale_factor": zoom, "color_scheme": scheme, "bypass_csp": True}
