#include "tools/desk/desk_command.h"
#include "proto/posting.h"
#include "tools/desk/desk_commands.h"
#include <assert.h>
#include <stdio.h>

enum { PATH_BYTES = 64, ENCODED_MAX = 4096, DONE_BYTES = 256 };

static const char form_path[] = "/desk/do/", check_path[] = "/desk/check/",
                  done_path[] = "/desk/done";

typedef struct {
    const desk_command_t *command;
    request_t request;
    web_ticket_t ticket;
    unsigned wrong;
    bool sent;
} work_t;

// --- what is the same of all ---

// The customer's account that a command names; NULL if it names none.
static const uid_t16 *account_of(const request_t *request)
{
    const uid_t16 *account = request_account(request);
    if (request->type == REQUEST_post)
        account = posting_system_number(&request->post.debit) ? &request->post.credit
                                                              : &request->post.debit;
    return account && !uid_is_zero(account) ? account : NULL;
}

// Where he came from: the screen of that account ("" for none), or the command's list.
static void link_back(desk_sheet_t *sheet, const desk_command_t *command, const char *account)
{
    char path[PATH_BYTES];
    bool one = *account && strcmp(command->back, "desk/accounts") == 0;
    snprintf(path, sizeof path, "%s%s%s", command->back, one ? "/" : "", one ? account : "");
    desk_link(sheet, desk_text(sheet, TEXT_DESK_BACK), path, NULL, SPAN(""));
}

static void link_back_from(desk_sheet_t *sheet, const work_t *work)
{
    const uid_t16 *account = account_of(&work->request);
    char id[UID_TEXT_SIZE] = "";
    if (account)
        uid_format(account, id);
    link_back(sheet, work->command, id);
}

// The command that the path names, read from the form; true when the reply is ready.
static bool begin(web_visit_t *visit, const char *prefix, work_t *work)
{
    char name[PATH_BYTES];
    desk_rest(visit, prefix, name, sizeof name);
    work->command = desk_commands_find(name);
    if (!work->command)
        return visit_say(visit, 404, TEXT_E3, TEXT_E3);
    work->request = (request_t){.type = work->command->type};
    work->wrong = desk_fields_read(visit, work->command->fields, &work->request);
    if (work->command->preset)
        work->command->preset(&work->request);
    return false;
}

// Only fields of its own, and the ticket if there is one.
static bool is_own_form(const web_visit_t *visit, const desk_command_t *command, bool ticket)
{
    const char *names[DESK_FIELDS_MAX + 2];
    size_t count = 0;
    for (; command->fields[count]; count++)
        names[count] = command->fields[count] + (*command->fields[count] == '?');
    if (ticket)
        names[count++] = "ticket";
    names[count] = NULL;
    return visit_form_has_only(visit, names);
}

static void path_of(char path[PATH_BYTES], const char *prefix, const desk_command_t *command)
{
    int size = snprintf(path, PATH_BYTES, "%s%s", prefix, command->name);
    assert(size > 0 && size < PATH_BYTES);
}

static bool show_form(web_visit_t *visit, const work_t *work, bool marks)
{
    char action[PATH_BYTES];
    const desk_command_t *command = work->command;
    desk_sheet_t *sheet = desk_sheet_new(visit, command->title);
    path_of(action, check_path + 1, command);
    desk_part_untitled(sheet);
    desk_form(sheet, action, TEXT_DESK_CHECK);
    desk_fields_ask(sheet, visit, command->fields, &work->request, marks ? work->wrong : 0);
    link_back_from(sheet, work);
    return desk_sheet_show(&sheet, marks ? 422 : 200);
}

bool desk_command_form(web_visit_t *visit)
{
    work_t work;
    if (desk_needs_operator(visit) || begin(visit, form_path, &work))
        return true;
    if (!is_own_form(visit, work.command, false))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    return show_form(visit, &work, false);
}

// --- before and after ---

static void remember(desk_changes_t *self, span_t text)
{
    size_t left = sizeof self->seen - self->seen_size;
    size_t size = text.size < left ? text.size : left;
    memcpy(self->seen + self->seen_size, text.bytes, size);
    self->seen_size += size;
}

void desk_change(desk_changes_t *self, text_id_t what, span_t before, span_t then)
{
    desk_row(self->sheet);
    desk_cell(self->sheet, desk_text(self->sheet, what));
    desk_cell(self->sheet, before);
    desk_cell(self->sheet, then);
    remember(self, before);
    remember(self, SPAN("\n"));
    remember(self, then);
    remember(self, SPAN("\n"));
}

// The changes, and with them the whole command: that is what a ticket proves to have been seen.
static bool tell_changes(web_visit_t *visit, work_t *work, desk_changes_t *changes)
{
    static const text_id_t heads[] = {TEXT_DESK_WHAT, TEXT_DESK_BEFORE, TEXT_DESK_THEN};
    uint8_t encoded[ENCODED_MAX];
    desk_part(changes->sheet, TEXT_DESK_REVIEW);
    desk_table(changes->sheet, heads, 3, 0);
    work->command->show(visit, &work->request, changes);
    request_t bare = work->request;
    bare.number = 0;
    bare.id = (uid_t16){{0}};
    size_t size = request_encode(&bare, encoded, sizeof encoded);
    remember(changes, (span_t){(const char *)encoded, size});
    return size > 0 && !changes->unknown;
}

