"""The chat page's own widgets under seeded states and actions of any shape: every run ends well, nothing in the log."""

from __future__ import annotations

import asyncio
import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.fuzz.cases import TEXTS, value
from tests.long import scaled
from tests.serving import Serving
from tests.tab import Tab

TABS = scaled(1, 200)
RUNS = scaled(4, 10)  # of each tab
ACTS = ("open", "ask", "literal", "narrow", "edit", "feedback", "share", "delete", "x")


def action(draw: random.Random) -> object:
    """Return what a component may tell: nearly an action, or any JSON."""
    if draw.random() < 0.3:
        return value(draw)
    made: dict[str, object] = {"type": draw.choice(ACTS)}
    for name in ("question", "facet", "verdict", "reason", "document", "start", "end", "at"):
        if draw.random() < 0.4:
            made[name] = draw.choice((value(draw), 3, "up", "goal", "口岸有哪些成绩"))
    return made


def state(draw: random.Random, tab: Tab) -> BackMsg:
    """Return a run with any state of the widgets that the page has drawn."""
    texts = [text.replace("\ud800", "x") for text in TEXTS]
    queries = (
        "",
        "q=" + quote(draw.choice(texts)),
        "c=x",
        "s=" + quote("\u2028"),
        "at=9-3",
        "doc=x",
        "embed=true",
    )
    made = BackMsg(rerun_script={"query_string": draw.choice(queries)})
    for kind, identity in draw.sample(sorted(tab.widgets), min(len(tab.widgets), draw.randrange(4))):
        one = made.rerun_script.widget_states.widgets.add()
        one.id = identity
        if kind == "chat_input":
            one.chat_input_value.data = draw.choice(texts)
        elif kind == "bidi_component" and draw.random() < 0.8:
            one.id = _make_trigger_id(identity, "events")
            told = [{"event": "act", "value": action(draw)} for _ in range(draw.choice((1, 1, 3)))]
            one.json_trigger_value = json.dumps(told if draw.random() < 0.9 else value(draw))
        elif kind == "bidi_component":
            one.json_value = json.dumps({"act": action(draw)} if draw.random() < 0.7 else value(draw))
        elif kind == "button":
            one.trigger_value = True
    return made


async def play(served: Serving, number: int) -> None:
    draw = random.Random(f"tab {number}")
    tab = Tab(served.port)
    await tab.open()
    for _ in range(RUNS):
        if draw.random() < 0.3:
            await tab.ask(draw.choice(("口岸有哪些成绩", "粮食呢", "全文分几个部分")))
        await tab.run(state(draw, tab))
    await tab.close()


def test_the_page_s_own_widgets(tmp_path: Path) -> None:
    served = Serving(tmp_path)

    async def all_of_them() -> None:
        for start in range(0, TABS, 4):
            await asyncio.gather(*(play(served, n) for n in range(start, min(start + 4, TABS))))

    try:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(all_of_them())).result()
        assert served.ask(question="口岸今年有哪些成绩")["points"]
    finally:
        served.stop()
    log = served.log.read_text("utf-8", "replace")
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:6000]
