"""Post-deploy steps for KubeVela Applications in Git."""

__version__ = "0.1.0"
