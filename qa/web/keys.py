"""Keys for programs and people: what each may do, kept as digests in one file that only its owner may read.

A key is `sq_`, its number and 256 random bits. Of these the file has the SHA-256 and nothing else: who reads the file
cannot use it. A slow hash, as passwords need, would add nothing: there is no dictionary of random bits to try.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from threading import Lock
from typing import Any

from qa.errors import BadRequest, KeysUnusable
from qa.settings import ANONYMOUS, Settings
from qa.web.database import store_path

SCOPES = (*ANONYMOUS, "admin")
DAY = 86_400.0
NAME = 60  # characters of a key's name
KEYS = 1_000  # in one file
_WAIT = 5.0  # seconds that a command waits for another one
_VERSION = 1
_MEND = "请用备份恢复，或删去它再用 speechqa keys make 重新发放；在此之前，所有密钥都不能用。"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept; times are Unix seconds. `digest` is its SHA-256 in hexadecimal digits."""

    id: str
    name: str
    scopes: tuple[str, ...]
    made: float
    digest: str
    expires: float | None = None
    withdrawn: float | None = None

    def state(self, now: float) -> str:
        """Return in Chinese whether it may be used."""
        if self.withdrawn is not None:
            return "已收回"
        return "已到期" if self.expires is not None and self.expires <= now else "可用"


