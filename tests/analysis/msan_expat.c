// msan_expat - tells MemorySanitizer what expat, which it cannot see into, has written: the state
// that was read from an answer. Linked with --wrap into builds with SANITIZE=memory alone; there
// robokassa_state.c itself, which expat calls back, is left unwatched.
#include "services/robokassa/robokassa_state.h"
#include <sanitizer/msan_interface.h>

bool __real_robokassa_state_read(const char *xml, size_t size, span_t shp_name,
                                 robokassa_state_t *ret_state);
bool __wrap_robokassa_state_read(const char *xml, size_t size, span_t shp_name,
                                 robokassa_state_t *ret_state);

bool __wrap_robokassa_state_read(const char *xml, size_t size, span_t shp_name,
                                 robokassa_state_t *ret_state)
{
    __msan_check_mem_is_initialized(xml, size);
    __msan_scoped_disable_interceptor_checks();
    bool read = __real_robokassa_state_read(xml, size, shp_name, ret_state);
    __msan_scoped_enable_interceptor_checks();
    __msan_unpoison(&read, sizeof read);
    if (read)
        __msan_unpoison(ret_state, sizeof *ret_state);
    return read;
}
