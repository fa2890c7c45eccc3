#!/bin/sh
# Do docs/*.md, and the files that follow proto/services.def, say what the tables say?
# `check.sh PROGRAM --write` makes them so.
set -eu
program=$1
write=${2-}
status=0

# hold NAME FILE: what the program prints under that name stands in that file.
hold() {
    if [ "$write" = --write ]; then
        "$program" "$1" > "$2"
    elif ! "$program" "$1" | diff -u "$2" -; then
        echo "$2 is not what the tables say: tools/kopeck_docs/check.sh PROGRAM --write" >&2
        status=1
    fi
}

for name in events requests codes failures metrics services api; do
    hold $name docs/$name.md
done
hold sysusers services/process/kopeck.sysusers.conf
hold operator tools/kopeck/kopeck.cfg
hold operator-local tools/kopeck/kopeck-local.cfg
exit $status
