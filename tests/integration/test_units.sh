#!/bin/sh
# test_units - installs Kopeck as the README says and runs it under a real systemd of its own, in
# namespaces over a copy-on-write view of this machine: every unit comes up behind its walls and is
# ready, nobody reads another's secrets or journal, one that is killed, hangs or is told to end by
# somebody is started again, one that is told to read anew goes on, and all of them stop well.
#
# usage: test_units.sh BUILD_DIR [SED]
# SED is done to the installed units first: a planted fault.
# Exit status 77: not root, no systemd, or namespaces and overlays are not to be had here.
set -eu
unshare="unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child"

# ---- Outside: namespaces, and the verdict

begin() {
    build=$(cd "$1" && pwd)
    for needed in /lib/systemd/systemd /usr/bin/unshare /usr/bin/setpriv /usr/bin/curl; do
        [ -x "$needed" ] || { echo "$needed is not installed: skipped"; exit 77; }
    done
    [ "$(id -u)" = 0 ] || { echo "not root: skipped"; exit 77; }
    $unshare true || { echo "no namespaces: skipped"; exit 77; }
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    # shellcheck disable=SC2086 # a command of several words
    timeout -k 5 300 $unshare sh "$0" --boot "$build" "$work" "${2:-}" \
        </dev/null >"$work/boot.log" 2>&1 || true
    if [ -e "$work/cannot" ]; then
        cat "$work/cannot"
        exit 77
    fi
    cat "$work/check.log" 2>/dev/null || tail -n 40 "$work/boot.log"
    [ "$(cat "$work/verdict" 2>/dev/null)" = passed ]
}

# ---- Between: a root of its own, then systemd in our place

lay_root() {
    mount -t tmpfs none "$work" && mkdir "$work/up" "$work/work" "$root" &&
        mount -t overlay overlay -o "lowerdir=/,upperdir=$work/up,workdir=$work/work" "$root" &&
        mount -t proc proc "$root/proc" && mount -t sysfs -o ro sysfs "$root/sys" &&
        mount -t cgroup2 none "$root/sys/fs/cgroup" &&
        mount --bind "$root/proc/sys" "$root/proc/sys" &&
        mount -o remount,bind,ro "$root/proc/sys" &&
        mount -t tmpfs -o mode=0755 none "$root/run" && mount -t tmpfs none "$root/tmp" &&
        mount -t tmpfs -o mode=0755 none "$root/dev"
}

boot() {
    build=$1 outcome=$2 work=$2/space root=$2/space/root
    mkdir "$work"
    if ! lay_root; then
        echo "no overlay, cgroup2 or proc of our own: skipped" >"$outcome/cannot"
        exit 1
    fi
    for device in null zero full random urandom tty; do
        touch "$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device"
    done
    mkdir -p "$root/dev/shm" "$root/dev/pts" "$root/outcome"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    mount -t tmpfs none "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx" && ln -s /proc/self/fd "$root/dev/fd"
    mount --bind "$outcome" "$root/outcome"
    cp "$0" "$root/test_units.sh"
    DESTDIR=$root cmake --install "$build" >/dev/null
    [ -z "$3" ] || sed -i "$3" "$root"/usr/local/lib/systemd/system/kopeck-*.service

    # Nothing of the machine but what basic.target cannot do without.
    units=$root/etc/systemd/system
    rm -rf "$units"/*.wants
    for unit in systemd-sysctl.service systemd-timesyncd.service systemd-random-seed.service \
        systemd-udevd.service systemd-udev-trigger.service systemd-modules-load.service \
        systemd-update-utmp.service systemd-remount-fs.service dev-hugepages.mount \
        dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
        sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount systemd-binfmt.service; do
        ln -sf /dev/null "$units/$unit"
    done
    mkdir -p "$units/kopeck-autopay.service.d"
    printf '[Service]\nWatchdogSec=2\n' >"$units/kopeck-autopay.service.d/test.conf"
    cat >"$units/check.service" <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/sh /test_units.sh --check
ExecStopPost=/bin/systemctl exit 0
StandardOutput=file:/outcome/check.log
StandardError=inherit
TimeoutStartSec=75
UNIT
    printf '[Unit]\nRequires=basic.target\nWants=check.service\n' >"$units/test.target"
    ip link set lo up
    mkdir "$root/before" && cd "$root" && pivot_root . before && umount -l /before
    mount --make-rshared / # as systemd does where it is not in a container: credentials need it
    exec env -i container=test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        /lib/systemd/systemd --system --unit=test.target --log-target=console
}

# ---- Inside: a service of that systemd

fail() {
    echo "FAILED: $*"
    systemctl --no-pager -n 20 status 'kopeck-*' || true
    exit 1
}

show() { systemctl show -p "$2" --value "kopeck-$1"; }

# Until the unit has been started again so often, and runs.
wait_restarted() {
    for _ in $(seq 600); do
        [ "$(show "$1" NRestarts)" = "$2" ] && [ "$(show "$1" ActiveState)" = active ] && return
        sleep 0.1
    done
    fail "kopeck-$1 was not started again: $(show "$1" NRestarts), $(show "$1" ActiveState)"
}

install_it() {
    systemd-sysusers
    systemd-tmpfiles --create kopeck.conf
    install -d -m 0755 /etc/kopeck /etc/kopeck/public
    install -d -m 0700 /etc/kopeck/secret
    cp /usr/local/share/kopeck/*.cfg /etc/kopeck
    kopeck keys make ours platform:platform:100 operator:operator:200-299 deputy:operator \
        --public /etc/kopeck/public --secret /etc/kopeck/secret
    for number in 1 2; do
        echo "a password, the ${number}th" |
            install -m 0600 /dev/stdin "/etc/kopeck/secret/robokassa_password$number"
    done
    for unit in "$units"/kopeck-*.service; do
        name=$(basename "$unit" .service)
        if grep -q '^StateDirectory=' "$unit"; then
            kopeck init --user "$name" "/etc/kopeck/$name.cfg" || fail "no journal of $name"
        fi
    done
    systemctl daemon-reload
    # shellcheck disable=SC2046,SC2086 # lists of names
    systemctl enable --now kopeck.target $(printf 'kopeck-%s ' $services) || fail "not all started"
}

# The installed units name the processes; those with a state directory keep a journal.
find_services() {
    units=/usr/local/lib/systemd/system
    services='' journals=0
    for unit in "$units"/kopeck-*.service; do
        name=${unit##*/kopeck-}
        services="$services ${name%.service}"
        if grep -q '^StateDirectory=' "$unit"; then
            journals=$((journals + 1))
        fi
    done
}

