#!/usr/bin/env bash
# Counts the instructions of a whole scan against those that tree-sitter alone takes to parse the same files, and fails
# when a directory's ratio is above the budget. Instructions do not depend on how busy the machine is; seconds do.
#
#   benches/budget.sh [DIR…]              default: every server in fixtures/servers, taken together
#   BUDGET=3 benches/budget.sh DIR        another limit
set -euo pipefail

here="$(cd "$(dirname "$0")/.." && pwd)"
budget="${BUDGET:-2.5}"

if ! command -v valgrind >/dev/null; then
    echo "budget: skipped, valgrind is not installed" >&2
    exit 0
fi

program="${BUDGET_PROGRAM:-}"
if [[ -z "$program" ]]; then
    program="$(cd "$here" && cargo bench --bench budget --no-run 2>&1 | tee /dev/stderr | sed -n 's/.*Executable.*(\(.*\))$/\1/p')"
    program="$here/${program#"$here"/}"
fi

# All fixtures together: each of them is so small that starting the program would be most of what is counted.
if [[ $# -eq 0 ]]; then
    sets=("$(printf '%s\n' "$here"/fixtures/servers/*/)")
else
    sets=("$@")
fi

instructions() {
    local out
    out="$(mktemp)"
    valgrind --tool=callgrind --callgrind-out-file="$out" "$program" "$@" >/dev/null 2>"$out.log" || { cat "$out.log" >&2; exit 1; }
    sed -n 's/^\(totals\|summary\): *\([0-9]*\).*/\2/p' "$out" | tail -1
    rm -f "$out" "$out.log"
}

status=0
printf '%14s %14s %7s\n' parse scan ratio
for set in "${sets[@]}"; do
    mapfile -t directories <<<"$set"
    parse="$(instructions parse "${directories[@]}")"
    scan="$(instructions scan "${directories[@]}")"
    name="${directories[0]}"
    ((${#directories[@]} == 1)) || name="${#directories[@]} directories"
    awk -v p="$parse" -v s="$scan" -v b="$budget" -v n="$name" \
        'BEGIN { r = s / p; printf "%14d %14d %7.2f %s%s\n", p, s, r, n, (r > b ? "   above the budget of " b : ""); exit r > b }' || status=1
done
exit "$status"
