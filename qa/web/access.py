"""Who may call: the names this server goes by, and the sites that may embed and call it, by Host and Origin.

A browser sends both and no page can forge them. Another site's page is told by its Origin; a page whose own name was
made to resolve to this server (DNS rebinding) by its Host. Checked before anything else sees the request, and the
Origin is taken off a WebSocket's handshake: Streamlit would look up this machine's public address for it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress

from qa.errors import BadSetting
from qa.web.responses import App, Receive, Scope, Send, refuse

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_PORT = re.compile(r"[1-9]\d{0,4}")
_DEFAULT = {"http": "80", "https": "443"}


def host_name(text: str) -> str | None:
    """Return a host as browsers write it (lower case, an IPv6 address short and in brackets); None for none."""
    text = text.lower()
    if text.startswith("["):
        with suppress(ValueError):
            if text.endswith("]") and "%" not in text:
                return f"[{ipaddress.IPv6Address(text[1:-1]).compressed}]"
        return None
    if not _NAME.fullmatch(text) or len(text) > 253:
        return None
    text = text.removesuffix(".")
    if re.fullmatch(r"\d+|0x[0-9a-f]*", text.rpartition(".")[2]):  # then browsers take it for an IPv4 address
        with suppress(ValueError):
            return str(ipaddress.IPv4Address(text))
        return None
    return text


def split_port(text: str) -> tuple[str, str | None] | None:
    """Return host and port of `host[:port]`, the host as in `host_name`; None where it is neither."""
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host = text
    name = host_name(host)
    if name is None or (colon and not (_PORT.fullmatch(port) and int(port) < 65_536)):
        return None
    return name, port if colon else None


def allowed_origins(setting: str) -> list[str]:
    """Return the origins that may embed and call, as browsers write them. Raises BadSetting for what is none."""
    return [_origin(part.strip()) for part in setting.split(",") if part.strip()]


def _origin(text: str) -> str:
    def refused(why: str) -> BadSetting:
        return BadSetting(
            f"设置“origins”里的“{text}”不能用：{why}。"
            "应为逗号分隔的网页来源，如 https://portal.intranet 或 http://10.1.2.3:8080。请改正。"
        )

    scheme, mark, rest = text.partition("://")
    scheme, rest = scheme.lower(), rest.removesuffix("/")
    if not mark or scheme not in _DEFAULT:
        raise refused("要以 http:// 或 https:// 开头")
    if "*" in rest:
        raise refused("不支持通配符，请逐个写明")
    if re.search(r"[/?#@\\]", rest):
        raise refused("只写到主机名和端口，不带用户名、路径和参数")
    if not rest.isascii():
        raise refused("浏览器用 xn-- 开头的形式报告中文域名，请写成那种形式")
    parts = split_port(rest)
    if parts is None:
        raise refused("主机名或端口不对，浏览器不会这样报告来源")
    host, port = parts
    return f"{scheme}://{host}" + (f":{port}" if port and port != _DEFAULT[scheme] else "")


def allowed_hosts(setting: str) -> frozenset[str]:
    """Return the names in the setting `hosts`, as browsers write them. Raises BadSetting for what is none."""
    return frozenset(_host(part.strip()) for part in setting.split(",") if part.strip())


def _host(text: str) -> str:
    bare = f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text
    name = host_name(bare)
    if name is None:
        why = "不支持通配符，请逐个写明" if "*" in text else "只写名字，不带 http://、端口和路径"
        raise BadSetting(
            f"设置“hosts”里的“{text}”不能用：{why}。应为逗号分隔的主机名，如 qa.intranet 或 10.1.2.3。请改正。"
        )
    return name


def own_origin(origin: str, host: str) -> bool:
    """Tell whether a page of `origin` is one of the server that it calls as `host`: the same name and port."""
    scheme, _, rest = origin.lower().partition("://")
    theirs, ours = split_port(rest), split_port(host)
    if scheme not in _DEFAULT or theirs is None or ours is None or theirs[0] != ours[0]:
        return False
    port = theirs[1] or _DEFAULT[scheme]
    return port == ours[1] if ours[1] else port in _DEFAULT.values()


class Access:
    """Refuses a Host that is none of ours (421) and an Origin that may not call (403), HTTP and WebSocket."""

    def __init__(self, app: App, hosts: Iterable[str], origins: Sequence[str]) -> None:
        """`hosts` and `origins` as `allowed_hosts` and `allowed_origins` give them."""
        self.app = app
        self._hosts = frozenset((*LOOPBACK, *hosts))
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may call."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        given = [(n, v.decode("latin-1")) for n, v in scope["headers"] if n in (b"host", b"origin")]
        hosts = [value for name, value in given if name == b"host"]
        origins = [value for name, value in given if name == b"origin"]
        if len(hosts) > 1 or (not hosts and scope.get("http_version") != "1.0"):
            await refuse(scope, send, 400, "bad_request", "请求里应有一个 Host，不多不少。")
        elif hosts and not self._ours(hosts[0], scope):
            await refuse(scope, send, 421, "unknown_host", _unknown_host(hosts[0]))
        elif any(not self._may_call(origin, hosts) for origin in origins):
            await refuse(scope, send, 403, "foreign_origin", _foreign(origins[0]))
        else:
            if scope["type"] == "websocket" and origins:
                scope = {**scope, "headers": [h for h in scope["headers"] if h[0] != b"origin"]}
            await self.app(scope, receive, send)

    def _ours(self, host: str, scope: Scope) -> bool:
        parts = split_port(host)
        return parts is not None and (parts[0] in self._hosts or parts[0] == _local(scope))

    def _may_call(self, origin: str, hosts: Sequence[str]) -> bool:
        return origin.lower() in self._origins or bool(hosts and own_origin(origin, hosts[0]))


def _local(scope: Scope) -> str | None:
    """Return the address that the connection came in at, as a host."""
    address = str((scope.get("server") or ("",))[0]).removeprefix("::ffff:")  # IPv4 on a socket of both
    return host_name(f"[{address.partition('%')[0]}]" if ":" in address else address)


def _foreign(origin: str) -> str:
    try:
        named = f"（{_origin(origin)}）"
    except BadSetting:  # null, or what no browser sends
        named = ""
    return f"这个网页的来源{named}不在允许之列。要从别的网站调用，请管理员在设置 origins 里写明那个来源。"


def _unknown_host(host: str) -> str:
    parts = split_port(host)
    if parts is None:
        return "Host 不是主机名。"
    return (
        f"主机名“{parts[0]}”不是本站的。如果确是本站的名字，请管理员在设置 hosts 里写明：--hosts {parts[0]}。"
    )
