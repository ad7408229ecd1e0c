"""What runs on POSIX only, or depends on the system's encoding: listed, and guarded. Nothing was run on Windows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    p
    for package in ("index", "qa")
    for p in sorted((ROOT / package).rglob("*.py"))
    if "training" not in p.parts
]
MODULES = {
    "fcntl",
    "resource",
    "pwd",
    "grp",
    "termios",
    "tty",
    "pty",
    "syslog",
    "curses",
    "posix",
    "readline",
    "crypt",
}
CALLS = {
    *("os.fork", "os.forkpty", "os.getuid", "os.geteuid", "os.getgid", "os.setuid", "os.setsid", "os.killpg"),
    *("os.getpgid", "os.fchmod", "os.fchown", "os.chown", "os.chroot", "os.mkfifo", "os.nice", "os.sysconf"),
    *("os.statvfs", "os.uname", "os.getloadavg", "os.sched_getaffinity", "os.wait", "os.waitid", "os.pread"),
    *(
        "os.O_DIRECTORY",
        "os.O_NOFOLLOW",
        "os.O_CLOEXEC",
        "os.O_NONBLOCK",
        "os.register_at_fork",
        "os.symlink",
    ),
    *(
        "signal.SIGKILL",
        "signal.SIGHUP",
        "signal.SIGALRM",
        "signal.SIGUSR1",
        "signal.SIGCHLD",
        "signal.SIGXCPU",
    ),
    *("signal.alarm", "signal.setitimer", "signal.pthread_sigmask", "signal.pause", "signal.sigwait"),
    *("socket.AF_UNIX", "socket.socketpair", "socket.fromfd", "socket.SO_REUSEPORT", "socket.SO_ACCEPTCONN"),
    *("asyncio.open_unix_connection", "time.tzset", "loop.add_signal_handler"),
}
# Reached on POSIX only, for the reason that stands there.
ELSEWHERE = {
    ("qa/web/running.py", "socket.AF_UNIX"): "NOTIFY_SOCKET is systemd's",
    ("qa/web/running.py", "socket.SO_ACCEPTCONN"): "LISTEN_FDS is systemd's",
    ("qa/filecache.py", "os.geteuid"): "after `if os.name != 'posix': return`",
}
PATHS = ("/tmp", "/dev/", "/proc/", "/etc/", "/var/", "/usr/", "/run/")
# Where such a path is meant for Linux, or is missed without harm.
SYSTEM = {
    "index/formats/isolated.py": "what a process has taken; 0 where the file is not there",
    "qa/units.py": "systemd's units",
    "qa/web/scratch.py": "memory where there is such a folder, else the system's own place",
}
TEXT = {"read_text", "write_text"}


def dotted(node: ast.AST) -> str:
    return ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""


def guarded(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Tell whether a node stands under a test of the system, or where its absence is caught."""
    child, above = node, parents.get(node)
    while above is not None:
        if isinstance(above, ast.If | ast.IfExp | ast.BoolOp):
            test = ast.unparse(above.values[0] if isinstance(above, ast.BoolOp) else above.test)
            if child is not getattr(above, "test", None) and any(
                sign in test for sign in ("os.name", "sys.platform", "hasattr(", "WINDOWS")
            ):
                return True
        if isinstance(above, ast.Try) and child in above.body:
            caught = {dotted(part) for h in above.handlers if h.type for part in ast.walk(h.type)}
            if caught & {"ImportError", "AttributeError"}:
                return True
        child, above = above, parents.get(above)
    return False


def posix_only(path: Path) -> set[str]:
    """Return what of POSIX a file uses without a guard."""
    tree = ast.parse(path.read_text("utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found = set()
    for node in ast.walk(tree):
        names = set()
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names} & MODULES
        elif isinstance(node, ast.ImportFrom):
            names = {node.module or ""} & MODULES
        elif isinstance(node, ast.Attribute):
            names = {dotted(node)} & CALLS
        elif isinstance(node, ast.keyword) and node.arg in ("preexec_fn", "pass_fds", "start_new_session"):
            names = set() if "os.name" in ast.unparse(node.value) else {node.arg}
        if names and not guarded(node, parents):
            found |= names
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_of_posix_is_unguarded(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    allowed = {call for file, call in ELSEWHERE if file == name}
    assert posix_only(path) == allowed


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_text_file_has_its_encoding(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
        given = {k.arg for k in node.keywords}
        if name in TEXT:
            assert (
                "encoding" in given
                or len(node.args) >= (1 if name == "read_text" else 2)
                or (
                    dotted(node.func).startswith("installed.")  # importlib.metadata's, which is UTF-8
                )
            ), f"{path}:{node.lineno}"
        if dotted(node.func).startswith(("tarfile.", "zipfile.")):
            continue  # their "w" is of bytes
        if name in ("open", "fdopen") and (
            isinstance(node.func, ast.Name) or name == "fdopen" or _is_path(node)
        ):
            mode = next(
                (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)), "r"
            )
            assert "b" in mode or "encoding" in given, f"{path}:{node.lineno}"


def _is_path(node: ast.Call) -> bool:
    """Tell whether `x.open(…)` has a mode, as a path's has."""
    return any(isinstance(a, ast.Constant) and a.value in ("r", "w", "a", "x", "r+", "w+") for a in node.args)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_place_of_one_system_is_taken_for_granted(path: Path) -> None:
    if path.relative_to(ROOT).as_posix() in SYSTEM:
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not node.value.startswith(PATHS), f"{path}:{node.lineno}: {node.value}"


def test_files_are_replaced_only_when_they_are_closed() -> None:
    """Windows replaces no file that is open: each place stands outside the `with` that wrote it."""
    for path in FILES:
        tree = ast.parse(path.read_text("utf-8"))
        for block in (n for n in ast.walk(tree) if isinstance(n, ast.With)):
            opened = {
                i.optional_vars.id
                for i in block.items
                if isinstance(i.optional_vars, ast.Name) and "open" in ast.unparse(i.context_expr)
            }
            if not opened or "zip" in ast.unparse(block.items[0].context_expr).lower():
                continue
            for call in (c for c in ast.walk(block) if isinstance(c, ast.Call)):
                name = ast.unparse(call.func)
                moves = (
                    name in ("os.replace", "os.rename")
                    or name.endswith(".rename")
                    or (name.endswith(".replace") and len(call.args) == 1)
                )
                assert not moves, f"{path}:{call.lineno}"


def test_the_guards_are_seen(tmp_path: Path) -> None:
    for text, found in (
        ("import fcntl\n", {"fcntl"}),
        ("try:\n    import fcntl\nexcept ImportError:\n    fcntl = None\n", set()),
        ("import os\nos.fork()\n", {"os.fork"}),
        ("import os\nif os.name == 'posix':\n    os.fork()\n", set()),
        ("import os\na = os.sysconf('x') if hasattr(os, 'sysconf') else 1\n", set()),
        ("import subprocess\nsubprocess.run([], preexec_fn=print)\n", {"preexec_fn"}),
    ):
        (tmp_path / "a.py").write_text(text, "utf-8")
        assert posix_only(tmp_path / "a.py") == found
