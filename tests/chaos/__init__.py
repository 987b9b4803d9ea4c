"""Chaos: many Applications with every effect while the controller is killed, and a count of what arrived."""