class Keys:
    """The file of keys. Safe to share between threads; a change of the file is seen at the next use."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        """Read the file at `path` when it is needed. `clock` gives Unix seconds."""
        self.path = path
        self._clock = clock
        self._lock = Lock()
        self._seen: tuple[int, ...] | None = None
        self._keys: tuple[Key, ...] = ()

    def check(self, token: str) -> Key | None:
        """Return the key that a text is, None where it is none that may be used. Raises KeysUnusable."""
        digest, found = _digest(token), None
        for key in self.all():  # all of them, each in constant time
            if compare_digest(key.digest, digest):
                found = key
        return found if found is not None and found.state(self._clock()) == "可用" else None

    def all(self) -> tuple[Key, ...]:
        """Return the keys, oldest first; none where there is no file. Raises KeysUnusable."""
        with self._lock:
            seen = self._look()
            if seen != self._seen:
                self._keys, self._seen = (() if seen is None else _read(self.path)), seen
            return self._keys

    def make(self, name: str, scopes: Sequence[str], days: float | None = None) -> tuple[Key, str]:
        """Add a key; return it, and its text, which is kept nowhere. Raises BadRequest, KeysUnusable."""
        _check(name, scopes, days)
        with self._changing() as keys:
            if len(keys) >= KEYS:
                raise BadRequest(f"密钥文件里最多 {KEYS} 把密钥，已经满了。请另用一个文件（设置 keys）。")
            now = self._clock()
            key, token = _made(name, tuple(s for s in SCOPES if s in scopes), now, days and now + days * DAY)
            keys.append(key)
        return key, token

    def rotate(self, identity: str, overlap: float = 0.0) -> tuple[Key, str]:
        """Put a new key in the place of one, which goes after `overlap` hours. Raises BadRequest, KeysUnusable."""
        if not 0 <= overlap <= 24 * 365:
            raise BadRequest(f"--overlap 应在 0 到 {24 * 365} 小时之间，实际是 {overlap:g}。")
        with self._changing() as keys:
            place, old = _named(keys, identity, self._clock())
            now = self._clock()
            key, token = _made(old.name, old.scopes, now, old.expires)
            end = min(now + 3600 * overlap, old.expires or float("inf"))
            keys[place] = replace(old, expires=end) if overlap else replace(old, withdrawn=now)
            keys.append(key)
        return key, token

    def withdraw(self, identity: str) -> Key:
        """Let a key open nothing any more. Raises BadRequest, KeysUnusable."""
        with self._changing() as keys:
            place, old = _named(keys, identity, self._clock())
            keys[place] = replace(old, withdrawn=self._clock())
            return keys[place]

    def _look(self) -> tuple[int, ...] | None:
        """Return what tells one state of the file from another; None where there is none. Raises KeysUnusable."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeysUnusable(f"密钥文件 {self.path} 打不开：{error.strerror}。{_MEND}") from error
        if os.name == "posix" and found.st_mode & 0o077:
            raise KeysUnusable(
                f"密钥文件 {self.path} 别人也能读写（权限 {found.st_mode & 0o777:o}），应只有本人能读写：请运行 chmod 600。"
                "在此之前，所有密钥都不能用。"
            )
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino

    @contextmanager
    def _changing(self) -> Iterator[list[Key]]:
        """Give the keys to be changed, nobody else changing them; written when all went well."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(self.path.with_name(self.path.name + ".lock")):
            keys = list(self.all())
            yield keys
            _write(self.path, keys)


def open_keys(settings: Settings) -> Keys:
    """Return the keys that the settings name."""
    return Keys(Path(settings.keys) if settings.keys else store_path("").with_name("keys.json"))


def _made(name: str, scopes: tuple[str, ...], now: float, expires: float | None) -> tuple[Key, str]:
    identity = secrets.token_hex(4)
    token = f"sq_{identity}_{secrets.token_urlsafe(32)}"
    return Key(identity, name, scopes, now, _digest(token), expires), token


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _check(name: str, scopes: Sequence[str], days: float | None) -> None:
    if not name.strip() or len(name) > NAME or not name.isprintable():
        raise BadRequest(f"--name 应为 1 到 {NAME} 个字的名字，一行写完。")
    odd = [scope for scope in scopes if scope not in SCOPES]
    if odd or not scopes:
        told = f"实际有“{odd[0]}”" if odd else "实际是空的"
        raise BadRequest(f"--scope 应为 {'、'.join(SCOPES)} 中的几个（逗号分隔），{told}。")
    if days is not None and not 0 < days <= 3650:
        raise BadRequest(f"--days 应大于 0，不超过 3650，实际是 {days:g}。")


def _named(keys: Sequence[Key], identity: str, now: float) -> tuple[int, Key]:
    """Return the place of a key that may be used, and the key. Raises BadRequest."""
    for place, key in enumerate(keys):
        if key.id == identity:
            if key.state(now) != "可用":
                raise BadRequest(f"编号 {key.id} 的密钥{key.state(now)}。可用的见 speechqa keys list。")
            return place, key
    raise BadRequest("没有这个编号的密钥。编号见 speechqa keys list。")


def _read(path: Path) -> tuple[Key, ...]:
    try:
        data = json.loads(path.read_bytes())
        keys = tuple(_key(one) for one in data["keys"])
        whole = data["version"] == _VERSION and len(keys) <= KEYS
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        whole = False
    if not whole:  # no word of what is in it: it may be a part of a key that somebody pasted there
        raise KeysUnusable(f"密钥文件 {path} 已损坏，读不出来。{_MEND}")
    return keys


def _key(data: dict[str, Any]) -> Key:
    key = Key(**(data | {"scopes": tuple(data["scopes"])}))
    times = (key.made, key.expires, key.withdrawn)
    whole = (
        all(isinstance(text, str) for text in (key.id, key.name, *key.scopes))
        and re.fullmatch("[0-9a-f]{64}", key.digest)
        and all(t is None or (isinstance(t, int | float) and not isinstance(t, bool)) for t in times)
        and set(key.scopes) <= set(SCOPES)
    )
    if not whole:
        raise ValueError("a key is damaged")
    return key


def _write(path: Path, keys: Sequence[Key]) -> None:
    """Put the whole file in the place of the old one, of root's the folder's owner's; on the disk when this returns."""
    text = json.dumps({"version": _VERSION, "keys": [asdict(k) for k in keys]}, ensure_ascii=False, indent=1)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
            if os.name == "posix" and os.geteuid() == 0:  # made by root for a server that runs as another
                folder = path.parent.stat()
                os.fchown(file.fileno(), folder.st_uid, folder.st_gid)
        new.replace(path)
    finally:
        with suppress(OSError):
            new.unlink()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let nobody else change the file meanwhile; a lock that was left behind goes after a minute. Raises BadRequest."""
    end = time.monotonic() + _WAIT
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL, 0o600))
            break
        except FileExistsError:
            with suppress(OSError):
                if time.time() - lock.stat().st_mtime > 60:
                    lock.unlink()
                    continue
            if time.monotonic() > end:
                raise BadRequest(f"另一个命令正在改密钥文件（{lock} 还在）。请稍后再试，或删去它。") from None
            time.sleep(0.05)
    try:
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
