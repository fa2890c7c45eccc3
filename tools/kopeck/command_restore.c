// restore: journals put back from a backup, and what must follow.
#include "proto/service.h"
#include "tools/kopeck/backup.h"
#include "tools/kopeck/command.h"
#include "tools/kopeck/restore_next.h"
#include <errno.h>
#include <ftw.h>
#include <libgen.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { OPEN_MAX_FILES = 16 };

static int refuse(const char *path, const char *why)
{
    fprintf(stderr, "kopeck: %s: %s\n", path, why);
    return EX_CANTCREAT;
}

static bool is_empty(const char *path)
{
    DIR *directory = opendir(path);
    if (!directory)
        return errno == ENOENT;
    bool empty = true;
    for (struct dirent *entry; (entry = readdir(directory));)
        empty = empty && entry->d_name[0] == '.' &&
                (!entry->d_name[1] || strcmp(entry->d_name, "..") == 0);
    closedir(directory);
    return empty;
}

// What is put back belongs to whom the directory belongs, or the one that it is in: a process must
// be able to write its journal whoever restores it.
static struct stat owner;

static int own(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
    (void)kind, (void)ftw;
    return (status->st_uid != owner.st_uid || status->st_gid != owner.st_gid) &&
           lchown(path, owner.st_uid, owner.st_gid);
}

static bool note_owner(const char *directory)
{
    char parent[BACKUP_PATH_MAX];
    snprintf(parent, sizeof parent, "%s", directory);
    return !stat(directory, &owner) || !stat(dirname(parent), &owner);
}

static int copy_one(const backup_places_t *all, stream_t stream, backup_result_t *result)
{
    static backup_places_t one;
    one = (backup_places_t){0};
    one.from[stream] = all->from[stream];
    memcpy(one.to[stream], all->to[stream], sizeof one.to[stream]);
    bool files = journal_is_of_files(one.to[stream]);
    if (files && !note_owner(one.to[stream]))
        return refuse(one.to[stream], strerror(errno));
    int status = backup_copy(&one, result);
    if (status == EX_OK)
        status = backup_check(&one, true, result);
    if (files && status == EX_OK && geteuid() == 0 &&
        nftw(one.to[stream], own, OPEN_MAX_FILES, FTW_PHYS)) {
        fprintf(stderr, "kopeck: %s: its owner cannot be set: %s\n", one.to[stream],
                strerror(errno));
        status = EX_IOERR;
    }
    return status;
}

// Above every name that a lost history can have had: those are instants, too.
static uint64_t new_epoch(const backup_places_t *places, const backup_result_t *result)
{
    uint64_t epoch = (uint64_t)time(NULL) + 1; // than one that was begun in its place just now
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        if (places->from[stream] && result->checks[stream].epoch >= epoch)
            epoch = result->checks[stream].epoch + 1;
    return epoch;
}

// Without these steps the restored process must not be started.
static void note_next(session_t *session, const restore_next_t *next)
{
    size_t used = 0;
    session_did_say(session, "the journals were put back; what must follow: ");
    for (size_t i = 0; i < next->count; i++) {
        used = strlen(session->done);
        snprintf(session->done + used, sizeof session->done - used, "%s%s", i ? "; " : "",
                 next->steps[i]);
    }
}

static void say_next(session_t *session, const backup_places_t *places,
                     const backup_result_t *result)
{
    static restore_next_t next;
    restore_next(places->from, result->checks, new_epoch(places, result), &next);
    note_next(session, &next);
    if (session->json)
        fputs("{\"restored\":", stdout);
    backup_print(session, places, result);
    fputs(session->json ? ",\"next\":["
                        : "\nWhat these processes did after that time is lost. In this order:\n",
          stdout);
    for (size_t i = 0; i < next.count; i++)
        printf(session->json ? "%s\"%s\"" : "%s  %s\n", session->json && i ? "," : "",
               next.steps[i]);
    fputs(session->json ? "]}\n" : "docs/operations.md says why, and what else was lost.\n",
          stdout);
}

static int put_back(session_t *session, backup_places_t *places)
{
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++)
        if (places->from[stream] && !is_empty(places->to[stream]))
            return refuse(places->to[stream], "it is no empty directory; move away what is there");
    session_begin_change();
    backup_result_t *result = backup_result_new();
    int status = backup_check(places, false, result); // all of it first
    for (stream_t stream = STREAM_FIRST; status == EX_OK && stream < OPTIONS_STREAMS; stream++)
        if (places->from[stream])
            status = copy_one(places, stream, result);
    if (status == EX_OK)
        say_next(session, places, result);
    return status;
}

int command_restore(session_t *session, args_t *args)
{
    static backup_places_t places;
    static char from[OPTIONS_STREAMS][BACKUP_PATH_MAX];
    const char *to[OPTIONS_STREAMS];
    bool named = backup_take(args, to);
    const char *backup = args_operand(args, "the backup's directory");
    if (!named)
        args_refuse(args, "a process and its journal's directory", NULL, "--ledger DIR or another");
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        if (!to[stream])
            continue;
        if (!*to[stream] || strlen(to[stream]) >= BACKUP_PATH_MAX ||
            !backup_join(from[stream], backup, service_stream_name(stream)))
            args_refuse(args, service_stream_name(stream), to[stream], "a directory");
        else {
            places.from[stream] = from[stream];
            strcpy(places.to[stream], to[stream]);
        }
    }
    return command_ready(args) ? put_back(session, &places) : EX_USAGE;
}
