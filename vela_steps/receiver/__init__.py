"""Stand-ins for the services outside (GitHub, CDNs, chat), which record what reaches them.

A process of its own (`python -m vela_steps.receiver --state DIR`): a proxy that takes HTTPS apart with a throw-away CA,
plain listeners on loopback, SMTP, and a control API. `client.Receiver` speaks to it from tests and the demo.
"""
