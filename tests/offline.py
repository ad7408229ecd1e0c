"""A bundle tried as at an office: as a plain user, in a network namespace with loopback alone.

python -m tests.offline BUNDLE FOLDER [PYTHON]    installs, asks, serves, upgrades, rolls back below FOLDER (new)
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from qa.bundle.own import _digest
from qa.bundle.writing import write_sums

NOBODY = "65534"
ALONE = (
    "unshare",
    "-n",
    "sh",
    "-c",
    'ip link set lo up && exec setpriv --reuid "$0" --regid "$0" --clear-groups "$@"',
    NOBODY,
)
# Starts the chat by its start file, asks the page and the API, and ends it as a closed window does.
SERVE = """
import json, os, re, signal, subprocess, sys, urllib.request
serving = subprocess.Popen(["sh", sys.argv[1]], stderr=subprocess.PIPE, text=True, start_new_session=True)
address = None
for line in serving.stderr:
    if found := re.search(r"http://127\\.0\\.0\\.1:\\d+", line):
        address = found[0]
        break
page = urllib.request.urlopen(address + "/", timeout=300).read().decode()
body = json.dumps({"question": "“三个务必”是什么"}).encode()
asked = urllib.request.Request(address + "/api/v1/ask", body, {"content-type": "application/json"})
answer = json.load(urllib.request.urlopen(asked, timeout=300))
os.killpg(serving.pid, signal.SIGHUP)
serving.wait(300)
print("served", "讲话问答" in page, answer["status"])
"""


def plain(*command: object, home: Path) -> str:
    """Run a command as a plain user without a network; return what it says. Raises AssertionError."""
    done = subprocess.run(
        [*ALONE, *(str(part) for part in command)],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(home), "LANG": "C.UTF-8"},
        cwd="/",
        check=False,
    )
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def newer(bundle: Path, folder: Path) -> Path:
    """Return a copy of a bundle in which our version is a later one: all else is the same."""
    shutil.copytree(bundle, folder)
    told = json.loads((folder / "bundle.json").read_text("utf-8"))
    before, after = told["version"], f"{told['version']}.post1"
    (wheel,) = (folder / "wheels").glob("speechqa-*.whl")
    target = wheel.with_name(wheel.name.replace(before, after, 1))
    rows = []
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name.endswith("/RECORD"):
                continue
            data = old.read(name)
            if name.endswith(".dist-info/METADATA"):
                data = data.replace(f"\nVersion: {before}\n".encode(), f"\nVersion: {after}\n".encode())
            name = name.replace(f"speechqa-{before}.dist-info", f"speechqa-{after}.dist-info")
            new.writestr(name, data)
            rows.append(f"{name},sha256={_digest(data)},{len(data)}\n")
        record = f"speechqa-{after}.dist-info/RECORD"
        new.writestr(record, "".join(rows) + f"{record},,\n")
    wheel.unlink()
    listed = folder / "requirements.txt"
    listed.write_text(listed.read_text("utf-8").replace(f"speechqa=={before}", f"speechqa=={after}"), "utf-8")
    told |= {"version": after, "release": f"{after}-00000000"}
    (folder / "bundle.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    write_sums(folder)
    return folder


def walk(bundle: Path, folder: Path, python: str | None = None) -> None:
    """Install, ask, serve, upgrade and roll back. Raises AssertionError."""
    folder.mkdir(mode=0o755)
    place = folder / "装 在这里" / "讲话 问答"
    place.parent.mkdir()
    os.chown(place.parent, int(NOBODY), int(NOBODY))
    given = ["--python", python] if python else []
    home = place.parent

    def say(what: str) -> None:
        print(what, flush=True)

    plain("sh", bundle / "install.sh", "--to", place, *given, home=home)
    (first,) = (place / "releases").iterdir()
    say(
        f"installed {first.name}, {sum(f.stat().st_size for f in first.rglob('*') if f.is_file()) / 1e6:.0f} MB"
    )
    assert "务必谦虚谨慎" in plain("sh", place / "speechqa.sh", "ask", "“三个务必”是什么", home=home)
    inside = first / "venv" / "bin" / "python"
    assert plain(inside, "-c", SERVE, place / "start.sh", home=home) == "served True answered\n"
    say("asked and served")
    later = newer(bundle, folder / "newer")
    plain("sh", later / "install.sh", "--to", place, *given, home=home)
    version = plain("sh", place / "speechqa.sh", "--version", home=home)
    assert version.endswith(".post1\n"), version
    assert plain(inside, "-c", SERVE, place / "start.sh", home=home) == "served True answered\n"
    say(f"upgraded, {version.strip()}")
    plain("sh", place / "rollback.sh", home=home)
    assert not plain("sh", place / "speechqa.sh", "--version", home=home).endswith(".post1\n")
    assert "务必谦虚谨慎" in plain("sh", place / "speechqa.sh", "ask", "“三个务必”是什么", home=home)
    say("rolled back")


if __name__ == "__main__":
    walk(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute(), *sys.argv[3:4])
