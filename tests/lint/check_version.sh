#!/bin/sh
# check_version.sh - every program of ours says its version, and nothing else, when it is asked for it.
# usage: check_version.sh VERSION PROGRAM ...
version=$1
shift
bad=0
for program; do
    said=$("$program" --version 2>&1 </dev/null) && [ "$said" = "$version" ] && continue
    echo "$program --version: $said"
    bad=1
done
exit $bad
