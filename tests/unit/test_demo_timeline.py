"""The demo's timeline, from snapshots of Argo CD, KubeVela and the receivers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from vela_steps.demo import show
from vela_steps.demo.page import Round, html
from vela_steps.demo.timeline import GIT, KUBEVELA, Event, Snapshot, Timeline
from vela_steps.report.fold import folded


def snapshot(at: float, commit: str, health: str, revision: str, *steps: dict[str, Any]) -> Snapshot:
    argocd: dict[str, Any] = {
        "status": {"operationState": {"phase": "Succeeded", "syncResult": {"revision": commit}}, "health": {}}
    }
    argocd["status"]["health"] = {"status": health}
    return Snapshot(at, argocd, {"status": {"workflow": {"appRevision": revision, "steps": list(steps)}}}, [])


UP = {"name": "web", "type": "apply-component", "phase": "succeeded"}


def test_each_thing_is_told_once_and_in_its_order() -> None:
    timeline = Timeline("c1")
    first = timeline.look(snapshot(1, "c1", "Progressing", "v1"))
    assert [event.text for event in first] == ["synced c1: the Application is applied", "says Progressing"]
    assert [event.text for event in timeline.look(snapshot(2, "c1", "Progressing", "v1", UP))] == ["web is up"]
    assert timeline.look(snapshot(3, "c1", "Progressing", "v1", UP)) == []
    assert [event.text for event in timeline.look(snapshot(4, "c1", "Healthy", "v1", UP))] == ["says Healthy"]


def test_what_was_true_before_the_commit_is_no_news() -> None:
    timeline = Timeline("c2", before="v1")
    assert timeline.look(snapshot(1, "c1", "Healthy", "v1", UP)) == []
    synced = timeline.look(snapshot(2, "c2", "Healthy", "v1", UP))
    assert [event.text for event in synced] == ["synced c2: the Application is applied"]
    assert [event.text for event in timeline.look(snapshot(3, "c2", "Healthy", "v2", UP))] == [
        "web is up",
        "says Healthy",
    ]


def test_a_failed_step_and_a_degraded_application_are_trouble() -> None:
    failed = {"name": "e2e", "type": "github-dispatch", "phase": "failed", "message": "run 7 ended as failure"}
    events = Timeline("c1").look(snapshot(1, "c1", "Degraded", "v1", failed))
    assert [event.text for event in events if not event.good] == [
        "step e2e failed: run 7 ended as failure",
        "says Degraded",
    ]


def test_what_reached_a_service_is_told_with_its_name_and_a_refusal_is_trouble() -> None:
    sent = {"vendor": "slack", "effect": "message", "text": "webhook: released", "at": 2.0}
    taken = SimpleNamespace(**sent, seq=1, accepted=True, status=200)
    refused = SimpleNamespace(**sent, seq=2, accepted=False, status=404)
    events = Timeline("c1").look(snapshot(3, "c0", "Healthy", "v1")._replace(effects=[taken, refused]))
    assert [(event.text, event.good) for event in events] == [
        ("Slack gets the message: webhook: released", True),
        ("Slack gets the message: webhook: released (answered 404)", False),
    ]


def test_a_long_line_is_folded_below_itself_and_a_link_stays_whole() -> None:
    link = "https://github.com/acme/shop/actions/runs/16000000001?check_suite_focus=true"
    event = Event(12.5, KUBEVELA, f"step e2e succeeded: workflow e2e.yml in acme/shop ended with success: {link}")
    lines = show.line(event, 10, colour=False, width=80).splitlines()
    assert lines[0] == "   2.5 s  KubeVela   step e2e succeeded: workflow e2e.yml in acme/shop ended"
    assert all(line.startswith(" " * show.INDENT) for line in lines[1:])
    assert lines[-1].strip() == link
    assert show.line(event, 10, colour=False).count("\n") == 0


def test_the_page_links_what_has_an_address_and_lists_the_same_events_for_narrow_screens() -> None:
    link = "https://github.com/acme/shop/actions/runs/1"
    events = [Event(10, GIT, "commit c1"), Event(19.2, KUBEVELA, f"step e2e succeeded: ended with success: {link}")]
    page = html("<svg/>", [Round("First", "All is <new>.", "+a\n", events)])
    assert page.count(f'<a href="{link}">step e2e succeeded: ended with success</a>') == 2
    assert "<td>9.2 s</td>" in page
    assert "All is &lt;new&gt;." in page
    assert [word for word in ("0 s", "2 s", "4 s", "6 s", "8 s") if f">{word}<" not in page] == []


def test_a_text_is_folded_between_words_and_keeps_its_lines_and_links() -> None:
    link = "https://github.com/acme/shop/actions/runs/1"
    assert folded(f"\nOnly the backend changed\nsee {link}", 12) == f"\nOnly the\nbackend\nchanged\nsee\n{link}"
    assert folded("as it is", 0) == "as it is"
