#!/bin/sh
# check_layers.sh - arrows go down only: proto <- store <- services/common <- services/X, and a core
# stands on proto alone and knows no clock, socket, store, randomness, environment or output. Looks
# at the includes in the sources and at the undefined symbols of the built libraries.
# usage: check_layers.sh SOURCE_DIR LIBRARY.a ...     (cores and the node; what is not named is skipped)
cd "$1" || exit 2
shift
status=0

refuse() { # what, lines
    [ -z "$2" ] && return
    echo "$1:"
    echo "$2" | sed 's/^/    /'
    status=1
}

# --- includes: where a file may include from, by its folder ---

includes() { # folder, pattern of what its files may include
    grep -rnE '^ *# *include +"' "$1" --include='*.c' --include='*.h' 2>/dev/null |
        grep -vE "include +\"($2)"
}

refuse "proto includes from above" "$(includes proto 'proto/')"
refuse "store includes from above" "$(includes store '(proto|store)/')"
refuse "services/common includes from above" "$(includes services/common '(proto|store|services/common)/')"
for service in ledger metering autopay payment web; do
    # NAME_main.c joins a core with the shell; all else of a service is its core or stands beside it.
    refuse "services/$service includes from a layer that is not below it" \
           "$(includes "services/$service" "(proto|services/$service)/" |
              grep -vE "^services/$service/[a-z_]*main\.c:.*\"services/common/|^services/web/")"
done
pure='services/common/(node|node_doors|node_streams|node_parts|follower|head|command_ids)\.[ch]'
node=$(find services/common -name '*.[ch]' | grep -E "^$pure\$")
cores=$(find services/ledger services/metering services/autopay services/payment -name '*.[ch]' |
    grep -v '_main\.c$')
system='sys/|unistd|time\.h|pthread|poll|netinet|arpa|fcntl|dirent|signal|zmq|czmq|lmdb|curl|sodium'
system="$system|openssl|fenv|math|locale|threads"
# shellcheck disable=SC2086 # lists of names without spaces
refuse "the node includes the shell" \
       "$(grep -nE '^ *# *include' $node | grep '"services/common/' |
          grep -vE '"services/common/(node|node_parts|follower|head|command_ids)\.h"')"
# shellcheck disable=SC2086
refuse "a core or the node includes the system" "$(grep -nE "^ *# *include +<($system)" $node $cores)"

# --- symbols: what a core may take from outside its own layers ---

# Memory, strings, assertions; snprintf and sscanf into and from memory; what the compiler puts in.
libc='mem(cpy|set|move|cmp|chr|mem)|str(len|nlen|cmp|ncmp|chr|rchr|cspn|spn|str)|malloc|calloc|realloc|free|qsort|bsearch'
libc="$libc|abort|__assert_fail|(v?snprintf|sscanf)|__isoc(99|23)_(sscanf|strtoull?|strtoll?)|strto(u?ll?)"
libc="$libc|__(v?snprintf|mem(cpy|set|move)|strn?cpy|strncat)_chk|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_"
libc="$libc|strn?casecmp|explicit_bzero|__explicit_bzero_chk|__popcountdi2"
libc="$libc|bcmp|nto(hl|hs)" # what clang makes of memcmp; byte order, unless optimised away
libc="$libc|XML_[A-Za-z]*" # expat, over strings in memory
libc="$libc|__(asan|ubsan|tsan|msan|sanitizer)_.*"
own=$(mktemp) && trap 'rm -f "$own"' EXIT
for library in "$@"; do
    # What proto, store, digest and the libraries beside it define is theirs to answer for.
    nm --defined-only "$library" 2>/dev/null | awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' >> "$own"
    for below in proto digest store; do
        nm --defined-only "$(dirname "$library")"/../../$below/lib$below.a 2>/dev/null |
            awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' >> "$own"
    done
    nm --defined-only "$(dirname "$library")"/../../proto/libdigest.a 2>/dev/null |
        awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' >> "$own"
done
sort -u -o "$own" "$own"
for library in "$@"; do
    [ -f "$library" ] || continue
    taken=$(nm -u "$library" | awk '$1 == "U" { print $2 }' | sort -u | comm -23 - "$own" |
            grep -vxE "$libc")
    refuse "$(basename "$library") takes what no core may know" "$taken"
done
exit $status
