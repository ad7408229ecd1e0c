"""A bundle, made in these stages: our wheel, the others found, their sizes told, fetched, checked, written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from qa.bundle.licences import Package, package_of
from qa.bundle.own import own_wheel
from qa.bundle.pips import Found, fetch, resolve
from qa.bundle.runtime import check_runtime
from qa.bundle.target import Target
from qa.bundle.writing import write_bundle, write_tar
from qa.errors import BundleFailed

HEAD_SECONDS = 20.0  # for one file's size
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be in a bundle, and where it goes."""

    folder: Path
    target: Target
    extras: tuple[str, ...]
    runtime: Path | None
    tar: bool
    only_sizes: bool


def make_bundle(wish: Wish, say: Say) -> None:
    """Make a bundle; `say` gets lines for the person. Raises BundleFailed, OSError."""
    _refuse_taken(wish)
    if wish.runtime is not None:
        check_runtime(wish.runtime, wish.target)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        say(f"为 {wish.target.shown} 打包，附加：{'、'.join(wish.extras)}。正在找齐要用的包……")
        own = own_wheel(work)
        found = resolve(wish.target, [f"{own}[{','.join(wish.extras)}]", "pip"], work)
        for line in size_lines(found, wish.runtime):
            say(line)
        if wish.only_sizes:
            return
        say("正在下载……")
        wheels = work / "wheels"
        fetch(wish.target, found, wheels)
        packages = {one.file: package_of(wheels / one.file) for one in found}
        refuse_missing(list(packages.values()), wish.target, wish.extras)
        whole = wish.folder.with_name(f".{wish.folder.name}.new")
        shutil.rmtree(whole, ignore_errors=True)
        try:
            write_bundle(whole, wheels, packages, wish.target, wish.extras, wish.runtime)
            whole.rename(wish.folder)
        finally:
            shutil.rmtree(whole, ignore_errors=True)
    if wish.tar:
        write_tar(wish.folder)
    say(f"已放在 {wish.folder}{'，另有同名的 .tar' if wish.tar else ''}。拷到那台机器上，看里面的 说明.txt。")


def _refuse_taken(wish: Wish) -> None:
    taken = [wish.folder] if wish.folder.exists() else []
    taken += [file for file in [tar_of(wish.folder)] if wish.tar and file.exists()]
    if taken and not wish.only_sizes:
        raise BundleFailed(f"{taken[0]} 已经有了，没有改动。请换一个名字，或先移走它。")


def tar_of(folder: Path) -> Path:
    """Return the place of a bundle's tar file."""
    return folder.with_name(f"{folder.name}.tar")


def size_lines(found: Sequence[Found], runtime: Path | None) -> list[str]:
    """Return what the wheels take, the largest first, and their sum, as lines for a person."""
    with ThreadPoolExecutor(8) as pool:
        sizes = list(pool.map(size_of, found))
    known = sorted(
        ((size or 0, one) for size, one in zip(sizes, found, strict=True)), key=lambda x: (-x[0], x[1].name)
    )
    large = [f"  {size / 1e6:7.1f} MB  {one.name} {one.version}" for size, one in known[:10]]
    unknown = sizes.count(None)
    more = f"，其中 {unknown} 个大小不明" if unknown else ""
    lines = [
        *large,
        f"共 {len(found)} 个包，{sum(size for size, _ in known) / 1e6:.0f} MB{more}；装好后约占三倍。",
    ]
    if runtime is not None:
        lines.append(f"自带的 Python：{runtime.name}，{runtime.stat().st_size / 1e6:.0f} MB。")
    return lines


def size_of(one: Found) -> int | None:
    """Return a wheel's bytes, by its file or by asking where it comes from; None where nobody says."""
    with suppress(OSError, ValueError):
        if one.path is not None:
            return one.path.stat().st_size
        if one.url.startswith(("https://", "http://")):
            with urlopen(Request(one.url, method="HEAD"), timeout=HEAD_SECONDS) as answer:  # noqa: S310 - checked above
                return int(answer.headers["content-length"])
    return None


def refuse_missing(packages: Sequence[Package], target: Target, extras: Sequence[str]) -> None:
    """Raise BundleFailed where a package asks for one that is not among them, read as that machine would."""
    there: dict[str, Package] = {canonicalize_name(one.name): one for one in packages}
    environment: dict[str, str] = {key: str(value) for key, value in default_environment().items()}
    environment |= target.markers()
    waiting = [("speechqa", extra) for extra in ("", *extras)]
    seen = set(waiting)
    while waiting:
        name, extra = waiting.pop()
        for text in there[name].requires if name in there else ():
            wanted = Requirement(text)
            if wanted.marker is not None and not wanted.marker.evaluate({**environment, "extra": extra}):
                continue
            asked = canonicalize_name(wanted.name)
            if asked not in there or not wanted.specifier.contains(there[asked].version, prereleases=True):
                raise BundleFailed(
                    f"包 {name} 要用 {wanted.name}{wanted.specifier}，安装包里却没有。请把这一行告诉维护者。"
                )
            new = {(asked, further) for further in ("", *wanted.extras)} - seen
            seen |= new
            waiting += new
