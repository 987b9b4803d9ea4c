"""The whole chain, shown: Git, Argo CD, KubeVela, and what reaches the services outside."""
