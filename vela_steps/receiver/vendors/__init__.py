"""The stand-ins, one file a service.

A new one: a class after `model.StandIn` in a file here (mostly a `base.Routed` with a table of calls), and its place in
`STAND_INS`. The first that matches a request counts: those known by their path come after those known by their host.
"""

from __future__ import annotations

from collections.abc import Callable

from vela_steps.receiver.model import StandIn
from vela_steps.receiver.vendors.akamai import Akamai
from vela_steps.receiver.vendors.azure import Azure
from vela_steps.receiver.vendors.bunny import Bunny
from vela_steps.receiver.vendors.cloudflare import Cloudflare
from vela_steps.receiver.vendors.cloudfront import CloudFront
from vela_steps.receiver.vendors.datadog import Datadog
from vela_steps.receiver.vendors.dingtalk import DingTalk
from vela_steps.receiver.vendors.discord import Discord
from vela_steps.receiver.vendors.fastly import Fastly
from vela_steps.receiver.vendors.generic import Generic, Mail
from vela_steps.receiver.vendors.github import GitHub
from vela_steps.receiver.vendors.google_cdn import GoogleCDN
from vela_steps.receiver.vendors.google_chat import GoogleChat
from vela_steps.receiver.vendors.grafana import Grafana
from vela_steps.receiver.vendors.keycdn import KeyCDN
from vela_steps.receiver.vendors.lark import Lark
from vela_steps.receiver.vendors.mattermost import Mattermost
from vela_steps.receiver.vendors.netlify import Netlify
from vela_steps.receiver.vendors.pagerduty import PagerDuty
from vela_steps.receiver.vendors.slack import Slack
from vela_steps.receiver.vendors.teams import Teams
from vela_steps.receiver.vendors.telegram import Telegram
from vela_steps.receiver.vendors.vercel import Vercel

STAND_INS: tuple[Callable[[], StandIn], ...] = (
    Mail,
    Cloudflare,
    Fastly,
    CloudFront,
    Akamai,
    GoogleCDN,
    Azure,
    Bunny,
    KeyCDN,
    Netlify,
    Vercel,
    Slack,
    Teams,
    Discord,
    GoogleChat,
    Lark,
    DingTalk,
    Telegram,
    PagerDuty,
    Datadog,
    GitHub,
    Mattermost,
    Grafana,
    Generic,
)


def make_all() -> dict[str, StandIn]:
    """A fresh set of all stand-ins by name, in the order in which they are asked."""
    return {made.name: made for made in (make() for make in STAND_INS)}
