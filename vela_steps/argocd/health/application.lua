local annotations = obj.metadata.annotations or {}
local status = obj.status or {}
local workflow = status.workflow or {}
local steps = workflow.steps
local phase = status.status

-- What the API server has and the controller has not looked at yet is news: the old status says nothing of it.
if obj.metadata.generation and obj.metadata.generation ~= status.observedGeneration then
  return result("Progressing", "waiting for KubeVela to see the change")
end
-- An annotation does not raise the generation, so a new publishVersion shows only here.
local version = annotations["app.oam.dev/publishVersion"]
if version and version ~= workflow.appRevision and phase ~= "deleting" then
  return result("Progressing", "waiting for the workflow of version " .. version)
end

if phase == "running" then
  return result("Healthy", "deployed, and every workflow step is through")
end
if phase == "workflowSuspending" then
  return result("Suspended", tell(steps, { suspending = true }, "is suspended", "the workflow is suspended")
    .. "; go on with: vela workflow resume " .. obj.metadata.name .. " -n " .. (obj.metadata.namespace or "default"))
end
if phase == "workflowFailed" then
  return result("Degraded", tell(steps, { failed = true }, "failed", workflow.message or "the workflow failed"))
end
if phase == "workflowTerminated" then
  return result("Degraded", tell(steps, { failed = true }, "failed", "the workflow was terminated"))
end
if phase == "unhealthy" then
  for _, service in ipairs(status.services or {}) do
    if service.healthy == false then
      return result("Degraded", "component " .. (service.name or "?") .. " is unhealthy: " .. (service.message or ""))
    end
  end
  return result("Degraded", "a component is unhealthy")
end
-- starting, rendering, generatingPolicy, runningWorkflow, deleting, no status yet, and whatever a later KubeVela adds
for _, condition in ipairs(status.conditions or {}) do
  if condition.status == "False" and condition.message and phase ~= "runningWorkflow" then
    return result("Progressing", (phase or "starting") .. ": " .. condition.message)
  end
end
return result("Progressing", tell(steps, { running = true }, "is running", phase or "waiting for KubeVela"))
