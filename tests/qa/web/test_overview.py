"""The digest as the page draws it."""

from index import Encoder, Snapshot, build_index, read_text
from qa.digest import digest_of
from qa.web.overview import forget, kept_view, overview_view
from tests.texts import HOSTILE, SPEECH


def test_each_part_with_its_points_in_order(snapshot: Snapshot) -> None:
    digest = digest_of(snapshot)
    view = overview_view(digest)
    points = view["answer"]["points"]
    assert all(SPEECH[p["start"] : p["end"]] == p["text"] for p in points)
    headings = list(dict.fromkeys(p["path"][0] for p in points))
    assert headings == ["开头", *(p.heading.text for p in digest.parts if p.heading)]
    assert view["answer"]["headline"] == digest.headline
    assert "没有列出" in view["answer"]["note"]
    assert not view["last"]


def test_a_hostile_text_stays_text(encoder: Encoder) -> None:
    snapshot = build_index([read_text(HOSTILE)], encoder=encoder)
    text = snapshot.documents[0].document.text
    points = overview_view(digest_of(snapshot))["answer"]["points"]
    assert points
    assert all(text[p["start"] : p["end"]] == p["text"] for p in points)


def test_what_a_screen_leaves_out_is_there_in_full_and_made_once(snapshot: Snapshot) -> None:
    short, full = kept_view(snapshot, 0, full=False), kept_view(snapshot, 0, full=True)
    places = [{(p["start"], p["end"]) for p in view["answer"]["points"]} for view in (short, full)]
    left = digest_of(snapshot).left_out
    assert left.points and f"{left.points} 个要点" in short["more"] and "句" not in short["more"]
    assert full["more"] == "" and len(places[1]) > len(places[0])
    headings = {p["path"][0] for p in short["answer"]["points"]}
    assert headings == {p["path"][0] for p in full["answer"]["points"]}
    assert kept_view(snapshot, 0, full=True) is full
    forget()
    assert kept_view(snapshot, 0, full=True) is not full
