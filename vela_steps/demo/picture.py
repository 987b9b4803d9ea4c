"""What injecting does to the shop's workflow, as a picture."""

from __future__ import annotations

from vela_steps.demo import shop
from vela_steps.explain.applications import compared
from vela_steps.explain.svg import svg
from vela_steps.plan.model import Plan


def as_svg() -> str:
    """The workflow before and after, as an SVG."""
    plans = Plan.load(shop.plan_path().read_bytes(), str(shop.plan_path()))
    return svg(compared(shop.application_text().encode(), plans, shop.FILE)[0])
