"""The real KubeVela, Kubernetes API and Argo CD on one machine, without a container engine."""
