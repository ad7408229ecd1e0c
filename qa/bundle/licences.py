"""Wheels → what each says of its licence, and the texts that it carries."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path, PurePosixPath
from typing import Protocol

from qa.errors import BundleFailed

_TEXTS = re.compile(r"(?:licen[cs]e|copying|notice|authors|copyright|third_?party)", re.I)
LARGEST = 5_000_000  # bytes of one text

# What a package's own words come to, where it writes a whole text or a name that is not SPDX's.
_NAMES = {
    "MIT License": "MIT",
    "The MIT License (MIT)": "MIT",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD 3-Clause": "BSD-3-Clause",
    "BSD-3-Clause License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


class Headers(Protocol):
    """A package's metadata, as importlib.metadata and email give it."""

    def get_all(self, name: str, failobj: None = None) -> list[str] | None:
        """Return all values of a field."""


@dataclass(frozen=True, slots=True)
class Package:
    """What a wheel says of itself."""

    name: str
    version: str
    licence: str
    requires: tuple[str, ...]
    texts: tuple[str, ...]  # members that are licences or notices


def licence_of(metadata: Headers) -> str:
    """Return a package's licence by its SPDX name; "?" where it says none."""
    expression = metadata.get_all("License-Expression")
    if expression:
        return str(expression[0])
    classified = [
        c.rpartition(" :: ")[2] for c in metadata.get_all("Classifier") or () if c.startswith("License ::")
    ]
    said = str((metadata.get_all("License") or [""])[0] or "").strip()
    short = said if said and "\n" not in said and len(said) < 60 else ""
    exact = [_NAMES.get(short, short)] if short else []
    by_class = [_NAMES.get(c, c) for c in classified if c != "OSI Approved"]
    if exact and exact[0] not in ("Dual License",):
        return exact[0]
    return " OR ".join(dict.fromkeys(by_class)) or _told_by_text(said) or "?"


def _told_by_text(text: str) -> str:
    """Return the licence whose text this is."""
    for sign, name in (("Apache License", "Apache-2.0"), ("Permission is hereby granted", "MIT")):
        if sign in text:
            return name
    return "BSD-3-Clause" if "Redistribution and use" in text else ""


def package_of(wheel: Path) -> Package:
    """Return what a wheel says of itself. Raises BundleFailed where it is none."""
    try:
        with zipfile.ZipFile(wheel) as opened:
            names = opened.namelist()
            info = next(n for n in names if n.count("/") == 1 and n.endswith(".dist-info/METADATA"))
            said: Message = message_from_bytes(opened.read(info))
            texts = [
                n
                for n in names
                if _is_text(n, info.partition("/")[0]) and opened.getinfo(n).file_size <= LARGEST
            ]
    except (OSError, zipfile.BadZipFile, StopIteration) as error:
        raise BundleFailed(
            f"{wheel.name} 不是完好的 wheel。请再运行一次，仍不行就换一个 pip 包源。"
        ) from error
    return Package(
        str(said["Name"]),
        str(said["Version"]),
        licence_of(said),
        tuple(said.get_all("Requires-Dist") or ()),
        tuple(texts),
    )


def _is_text(name: str, info: str) -> bool:
    path = PurePosixPath(name)
    inside = path.parts[0] == info or len(path.parts) <= 2
    return (
        not name.endswith(("/", ".py")) and inside and bool(_TEXTS.search(path.name) or "/licenses/" in name)
    )


def copy_texts(wheel: Path, package: Package, folder: Path) -> int:
    """Copy a wheel's licences and notices below a folder of its own; return how many there are."""
    place = folder / f"{package.name}-{package.version}"
    with zipfile.ZipFile(wheel) as opened:
        for number, name in enumerate(package.texts):
            place.mkdir(parents=True, exist_ok=True)
            plain = re.sub(r"[^\w.+-]", "_", PurePosixPath(name).name, flags=re.A)[-80:]
            target = place / plain
            if target.exists():
                target = place / f"{number}-{plain}"
            target.write_bytes(opened.read(name))
    return len(package.texts)
