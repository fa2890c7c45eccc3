#!/bin/sh
# check_hardening.sh - what the compiler and linker were asked for is in the programs: position independent,
# all relocations done and read-only before main, no stack that can be executed, stack guards, checked
# string functions; and CET is in all of them or asked for in none.
# usage: check_hardening.sh SOURCE_DIR PROGRAM ...
set -u
source=$1
shift
command -v readelf >/dev/null || exit 77
asked=no
grep -v '^ *#' "$source/tools/cmake/KopeckBuild.cmake" | grep -q -e -fcf-protection && asked=yes
bad=0
say() {
    echo "$1: $2"
    bad=1
}
for program; do
    all=$(readelf -W -h -l -d -n --dyn-syms "$program")
    has() { printf '%s\n' "$all" | grep -qE -e "$1"; }
    has 'Type: *DYN' || say "$program" "is not position independent"
    has 'GNU_RELRO' || say "$program" "has relocations that can be written"
    has 'FLAGS.*NOW' || say "$program" "has relocations that can be written"
    has 'GNU_STACK.* RWE' && say "$program" "has a stack that can be executed"
    has '__stack_chk_fail' || say "$program" "has no stack guards"
    has '__(memcpy|snprintf|vsnprintf|fprintf|printf|read)_chk' || say "$program" "is not fortified"
    cet=no
    has 'IBT.*SHSTK' && cet=yes
    [ $asked = yes ] && [ $cet = no ] && say "$program" "has no CET, which the build asks for"
done
exit $bad
