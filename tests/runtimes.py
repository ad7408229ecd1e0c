"""A Python to pack into a bundle, made from one that is on this machine: no standalone build can be downloaded here.

It stands for python-build-standalone's install_only file: the same layout, found by its own place. Unlike that one it
needs this machine's system libraries (OpenSSL, SQLite, …), so it is good for tests only.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

LEFT_OUT = ("test", "site-packages", "__pycache__", "idlelib", "lib2to3", "turtledemo", "config-")


def make_runtime(python: Path, target: Path) -> Path:
    """Pack the Python that `python` is, without its tests and packages, into a .tar.gz."""
    told = subprocess.run(
        [str(python), "-c", "import sys; print(sys.base_prefix); print('%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    )
    prefix, version = told.stdout.split("\n")[:2]

    def kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        parts = member.name.split("/")
        out = any(part in LEFT_OUT or part.startswith("config-") for part in parts)
        return None if out or member.name.endswith(".a") else member

    with tarfile.open(target, "w:gz", compresslevel=1) as made:
        made.add(Path(prefix) / f"lib/python{version}", f"python/lib/python{version}", filter=kept)
        program = relocated((Path(prefix) / f"bin/python{version}").read_bytes(), prefix)
        member = tarfile.TarInfo(f"python/bin/python{version}")
        member.size, member.mode = len(program), 0o755
        made.addfile(member, io.BytesIO(program))
        for library in Path(prefix).glob("lib/libpython*.so*"):
            made.add(library, f"python/lib/{library.name}")
        for link in ("python3", "python"):
            member = tarfile.TarInfo(f"python/bin/{link}")
            member.type, member.linkname = tarfile.SYMTYPE, f"python{version}"
            made.addfile(member)
    return target


def relocated(program: bytes, prefix: str) -> bytes:
    """Return a program that looks for its library beside itself, where it looked for it below `prefix`."""
    wanted, instead = f"{prefix}/lib".encode() + b"\0", b"$ORIGIN/../lib"
    return program.replace(wanted, instead.ljust(len(wanted), b"\0"))
