#!/bin/sh
# check_shell.sh - shellcheck over every file that begins as a shell script does.
# usage: check_shell.sh SOURCE_DIR
cd "$1" || exit 2
command -v shellcheck >/dev/null 2>&1 || exit 77
scripts=$(git ls-files -z 2>/dev/null |
    xargs -0 awk 'FNR == 1 && /^#! ?\/.*[ \/](ba|da)?sh$/ { print FILENAME } { nextfile }' 2>/dev/null)
[ -n "$scripts" ] || exit 77
# shellcheck disable=SC2086 # a list of names without spaces
exec shellcheck $scripts
