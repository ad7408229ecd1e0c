"""The page under `streamlit run app.py`: behind the checks of `speechqa serve`, tended and renewed as that is.

Address and port are Streamlit's there; settings of what is not there are named at the start.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields, replace

import streamlit
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount

from index import SpeechIndexError
from qa.errors import QuestionError
from qa.settings import Settings, load_settings
from qa.web.access import Access, allowed_origins
from qa.web.apierrors import handle_errors
from qa.web.callers import Callers, anonymous_scopes
from qa.web.documents import add_documents
from qa.web.dropping import check_watch
from qa.web.keys import open_keys
from qa.web.librarian import add_library
from qa.web.limits import API
from qa.web.logs import write_line
from qa.web.packing import Static
from qa.web.resources import Resources, share, shared
from qa.web.scratch import begin
from qa.web.server import EVERYWHERE, STREAMLIT, limits_of, own_hosts, script_route
from qa.web.tabs import Tabs
from qa.web.upkeep import at_work, without_dumps

# Of the server alone; that they do nothing here is said.
OF_THE_SERVER = (
    *("host", "port", "connections", "concurrent", "trusted_proxies", "user_header", "log_users"),
    *("admin", "mcp", "metrics_port", "metrics_host"),
)
IGNORED = (
    "streamlit run app.py 用不上这几项设置：{names}。要用，请运行 speechqa serve；"
    "这里的地址和端口写作 --server.address、--server.port。"
)


def given_settings() -> Settings | None:
    """Return the settings in force; None where they are broken, which the page itself tells."""
    try:
        return load_settings()
    except QuestionError:
        return None


def _at_its_address(settings: Settings) -> Settings:
    """Return the settings with the address that Streamlit listens on."""
    return replace(settings, host=streamlit.get_option("server.address") or EVERYWHERE[0])


def ignored(settings: Settings) -> str:
    """Return the line that names what was set and does nothing here; empty where there is none."""
    names = [
        o.name for o in fields(settings) if o.name in OF_THE_SERVER and getattr(settings, o.name) != o.default
    ]
    return IGNORED.format(names="、".join(names)) if names else ""


def page_routes(given: Settings | None) -> list[BaseRoute]:
    """Return the routes beside the page: its script, and what takes its files where the settings allow it.

    Raises SystemExit with one line where a folder is to be watched that cannot be, as `speechqa serve` refuses to start.
    """
    without_dumps()
    if given is None:
        return [script_route()]
    settings = _at_its_address(given)
    try:
        resources = Resources(settings)
    except QuestionError:
        return [script_route()]
    try:
        check_watch(settings)
    except (QuestionError, SpeechIndexError) as error:
        raise SystemExit(f"错误：{error}") from error
    begin()
    share(resources)
    for line in filter(None, (ignored(given), *resources.warnings)):
        write_line(sys.stderr, line)
    return [script_route(), Mount(API, page_api(resources))]


def page_api(resources: Resources) -> FastAPI:
    """Return the routes of the API that the page itself uses."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    handle_errors(api)
    add_documents(api, resources)
    add_library(api, resources)
    return api


def page_middleware(given: Settings | None) -> list[Middleware]:
    """Return what every request passes; a broken setting is told by the page itself."""
    settings = _at_its_address(given or Settings())
    try:
        hosts, origins = own_hosts(settings), allowed_origins(settings.origins)
    except QuestionError:
        settings, hosts, origins = Settings(), frozenset(), []
    return [
        Middleware(Access, hosts=hosts, origins=origins),
        Middleware(Callers, keys=open_keys(settings), anonymous=anonymous_scopes(settings)),
        limits_of(settings),
        Middleware(Static, folder=STREAMLIT / "static"),
        Middleware(Tabs),
    ]


@asynccontextmanager
async def page_lifespan(_: streamlit.App) -> AsyncIterator[None]:
    """Do beside the page what `speechqa serve` does beside it."""
    try:
        resources = shared()
    except QuestionError:  # told by the page itself
        yield
        return
    async with at_work(resources):
        yield
