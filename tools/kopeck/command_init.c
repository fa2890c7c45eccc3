// init: new journals, for processes that never had one. Nothing else makes one unless a
// configuration asks for it: what looks like a first start may be a volume that is not mounted.
#include "services/process/config.h"
#include "services/process/auto.h"
#include "store/journal.h"
#include "tools/kopeck/apart.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/journal_owner.h"
#include <errno.h>

typedef struct {
    const char *place;
    uint64_t segment_events;
    journal_owner_t owner;
} wish_t;

static int refuse(int status, const char *place, const char *why)
{
    fprintf(stderr, "kopeck: %s: %s\n", place, why);
    return status;
}

static fail_t make_as_owner(void *result, const void *arg)
{
    const wish_t *wish = arg;
    journal_t *journal = NULL;
    journal_options_t options = {
        .create = true, .segment_events = wish->segment_events, .why = result};
    fail_t fail = journal_owner_become(&wish->owner);
    if (!fail)
        fail = journal_open(wish->place, &options, &journal);
    journal_destroy(&journal);
    return fail;
}

static int make(const char *place, const char *user, uint64_t segment_events)
{
    journal_needs_t needs;
    wish_t wish = {.place = place, .segment_events = segment_events};
    fail_t fail = journal_prepare(place, false, &needs);
    if (!fail && *needs.directory)
        return refuse(EX_CANTCREAT, place, "there is a journal already; nothing was done");
    if (fail == FAIL_INVALID)
        return refuse(EX_CONFIG, place, journal_engines());
    if (!journal_owner_find(needs.directory, user, &wish.owner))
        return EX_NOUSER;
    if (*needs.directory && !journal_owner_make(&wish.owner, needs.directory))
        return refuse(EX_CANTCREAT, place, strerror(errno));
    char *why = apart_memory(JOURNAL_WHY_MAX);
    fail = apart_run(make_as_owner, why, &wish, 1);
    if (fail == FAIL_CORRUPT)
        return refuse(EX_CANTCREAT, place,
                      "sealed segments of a journal lie here, whose other part is lost: restore it "
                      "from a backup, into an empty directory");
    if (fail)
        return refuse(EX_CANTCREAT, place,
                      *why                 ? why
                      : fail == FAIL_STORE ? "its owner cannot make it here"
                                           : fail_text(fail));
    printf("%s: a new journal, which its process's first start begins\n", place);
    return EX_OK;
}

static int make_of(const char *file, const char *user)
{
    AUTO(config) config = config_load(file);
    const char *place = config_text(config, "journal/directory", NULL);
    uint64_t segment_events =
        config_number(config, "journal/segment_events", 0, 1024, UINT64_C(1) << 30);
    if (segment_events & (segment_events - 1))
        config_refuse(config, "journal/segment_events", NULL, "a power of two");
    if (config_error(config))
        return refuse(EX_CONFIG, file, config_error(config));
    return make(place, user, segment_events);
}

int command_init(session_t *session, args_t *args)
{
    (void)session;
    const char *user = args_option(args, "user"), *files[ARGS_MAX];
    size_t count = 0;
    files[count++] = args_operand(args, "a process's config file");
    for (const char *more; (more = args_operand_maybe(args, "process"));)
        files[count++] = more;
    if (!command_ready(args))
        return EX_USAGE;
    session_begin_change();
    int status = EX_OK;
    for (size_t i = 0; i < count && status == EX_OK; i++)
        status = make_of(files[i], user);
    return status;
}
