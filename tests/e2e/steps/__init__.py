"""The shared parts of the step definitions, and the steps that send nothing, in the real KubeVela."""