static bool seen_of(const desk_changes_t *changes, uint8_t ret_seen[TICKET_SEEN_SIZE])
{
    web_ticket_seen((span_t){changes->seen, changes->seen_size}, ret_seen);
    return changes->seen_size < sizeof changes->seen;
}

static void add_confirmation(web_visit_t *visit, const work_t *work, desk_changes_t *changes)
{
    static const text_id_t heads[] = {TEXT_DESK_WHAT, TEXT_DESK_THEN};
    char action[PATH_BYTES], ticket[TICKET_SIZE + 1];
    web_ticket_t made = {.command = visit->site->new_id()};
    desk_sheet_t *sheet = changes->sheet;
    desk_part(sheet, TEXT_DESK_SENDS);
    desk_table(sheet, heads, 2, 0);
    desk_fields_tell(sheet, &work->request);
    path_of(action, form_path, work->command);
    seen_of(changes, made.seen);
    web_ticket_write(&visit->site->form_key, action, &visit->account, &made, ticket);
    ticket[TICKET_SIZE] = '\0';
    desk_form(sheet, action + 1, TEXT_DESK_CONFIRM);
    desk_hidden(sheet, "ticket", desk_kept(sheet, span_of(ticket)));
    desk_fields_keep(sheet, visit, work->command->fields);
    link_back_from(sheet, work);
}

static bool show_review(web_visit_t *visit, work_t *work)
{
    desk_changes_t changes = {.sheet = desk_sheet_new(visit, work->command->title)};
    if (tell_changes(visit, work, &changes)) {
        add_confirmation(visit, work, &changes);
        return desk_sheet_show(&changes.sheet, 200);
    }
    desk_sheet_warn(changes.sheet, desk_text(changes.sheet, TEXT_DESK_NO_STATE));
    return desk_sheet_show(&changes.sheet, 409);
}

bool desk_command_check(web_visit_t *visit)
{
    work_t *work = visit_own(visit, sizeof *work);
    if (visit->round == 0) {
        if (desk_needs_own_form(visit) || begin(visit, check_path, work))
            return true;
        if (!is_own_form(visit, work->command, false))
            return visit_say(visit, 400, TEXT_E10, TEXT_E10);
        if (work->wrong)
            return show_form(visit, work, true);
    }
    if (work->command->ask && work->command->ask(visit, &work->request, visit->round))
        return false;
    return show_review(visit, work);
}

// --- carrying it out ---

// Is the state still what the ticket says was seen? The request is completed from it.
static bool is_as_seen(web_visit_t *visit, work_t *work)
{
    uint8_t seen[TICKET_SEEN_SIZE];
    desk_changes_t changes = {.sheet = desk_sheet_new(visit, work->command->title)};
    bool same = tell_changes(visit, work, &changes) && seen_of(&changes, seen) &&
                memcmp(seen, work->ticket.seen, sizeof seen) == 0;
    (void)desk_sheet_show(&changes.sheet, 200); // it was made to be compared alone
    return same;
}

static void done_text(char text[DONE_BYTES], const char *name, bool pending, const char *account)
{
    snprintf(text, DONE_BYTES, "%s %d %s", name, pending, account);
}

static bool is_pending(const answer_t *answer)
{
    const request_info_t *info = request_info(answer->type);
    for (size_t i = 0; i < info->answer_count; i++)
        if (strcmp(info->answer_fields()[i].name, "pending") == 0)
            return *(const bool *)((const char *)&answer->status + info->answer_fields()[i].offset);
    return false;
}

static bool tell_done(web_visit_t *visit, const work_t *work, const answer_t *answer)
{
    char text[DONE_BYTES], proof[TICKET_SIZE + 1], location[DONE_BYTES + TICKET_SIZE];
    char account[UID_TEXT_SIZE] = "";
    bool pending = is_pending(answer);
    if (account_of(&work->request))
        uid_format(account_of(&work->request), account);
    done_text(text, work->command->name, pending, account);
    visit_new_ticket(visit, done_path, text, proof);
    snprintf(location, sizeof location, "%s?name=%s&pending=%d&account=%s&proof=%s", done_path,
             work->command->name, pending, account, proof);
    return visit_redirect(visit, location);
}

static bool say_again(web_visit_t *visit, const work_t *work)
{
    const char *names[DESK_FIELDS_MAX + 2] = {"ticket"};
    char route[PATH_BYTES];
    for (size_t i = 0; work->command->fields[i]; i++)
        names[i + 1] = work->command->fields[i] + (*work->command->fields[i] == '?');
    path_of(route, form_path, work->command);
    return visit_say_again(visit, route, names);
}

