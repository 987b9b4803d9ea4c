"""How much a step costs beside KubeVela's own `request`, and how soon it acts (`make bench-steps`)."""
