"""Microsoft Teams by its Workflows webhook: 202 and nothing else, even for what the flow then cannot post."""

from __future__ import annotations

from typing import Any

from vela_steps.receiver.model import Answer, Request, json_answer
from vela_steps.receiver.vendors.base import Route, Routed

MOST = 28 * 1024  # bytes
CARD = "application/vnd.microsoft.card.adaptive"


def first_text(node: Any) -> str:
    """The first text in a card."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            return str(node["text"])
        node = list(node.values())
    if isinstance(node, list):
        return next((text for text in map(first_text, node) if text), "")
    return ""


class Teams(Routed):
    """Flows take a message with an Adaptive Card; anything else is swallowed (202) and noted as a breach."""

    name = "teams"
    hosts = ("*.logic.azure.com", "*.api.powerplatform.com")
    routes = (Route("POST", "(?:/powerautomate)?(?:/automations/direct)?/workflows/.+", "post", "message", "card:"),)

    def summary(self, request: Request) -> str:
        """The card's first words."""
        return first_text(request.object().get("attachments"))[:80]

    def denied(self, request: Request) -> Answer | None:
        """The signature in the address."""
        if request.args.get("sig"):
            return None
        said = "The authentication credentials are not valid."
        return json_answer({"error": {"code": "DirectApiAuthorizationRequired", "message": said}}, 401)

    def post(self, request: Request) -> Answer:
        """202, empty."""
        if len(request.body) > MOST:
            return json_answer({"error": {"code": "RequestEntityTooLarge", "message": "too large"}}, 413)
        body = request.object()
        attachments = body.get("attachments")
        cards = attachments if isinstance(attachments, list) else []
        fits = body.get("type") == "message" and cards and all(self._is_card(card) for card in cards)
        if not fits:
            return Answer(
                202, problems=("no message with an Adaptive Card (1.4): the flow posts nothing",), accepted=False
            )
        return Answer(202)

    @staticmethod
    def _is_card(attachment: Any) -> bool:
        content = attachment.get("content", {}) if isinstance(attachment, dict) else {}
        return (
            isinstance(content, dict)
            and attachment.get("contentType") == CARD
            and content.get("type") == "AdaptiveCard"
            and bool(content.get("version"))
        )
