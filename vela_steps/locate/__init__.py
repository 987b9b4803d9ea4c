"""Text to spans: where in a YAML or JSON file each part of an Application stands."""
