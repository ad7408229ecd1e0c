"""A bundle's files: wheels, installer, licences, what a person reads, checksums; the tar."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib import resources
from pathlib import Path

from qa.bundle.card import card_text
from qa.bundle.licences import Package, copy_texts
from qa.bundle.runtime import runtime_licence
from qa.bundle.target import Target, glibc_of

POSIX = ("install.sh", "start.sh", "speechqa.sh", "rollback.sh")
WINDOWS = ("install.bat", "start.bat", "speechqa.bat", "rollback.bat")
SUMS = "SHA256SUMS"
EXECUTABLE, PLAIN = 0o755, 0o644


def write_bundle(
    folder: Path,
    wheels: Path,
    packages: Mapping[str, Package],
    target: Target,
    extras: Sequence[str],
    runtime: Path | None,
) -> None:
    """Write all of a bundle into a new folder; `packages` by their wheels' file names. Raises OSError."""
    folder.mkdir(parents=True)
    (folder / "wheels").mkdir()
    for name in packages:
        shutil.copyfile(wheels / name, folder / "wheels" / name)
    if runtime is not None:
        (folder / "runtime").mkdir()
        shutil.copyfile(runtime, folder / "runtime" / runtime.name)
    ordered = sorted(packages.values(), key=lambda one: one.name.lower())
    lines = [f"{one.name}=={one.version}" for one in ordered if one.name != "pip"]
    (folder / "requirements.txt").write_text("\n".join(lines) + "\n", "utf-8", newline="\n")
    _write_scripts(folder, target)
    without = _write_licences(folder, packages, runtime)
    large = [f"wheels/{name}" for name in packages] + ([f"runtime/{runtime.name}"] if runtime else [])
    digests = {name: _sha256(folder / name) for name in large}
    told = _facts(digests, packages, target, extras, runtime)
    (folder / "bundle.json").write_text(
        json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8", newline="\n"
    )
    sizes = {name: (folder / "wheels" / name).stat().st_size for name in packages}
    (folder / "说明.txt").write_text(card_text(told, packages, sizes, without), "utf-8", newline="\n")
    write_sums(folder, digests)
    for path in folder.rglob("*"):
        path.chmod(EXECUTABLE if path.is_dir() or path.suffix == ".sh" else PLAIN)


def _facts(
    digests: Mapping[str, str],
    packages: Mapping[str, Package],
    target: Target,
    extras: Sequence[str],
    runtime: Path | None,
) -> dict[str, object]:
    """Return what the installer goes by. A release is named by our version and by all that is installed with it."""
    named = {one.name.lower(): file for file, one in packages.items()}
    digest = sha256("".join(sorted(digests[f"wheels/{name}"] for name in packages)).encode())
    if runtime is not None:
        digest.update(digests[f"runtime/{runtime.name}"].encode())
    version = packages[named["speechqa"]].version
    return {
        "release": f"{version}-{digest.hexdigest()[:8]}",
        "version": version,
        "python": target.python,
        "system": target.system,
        "machine": target.machine,
        "platforms": list(target.platforms),
        "glibc": glibc_of(list(packages)) if target.system == "Linux" else None,
        "extras": list(extras),
        "pip": named["pip"],
        "runtime": runtime.name if runtime is not None else None,
    }


def _write_scripts(folder: Path, target: Target) -> None:
    data = resources.files("qa.bundle")
    for name in POSIX if target.system != "Windows" else WINDOWS:
        text = (data / name).read_text("utf-8")
        # cmd reads in the system's code page, on Chinese Windows GBK, and wants its own line ends.
        written = text.replace("\n", "\r\n").encode("gbk") if name.endswith(".bat") else text.encode("utf-8")
        (folder / name).write_bytes(written)
    (folder / "install.py").write_bytes((data / "install.py").read_bytes())


def _write_licences(folder: Path, packages: Mapping[str, Package], runtime: Path | None) -> list[str]:
    """Write every package's licences; return the packages that carry no text of theirs."""
    place = folder / "licences"
    place.mkdir()
    without = []
    for name, one in sorted(packages.items()):
        if not copy_texts(folder / "wheels" / name, one, place):
            without.append(one.name)
    if runtime is not None and (text := runtime_licence(runtime)) is not None:
        (place / "Python").mkdir()
        (place / "Python" / "LICENSE.txt").write_bytes(text)
    return without


def write_sums(folder: Path, known: Mapping[str, str] | None = None) -> None:
    """Write the checksum of every file of a bundle, as sha256sum has them; `known` are those that are made already."""
    files = sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name != SUMS
    )
    made = known or {}
    lines = [f"{made[name] if name in made else _sha256(folder / name)}  {name}" for name in files]
    (folder / SUMS).write_text("\n".join(lines) + "\n", "utf-8", newline="\n")


def _sha256(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def write_tar(folder: Path) -> None:
    """Write a bundle as one tar beside it; wheels are packed already. Raises OSError."""
    whole = folder.with_name(f".{folder.name}.tar.new")

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        return member

    with tarfile.open(whole, "w", format=tarfile.PAX_FORMAT) as made:
        made.add(folder, folder.name, filter=plain)
    whole.replace(folder.with_name(f"{folder.name}.tar"))