check_walls() {
    pid=$(show "$1" MainPID)
    for line in 'Seccomp:	2' 'NoNewPrivs:	1' 'CapEff:	0000000000000000' \
        'CapBnd:	0000000000000000'; do
        grep -q "^$line\$" "/proc/$pid/status" || fail "kopeck-$1 lacks $line"
    done
    if grep -q '^Uid:	0	' "/proc/$pid/status"; then
        fail "kopeck-$1 is root"
    fi
}

refused_to() {
    if setpriv --reuid "$1" --regid kopeck --clear-groups cat "$2" >/dev/null 2>&1; then
        fail "$1 reads $2"
    fi
}

check() {
    find_services
    install_it
    for service in $services; do
        [ "$(show "$service" ActiveState)" = active ] || fail "kopeck-$service did not come up"
        [ "$(show "$service" NRestarts)" = 0 ] || fail "kopeck-$service came up at the second try"
        check_walls "$service"
    done
    config=/etc/kopeck/kopeck.cfg
    [ "$(kopeck --config $config status | grep -c ' ready ')" = "$journals" ] || fail "not all are ready"
    [ "$(curl -s -m 5 http://127.0.0.1:8080/health)" = ok ] || fail "web does not reach payment"

    secret=/run/credentials/kopeck-ledger.service/ledger.cert_secret
    [ -s $secret ] || fail "there is no $secret"
    refused_to kopeck-web $secret
    refused_to kopeck-ledger /etc/kopeck/secret/ledger.cert_secret
    refused_to kopeck-web /var/lib/kopeck-ledger/data.mdb

    systemctl kill -s KILL kopeck-ledger
    wait_restarted ledger 1
    systemctl kill -s TERM kopeck-payment # somebody's, and not `systemctl stop`
    wait_restarted payment 1
    key=$(kopeck api key test --scopes read --file /etc/kopeck/api_keys.cfg) || fail "no key is made"
    chgrp kopeck /etc/kopeck/api_keys.cfg
    for service in metering web api; do # SIGHUP ends nobody
        pid=$(show $service MainPID)
        systemctl reload kopeck-$service || fail "kopeck-$service is not reloaded"
        [ "$(show $service MainPID)" = "$pid" ] || fail "kopeck-$service ended by a reload"
    done
    systemctl kill -s STOP kopeck-autopay # hangs: its watchdog is silent
    wait_restarted autopay 1
    kopeck --config $config status --wait 30 || fail "not all came back and are green"
    kopeck ping /etc/kopeck/kopeck-web.cfg || fail "web does not serve"
    kopeck ping /etc/kopeck/kopeck-api.cfg || fail "api does not serve"
    curl -s -m 5 -H "Authorization: Bearer $key" http://127.0.0.1:8090/api/v1/totals | grep -q '"sum_kop":0' ||
        fail "api does not take the key that was made"

    systemctl stop kopeck.target
    for service in $services; do
        for _ in $(seq 600); do
            [ "$(show "$service" ActiveState)" = inactive ] && break
            sleep 0.1
        done
        [ "$(show "$service" ActiveState)" = inactive ] || fail "kopeck-$service did not stop"
        [ "$(show "$service" Result)" = success ] || fail "kopeck-$service did not stop well"
    done
    echo passed >/outcome/verdict
}

case ${1:-} in
--boot) boot "$2" "$3" "$4" ;;
--check) check ;;
-*|'') sed -n '2,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p;}' "$0" >&2; exit 64 ;;
*) begin "$1" "${2:-}" ;;
esac
