"""What Argo CD has to be told so that it waits for the workflows of KubeVela."""
