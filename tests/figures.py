"""What a running server tells Prometheus, as a test reads it."""

from __future__ import annotations

import http.client

from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scraped(
    port: int, host: str = "127.0.0.1", path: str = "/metrics", method: str = "GET"
) -> tuple[int, str]:
    """Return the status and the text of what the port of figures answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, headers={"Host": host})
    response = connection.getresponse()
    told = response.status, response.read().decode()
    connection.close()
    return told


def samples(port: int) -> Samples:
    """Return all figures, by name and labels."""
    status, text = scraped(port)
    assert status == 200
    families = text_string_to_metric_families(text)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}
