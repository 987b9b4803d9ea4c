"""Pictures of the workflow that the controller runs for an Application, before and after injection."""
