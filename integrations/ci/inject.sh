#!/usr/bin/env bash
# Keep the Applications of a repository carrying their post-deploy steps.
# usage: inject.sh check|write PATHS PLANS   (PATHS and PLANS: one a line; other settings by environment)
#   check: exit 1 where a file is not up to date, with annotations on GitHub
#   write: inject, commit what that changed below PATHS, and push
#     BRANCH: where to push to; needed where the checkout is no branch, as on GitLab (CI_COMMIT_BRANCH) and Jenkins
#     COMMIT_MESSAGE, GIT_AUTHOR_*, GIT_COMMITTER_*
set -euo pipefail

mode=${1:?check or write} paths=${2:?paths, one a line} plans=${3:?plans, one a line}
format=text
[ "${GITHUB_ACTIONS:-}" = true ] && format=github

options=(--format "$format") files=()
while IFS= read -r plan; do [ -z "$plan" ] || options+=(--plan "$plan"); done <<<"$plans"
while IFS= read -r path; do [ -z "$path" ] || files+=("$path"); done <<<"$paths"

case $mode in
check) exec vela-steps inject --check "${options[@]}" "${files[@]}" ;;
write) ;;
*) echo "inject.sh: mode is check or write, not $mode" >&2; exit 2 ;;
esac

if [ -z "${BRANCH:-}" ] && ! git symbolic-ref --quiet HEAD >/dev/null; then
  echo "inject.sh: the checkout is no branch; say by BRANCH where to push to" >&2
  exit 2
fi
vela-steps inject --write "${options[@]}" "${files[@]}"
if git diff --quiet -- "${files[@]}"; then
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
# Only these paths: what other steps of the job changed is not ours to commit. File by file: Git refuses a path below
# which it knows no file.
git ls-files -z --modified -- "${files[@]}" |
  git --literal-pathspecs commit --quiet --message "${COMMIT_MESSAGE:-Inject post-deploy steps}" \
    --pathspec-from-file=- --pathspec-file-nul
if [ -n "${BRANCH:-}" ]; then git push origin "HEAD:refs/heads/$BRANCH"; else git push; fi
