// A preloaded library for a backup on a slow machine: every third of the transactions in which it
// reads, each as short as a moment of a journal, begins a while after the one before. Meanwhile the
// processes follow each other.
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

enum { READ_ONLY = 0x20000, EACH = 3, PAUSE_US = 30000 }; // MDB_RDONLY

typedef int begin_fn(void *env, void *parent, unsigned flags, void **txn);

int mdb_txn_begin(void *env, void *parent, unsigned flags, void **txn);

int mdb_txn_begin(void *env, void *parent, unsigned flags, void **txn)
{
    static _Atomic unsigned count;
    begin_fn *real = (begin_fn *)dlsym(RTLD_NEXT, "mdb_txn_begin");
    if ((flags & READ_ONLY) && count++ % EACH == 0)
        (void)usleep(PAUSE_US);
    return real(env, parent, flags, txn);
}
