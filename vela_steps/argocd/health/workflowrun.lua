local status = obj.status or {}
local steps = status.steps
local phase = status.status

-- A WorkflowRun has no observedGeneration, and its spec does not change once it runs.
if phase == "succeeded" or phase == "skipped" then
  return result("Healthy", "the workflow " .. phase)
end
if phase == "suspending" then
  return result("Suspended", tell(steps, { suspending = true }, "is suspended", "the workflow is suspended"))
end
if phase == "failed" or phase == "terminated" then
  return result("Degraded", tell(steps, { failed = true }, "failed", status.message or ("the workflow " .. phase)))
end
-- no status yet, initializing, executing, and whatever a later KubeVela adds
return result("Progressing", tell(steps, { running = true }, "is running", phase or "waiting for KubeVela"))