static bool take_form(web_visit_t *visit, work_t *work)
{
    char route[PATH_BYTES];
    if (desk_needs_own_form(visit) || begin(visit, form_path, work))
        return true;
    if (work->wrong || !is_own_form(visit, work->command, true))
        return visit_say(visit, 400, TEXT_E10, TEXT_E10);
    path_of(route, form_path, work->command);
    return !visit_ticket(visit, route, &work->ticket) && visit_say(visit, 403, TEXT_E2, TEXT_E2);
}

// What was carried out has changed the state that its form was shown beside. So what was sent is
// remembered, and a form that is sent twice is the same command again, and answered as the first.
static bool was_sent(const desk_face_t *face, work_t *work)
{
    for (size_t i = 0; i < DESK_SENT_MAX; i++) {
        const desk_sent_t *sent = &face->sent[i];
        if (sent->size && uid_equal(&sent->id, &work->ticket.command))
            return request_decode(sent->bytes, sent->size, &work->request, NULL) == FAIL_NONE;
    }
    return false;
}

static bool has_secret(request_type_t type)
{
    const request_info_t *info = request_info(type);
    for (size_t i = 0; i < info->fields_count; i++)
        if (info->fields()[i].type == FIELD_TYPE_secret)
            return true;
    return false;
}

// But for what nothing keeps, and what is too long: that is E5 the second time.
static void keep_sent(desk_face_t *face, const work_t *work)
{
    if (has_secret(work->request.type))
        return;
    desk_sent_t *place = &face->sent[face->sent_next++ % DESK_SENT_MAX];
    request_t request = work->request;
    request.id = place->id = work->ticket.command;
    place->size = request_encode(&request, place->bytes, sizeof place->bytes);
}

// What was refused has changed nothing: pressed again, it is held against the state again.
static void forget_sent(desk_face_t *face, const uid_t16 *id)
{
    for (size_t i = 0; i < DESK_SENT_MAX; i++)
        if (uid_equal(&face->sent[i].id, id))
            face->sent[i].size = 0;
}

static void send_command(web_visit_t *visit, work_t *work)
{
    visit_forget(visit); // what the state was
    request_t *request =
        visit_ask(visit, work->command->door, work->command->type, VISIT_COMMAND_MS);
    *request = work->request;
    request->id = work->ticket.command;
    work->sent = true;
}

bool desk_command_do(web_visit_t *visit)
{
    work_t *work = visit_own(visit, sizeof *work);
    if (visit->round == 0) {
        if (take_form(visit, work))
            return true;
        if (was_sent(visit->face, work)) {
            send_command(visit, work);
            return false;
        }
    }
    if (!work->sent) {
        if (work->command->ask && work->command->ask(visit, &work->request, visit->round))
            return false;
        if (!is_as_seen(visit, work))
            return visit_say(visit, 409, work->command->title, TEXT_E5);
        keep_sent(visit->face, work);
        send_command(visit, work);
        return false;
    }
    fail_t fail = visit_fail(visit, 0);
    if (fail == FAIL_TIMEOUT || (fail && fail_retry(fail)))
        return say_again(visit, work);
    if (!fail)
        return tell_done(visit, work, visit_answer(visit, 0));
    forget_sent(visit->face, &work->ticket.command);
    return desk_say_failure(visit, 0, work->command->title);
}

static void copy_field(const web_visit_t *visit, const char *name, char *ret_text, size_t size)
{
    span_t field = visit_field(visit, name);
    snprintf(ret_text, size, "%.*s", (int)(field.size < size ? field.size : 0), field.bytes);
}

bool desk_command_done(web_visit_t *visit)
{
    char text[DONE_BYTES], name[PATH_BYTES], account[UID_TEXT_SIZE];
    web_ticket_t ticket;
    uint8_t seen[TICKET_SEEN_SIZE];
    bool pending = span_is(visit_field(visit, "pending"), SPAN("1"));
    if (desk_needs_operator(visit))
        return true;
    copy_field(visit, "name", name, sizeof name);
    copy_field(visit, "account", account, sizeof account);
    done_text(text, name, pending, account);
    web_ticket_seen(span_of(text), seen);
    const desk_command_t *command = desk_commands_find(name);
    if (!command ||
        !web_ticket_read(&visit->site->form_key, done_path, &visit->account,
                         visit_field(visit, "proof"), visit->now, &ticket) ||
        memcmp(seen, ticket.seen, sizeof seen) != 0)
        return visit_say(visit, 404, TEXT_E3, TEXT_E3);
    desk_sheet_t *sheet = desk_sheet_new(visit, pending ? TEXT_DESK_PROPOSALS : TEXT_DESK_DONE);
    if (pending)
        desk_sheet_warn(sheet, desk_text(sheet, TEXT_DESK_PENDING));
    else
        desk_sheet_say(sheet, desk_text(sheet, TEXT_DESK_DONE));
    desk_part(sheet, command->title);
    link_back(sheet, command, account);
    desk_link(sheet, desk_text(sheet, TEXT_DESK_PROPOSALS), "desk/proposals", NULL, SPAN(""));
    return desk_sheet_show(&sheet, 200);
}
