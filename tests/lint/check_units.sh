#!/bin/sh
# check_units - holds the systemd units beside the services against systemd itself: that they say
# nothing it does not understand, and that each process is exposed by less than 2.0 of 10.
#
# usage: check_units.sh SOURCE_DIR BIN_DIR
set -eu
source=$1
bin=$2
if ! command -v systemd-analyze >/dev/null 2>&1; then
    echo "systemd-analyze is not installed: skipped"
    exit 77
fi

units=$(mktemp -d)
trap 'rm -rf "$units"' EXIT
failed=0
for unit in "$source"/services/*/kopeck-*.service "$source"/services/process/kopeck.target; do
    # What is verified is started from where it was built.
    sed "s#^ExecStart=/usr/local/bin/#ExecStart=$bin/#" "$unit" >"$units/${unit##*/}"
done

# It complains of what it does not understand and still exits with 0; anything said is a fault. Units
# of the machine that it meets on the way are not ours.
said=$(SYSTEMD_UNIT_PATH="$units:" systemd-analyze verify --man=no --recursive-errors=no \
    "$units"/* 2>&1 | grep kopeck || true)
if [ -n "$said" ]; then
    echo "$said"
    failed=1
fi

for unit in "$units"/*.service; do
    name=${unit##*/}
    if ! report=$(systemd-analyze security --offline=true --threshold=20 "$unit" 2>&1); then
        echo "$report" | grep -v '✓'
        failed=1
    fi
    service=${name#kopeck-}
    config=$source/services/${service%.service}/${name%.service}.cfg
    [ -f "$config" ] || { echo "$name: there is no ${config#"$source"/}"; failed=1; }
    # A credential that a configuration names is one that the unit lends.
    sed -n 's/.*credential:\([A-Za-z0-9_.-]*\).*/\1/p' "$config" >"$units/credentials"
    while read -r credential; do
        grep -q "^LoadCredential=$credential:" "$unit" ||
            { echo "$name: no LoadCredential= of $credential"; failed=1; }
    done <"$units/credentials"
done
exit $failed
