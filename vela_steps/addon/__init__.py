"""The KubeVela addon: the folder `addon/vela-steps`, made from the shipped definitions, and its package."""
