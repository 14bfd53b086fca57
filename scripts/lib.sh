# Shared by the scripts of this folder; sourced, never run.
# After it: the current directory is the repository, and step, die, need_root, usage exist.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
REPOSITORY=$PWD

if [[ -t 1 ]]; then BOLD=$'\033[1m' DIM=$'\033[2m' PLAIN=$'\033[0m'; else BOLD='' DIM='' PLAIN=''; fi
step() { printf '\n%s==> %s%s\n' "$BOLD" "$*" "$PLAIN"; }
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}
need_root() { [[ $EUID -eq 0 ]] || die "needs root: sudo $0"; }

# The comment at the top of the calling script is its --help.
usage() {
    sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"
    exit 0
}
wants_help() { [[ ${1:-} == --help || ${1:-} == -h ]]; }
