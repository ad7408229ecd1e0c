"""Streamlit's options: those of streamlit.toml, and what the settings say."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib import resources as files
from typing import Any

from streamlit.web.bootstrap import load_config_options

from qa.settings import Settings


def configure_streamlit(settings: Settings, origins: Sequence[str]) -> None:
    """Give Streamlit its options: those of streamlit.toml, and where and for whom it serves."""
    options: dict[str, Any] = {}
    _flatten(tomllib.loads((files.files("qa.web") / "streamlit.toml").read_text("utf-8")), "", options)
    options |= {
        "server.address": settings.host,
        "server.port": settings.port,
        "server.headless": True,
        "browser.serverAddress": settings.host,
        "server.corsAllowedOrigins": list(origins),
        "client.allowedOrigins": list(origins),
    }
    load_config_options({name.replace(".", "_"): value for name, value in options.items()})


def _flatten(table: dict[str, Any], prefix: str, into: dict[str, Any]) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _flatten(value, f"{prefix}{key}.", into)
        else:
            into[prefix + key] = value
