"""What a cluster says of its Applications and their post-deploy steps."""
