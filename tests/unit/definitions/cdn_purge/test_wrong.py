"""What cdn-purge refuses, before anything is read or sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.definitions.cdn_purge.steps import parts, problems
from tests.unit.definitions.evaluation import needs_cue

pytestmark = needs_cue
HEADER = (
    'request.headers: "{}" is no header: write its name in letters, digits and -, and its value in one line of ASCII'
)
CONNECTION = 'request.headers: "{}" cannot be sent, it belongs to the connection: let the cache read another header'


def generic(headers: dict[str, str], **more: Any) -> list[str]:
    """What is wrong with a request that has these headers."""
    tags = more.pop("tags", ["a", "b"])
    return problems("generic", tags=tags, request={"path": "/purge/", "body": "{json}", "headers": headers, **more})


@pytest.mark.parametrize("separator", ["\n", "\r", "\0", "ü"])
def test_a_separator_that_no_header_can_carry_is_refused_where_it_would_come_into_one(separator: str) -> None:
    said = "request.separator would bring into a header what none can carry: write printable ASCII"
    assert generic({"X": "{items}"}, separator=separator) == [said]
    assert generic({"X": "{json}"}, separator=separator) == []


def test_an_item_is_refused_where_it_would_bring_into_a_header_what_none_can_carry() -> None:
    said = 'tags holds "ü": a header carries printable ASCII only, write {json} or {items} into request.body instead'
    assert generic({"X": "{json}"}, tags=["a", "ü"]) == [said]
    assert generic({"X": "a"}, tags=["a", "ü"]) == []


def test_a_header_of_more_than_printable_ascii_is_refused() -> None:
    assert generic({"X": "ü"}) == [HEADER.format("X")]


@pytest.mark.parametrize("name", ["Connection", "upgrade", "Transfer-Encoding", "HOST", "content-length"])
def test_a_header_of_the_connection_itself_is_refused(name: str) -> None:
    assert generic({name: "a"}) == [CONNECTION.format(name)]


def test_a_header_that_holds_the_items_as_they_may_be_is_sent() -> None:
    made = parts(
        "generic", tags=["a", "b"], request={"path": "/p", "headers": {"X-Hosts": "{items}"}, "separator": "|"}
    )
    assert made[0]["header"] == {"X-Hosts": "a|b"}


@pytest.mark.parametrize(("provider", "what"), [("akamai", "urls"), ("cloudflare", "prefixes"), ("google", "urls")])
def test_a_host_name_that_is_not_ascii_is_refused(provider: str, what: str) -> None:
    said = f'{what} holds "https://bücher.example/a": write its host name in ASCII (xn--…)'
    assert problems(provider, **{what: ["https://bücher.example/a"]}) == [said]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/../../other/{item}", {"tags": ["a"]}),
        ("/%2e%2E/other/{item}", {"tags": ["a"]}),
        ("/a/.%2e?x={item}", {"tags": ["a"]}),
        ("/..{path}b", {"tags": ["a"]}),
        ("{path}../b", {"urls": ["https://acme.io/"]}),
        ("/{item}../b", {"everything": True}),
    ],
)
def test_a_path_that_leaves_that_of_the_endpoint_is_refused(path: str, what: dict[str, Any]) -> None:
    said = f'request.path "{path}" leads elsewhere: write it without . and .. segments'
    assert problems("generic", request={"path": path}, **what) == [said]


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("/purge/{item}/x", ".."),
        ("/purge/{items}", "."),
        ("{path}", "a/../../b"),
        ("{path}", "%2e%2e/b"),
        ("{path}", "..#b"),
    ],
)
def test_a_tag_that_would_leave_the_path_of_the_endpoint_is_refused(path: str, tag: str) -> None:
    said = f'tags holds "{tag}": in request.path it would lead elsewhere, write {{item}} or {{items}} into request.headers or body instead'  # noqa: E501
    assert problems("generic", tags=[tag], request={"path": path}) == [said]


@pytest.mark.parametrize("path", ["/purge?at={item}", "/a..b/{item}", "/.well-known/{json}"])
def test_dots_that_lead_nowhere_are_sent(path: str) -> None:
    assert problems("generic", tags=[".." if "?" in path else "a"], request={"path": path}) == []


@pytest.mark.parametrize("url", ["https://x.io/%2e%2e/%2E./service/S1/purge_all", "https://x.io/..?a=1"])
@pytest.mark.parametrize("provider", ["fastly", "generic"])
def test_an_address_that_leads_elsewhere_is_refused_however_it_is_written(provider: str, url: str) -> None:
    said = f'urls holds "{url}": write it without . and .. segments, and a percent sign as %25'
    assert problems(provider, urls=[url]) == [said]


@pytest.mark.parametrize("what", [{"urls": ["/a"]}, {"everything": True}])
def test_the_domains_that_azure_takes_beside_paths_are_checked(what: dict[str, Any]) -> None:
    said = [f'hosts holds "{host}": write it like www.acme.io' for host in ("", "*", "a b")]
    assert problems("azure", hosts=["", "*", "a b", "acme.io", "*.acme.io"], **what) == said
    assert problems("azure", hosts=[], **what) == ["hosts is empty: write the domains that are meant, or leave it out"]
    assert problems("azure", **what) == []
