// backup: journals of live processes, copied and checked.
#include "proto/service.h"
#include "tools/kopeck/backup.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/unfinished.h"

// Journals that were named, or all of the configuration.
static int choose_from(session_t *session, backup_places_t *places, bool named)
{
    int status = EX_OK;
    const options_t *options = named ? NULL : session_options(session, &status);
    bool any = named;
    for (stream_t stream = STREAM_FIRST; options && stream < OPTIONS_STREAMS; stream++)
        if (*options->processes[stream].journal) {
            places->from[stream] = options->processes[stream].journal;
            any = true;
        }
    if (!any && status == EX_OK) {
        fputs("kopeck: nothing to back up: no journal is configured or named\n", stderr);
        status = EX_CONFIG;
    }
    return status;
}

static bool choose_to(backup_places_t *places, const char *directory, const char *since)
{
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        const char *name = service_stream_name(stream);
        if (!backup_join(places->to[stream], directory, name) ||
            (since && !backup_join(places->earlier[stream], since, name)))
            return false;
    }
    return true;
}

static int back_up(session_t *session, backup_places_t *places, const char *directory,
                   const char *since)
{
    unfinished_t place;
    session_begin_change();
    int status = unfinished_directory(&place, directory);
    backup_result_t *result = backup_result_new();
    if (status == EX_OK && !choose_to(places, place.unfinished, since)) {
        fprintf(stderr, "kopeck: %s: its name is too long\n", directory);
        status = EX_CANTCREAT;
    }
    if (status == EX_OK)
        status = backup_copy(places, result);
    if (status == EX_OK)
        status = backup_check(places, true, result);
    if (status == EX_OK)
        status = unfinished_name(&place);
    if (status == EX_OK)
        session_did_say(session, "the backup stands there under its name, checked");
    if (status == EX_OK && choose_to(places, place.path, since))
        backup_print(session, places, result);
    unfinished_close(&place);
    return status;
}

int command_backup(session_t *session, args_t *args)
{
    static backup_places_t places;
    places.replace = true; // under the unfinished name
    bool named = backup_take(args, places.from);
    const char *since = args_option(args, "since");
    const char *directory = args_operand(args, "the backup's directory");
    if (!*directory && !*args->error)
        args_refuse(args, "the backup's directory", directory, "a path");
    if (!command_ready(args))
        return EX_USAGE;
    int status = choose_from(session, &places, named);
    return status == EX_OK ? back_up(session, &places, directory, since) : status;
}
