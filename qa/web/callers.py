"""Who calls, by the key in the request, and what they may do: found once for each request, asked for by each route.

    @api.post("/ask", dependencies=[Depends(require("ask"))])

A key stands in `Authorization: Bearer …` and nowhere else, never in an address. Who gives none may do what the setting
`anonymous` says; who gives a wrong one may do nothing, so that a key that was withdrawn is noticed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from starlette.requests import HTTPConnection

from qa.errors import KeyNeeded, KeysUnusable, ScopeMissing
from qa.settings import ANONYMOUS, Settings, scopes_of
from qa.web.apierrors import public_message
from qa.web.keys import Keys
from qa.web.limits import API, MCP
from qa.web.responses import App, Receive, Scope, Send, send_problem
from qa.web.uploads import LOOPBACK

KEYED = (API, "/admin", MCP)  # the paths at which a key is looked at
LONGEST = 200  # characters of what may be a key
WRONG = "密钥不对，或已收回、到期。请向管理员要一把新的；不用密钥，就去掉请求头 Authorization。"
NEEDED = "这里要有密钥：请在请求头写明 Authorization: Bearer 密钥。密钥由管理员用 speechqa keys make 发放。"
SAID_OUT_LOUD = (
    "没有密钥的人也能用这里的问答（设置 anonymous 没有写明，而服务不只在本机）。"
    "只让有密钥的人用，请写明 --anonymous none；就要这样，请写明 --anonymous {all}。"
)
_NAMES = {"ask": "提问", "feedback": "反馈", "documents": "上传和管理文稿", "admin": "管理"}


def anonymous_scopes(settings: Settings) -> frozenset[str]:
    """Return what may be done without a key."""
    named = settings.anonymous.strip()
    return frozenset(ANONYMOUS if not named else () if named == "none" else scopes_of(named))


def warnings_of(settings: Settings) -> list[str]:
    """Return what is to be said out loud about who may call."""
    silent = not settings.anonymous.strip() and settings.host not in LOOPBACK
    return [SAID_OUT_LOUD.format(all=",".join(ANONYMOUS))] if silent else []


class Callers:
    """Finds what the caller may do and notes it in the request's state; refuses what is no key (401)."""

    def __init__(self, app: App, keys: Keys, anonymous: Collection[str]) -> None:
        """`anonymous`: the scopes of who gives no key."""
        self.app = app
        self._keys = keys
        self._anonymous = frozenset(anonymous)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may call; what it may do there, the route asks for."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["scopes"] = self._anonymous
        tokens = [
            token for n, v in scope["headers"] if n == b"authorization" and (token := _bearer(v)) is not None
        ]
        if tokens and scope["path"].startswith(KEYED):
            try:
                key = self._keys.check(tokens[0]) if len(tokens) == 1 and len(tokens[0]) <= LONGEST else None
            except KeysUnusable as error:
                await send_problem(send, 503, error.code, public_message(error))
                return
            if key is None:
                await send_problem(send, 401, KeyNeeded.code, WRONG, [challenge('error="invalid_token"')])
                return
            state["granted"] = frozenset(key.scopes)
            state["scopes"] = self._anonymous | state["granted"]
            state["key"] = key.id
        await self.app(scope, receive, send)


def require(scope: str) -> Callable[[HTTPConnection], Awaitable[None]]:
    """Return a dependency of a route that lets in only who may do `scope`; raises KeyNeeded, ScopeMissing."""

    async def required(connection: HTTPConnection) -> None:
        check_scope(connection.scope, scope)

    required.__doc__ = scope
    return required


def check_scope(request: Scope, scope: str) -> None:
    """Raise KeyNeeded (401) or ScopeMissing (403) where a request may not do `scope`; one that nobody looked at may nothing."""
    state = request.get("state", {})
    if scope in state.get("scopes", ()):
        return
    if state.get("key") is None:
        raise KeyNeeded(NEEDED)
    raise ScopeMissing(f"这把密钥没有“{_NAMES[scope]}”（{scope}）的权限。请向管理员要一把有的。")


def is_granted(request: Scope, scope: str) -> bool:
    """Tell whether the caller's own key may do `scope`: what is open to everybody does not count."""
    return scope in request.get("state", {}).get("granted", ())


def challenge(more: str = "") -> tuple[str, str]:
    """Return the header that says how to come with a key."""
    return "www-authenticate", f'Bearer realm="speechqa"{", " if more else ""}{more}'


def _bearer(value: bytes) -> str | None:
    """Return the token of an Authorization header; None where it is of another kind, a proxy's password say."""
    kind, _, token = value.decode("latin-1").strip().partition(" ")
    return token.strip() if kind.lower() == "bearer" else None
