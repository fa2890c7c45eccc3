#!/bin/sh
# Has promtool nothing to say of what the program prints? `check_metrics.sh PROGRAM --found`: it must
# have something, for PROGRAM has a planted fault.
set -eu
if ! command -v promtool >/dev/null; then
    echo "skipped: promtool is not installed (tools/setup)"
    exit 77
fi
page=$(mktemp)
trap 'rm -f "$page"' EXIT
"$1" --print >"$page"
grep -q '^kopeck_ledger_sum_kopecks' "$page"
said=0
promtool check metrics <"$page" || said=$?
if [ "${2-}" = --found ]; then
    [ "$said" -ne 0 ]
else
    [ "$said" -eq 0 ]
fi
