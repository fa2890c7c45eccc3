#!/bin/sh
# check_format.sh - every C file is as clang-format 14 would write it; another version says otherwise.
# usage: check_format.sh SOURCE_DIR
cd "$1" || exit 2
clang-format --version 2>/dev/null | grep -q ' version 14\.' || exit 77
files=$(git ls-files '*.[ch]' 2>/dev/null)
[ -n "$files" ] || exit 77
# shellcheck disable=SC2086 # a list of names without spaces
exec clang-format --dry-run -Werror $files
