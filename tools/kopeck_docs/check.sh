#!/bin/sh
# Do docs/*.md say what the tables say? `check.sh PROGRAM --write` makes them so.
set -eu
program=$1
status=0
for name in events requests failures; do
    if [ "${2-}" = --write ]; then
        "$program" $name > docs/$name.md
    elif ! "$program" $name | diff -u docs/$name.md -; then
        echo "docs/$name.md is not what the tables say: tools/kopeck_docs/check.sh PROGRAM --write" >&2
        status=1
    fi
done
exit $status
