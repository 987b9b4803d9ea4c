#!/usr/bin/env bash
# Keep the Applications of a repository carrying their post-deploy steps.
# usage: inject.sh check|write PATHS PLANS   (PATHS and PLANS: one a line; other settings by environment)
#   check: exit 1 where a file is not up to date, with annotations on GitHub
#   write: inject, commit and push if anything changed (COMMIT_MESSAGE, GIT_AUTHOR_*)
set -euo pipefail

mode=${1:?check or write} paths=${2:?paths, one a line} plans=${3:?plans, one a line}
format=text
[ "${GITHUB_ACTIONS:-}" = true ] && format=github

arguments=(--format "$format")
while IFS= read -r plan; do [ -z "$plan" ] || arguments+=(--plan "$plan"); done <<<"$plans"
while IFS= read -r path; do [ -z "$path" ] || arguments+=("$path"); done <<<"$paths"

case $mode in
check) exec vela-steps inject --check "${arguments[@]}" ;;
write) vela-steps inject --write "${arguments[@]}" ;;
*) echo "inject.sh: mode is check or write, not $mode" >&2; exit 2 ;;
esac

if git diff --quiet; then
  echo "nothing to commit: every Application is up to date"
  exit 0
fi
# A runner has no name of its own to commit under.
if [ -z "$(git config user.email)" ]; then
  name=vela-steps email=vela-steps@localhost
  if [ "${GITHUB_ACTIONS:-}" = true ]; then
    name='github-actions[bot]' email='41898282+github-actions[bot]@users.noreply.github.com'
  fi
  export GIT_AUTHOR_NAME="${GIT_AUTHOR_NAME:-$name}" GIT_AUTHOR_EMAIL="${GIT_AUTHOR_EMAIL:-$email}"
  export GIT_COMMITTER_NAME="${GIT_COMMITTER_NAME:-$name}" GIT_COMMITTER_EMAIL="${GIT_COMMITTER_EMAIL:-$email}"
fi
git commit --all --message "${COMMIT_MESSAGE:-Inject post-deploy steps}"
git push
