#!/bin/sh
# check_sockets.sh - no socket is made but by services/process/socket.c: that is where its limits are
# set. Tests may make hostile ones.
# usage: check_sockets.sh SOURCE_DIR
cd "$1" || exit 2
found=$(grep -rnE '\b(zmq_socket|zsock_new[a-z_]*|zmq_ctx_new) *\(' proto store services tools \
            --include='*.c' --include='*.h' | grep -v '^services/process/socket\.c:')
[ -z "$found" ] && exit 0
echo "sockets made elsewhere than in services/process/socket.c:"
echo "$found"
exit 1
