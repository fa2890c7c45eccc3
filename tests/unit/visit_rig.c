#include "tests/unit/visit_rig.h"
#include "proto/event.h"
#include "proto/wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

web_site_t visit_rig_site;
web_visit_t visit_rig;
const uid_t16 visit_rig_account = {{7, 7, 7}};

static char form_text[32 * 1024], authorization[64], ticket[TICKET_SIZE + 1];
static uint8_t made;

static fail_t judge(void *arg, text_t access_token, instant_t wall, customer_t *ret_customer,
                    const char **ret_detail)
{
    (void)arg, (void)wall;
    *ret_detail = "";
    bool reads = text_equal(access_token, text_of("read"));
    bool pays = text_equal(access_token, text_of("read pay"));
    *ret_customer =
        (customer_t){.account = visit_rig_account, .reads = reads || pays, .pays = pays};
    return reads || pays ? FAIL_NONE : FAIL_DENIED;
}

static bool once(text_t access_token, instant_t *ret_issued, uint8_t ret_number[16])
{
    memset(ret_number, access_token.data[0], 16);
    *ret_issued = VISIT_RIG_NOW;
    return true;
}

static void fill(void *bytes, size_t size)
{
    memset(bytes, ++made, size);
}

static uid_t16 new_id(void)
{
    uid_t16 id = {{0}};
    int64_t milliseconds = VISIT_RIG_NOW / 1000;
    for (int i = 5; i >= 0; i--, milliseconds >>= 8)
        id.bytes[i] = (uint8_t)milliseconds;
    id.bytes[6] = 0x70;
    id.bytes[8] = 0x80;
    id.bytes[15] = ++made;
    return id;
}

void visit_rig_begin(void)
{
    web_sessions_release(&visit_rig_site.sessions);
    memset(&visit_rig_site, 0, sizeof visit_rig_site);
    visit_rig_site =
        (web_site_t){.gateway = true,
                     .origin = "https://balance.example",
                     .payment_origin = "https://pay.example",
                     .sign_in_url = "",
                     .topup_max_rub = 100000,
                     .judge = judge,
                     .once = once,
                     .random = fill,
                     .new_id = new_id,
                     .started = VISIT_RIG_NOW - HOUR_US,
                     .form_key = {.bytes = {"a key of 20 letters."}, .sizes = {20}, .count = 1}};
    web_sessions_init(&visit_rig_site.sessions, 4);
}

void visit_rig_begin_desk(char ret_cookie[VISIT_RIG_COOKIE])
{
    static const uint8_t random[SESSION_ID_SIZE] = {7};
    static const uid_t16 nobody;
    char text[SESSION_TEXT_SIZE + 1];
    visit_rig_begin();
    visit_rig_site.gateway = false;
    visit_rig_site.origin = "";
    visit_rig_site.operator_name = "ivan";
    web_sessions_begin(&visit_rig_site.sessions, random, VISIT_RIG_NOW, &nobody, true, false,
                       SPAN(""), text);
    snprintf(ret_cookie, VISIT_RIG_COOKIE, "__Host-kopeck-desk=%s", text);
}

bool visit_rig_come(const char *method, const char *path, const char *form, const char *token)
{
    web_visit_release(&visit_rig);
    snprintf(form_text, sizeof form_text, "%s", form);
    snprintf(authorization, sizeof authorization, "Bearer %s", token ? token : "");
    span_t text = span_of(form_text);
    bool post = strcmp(method, "POST") == 0;
    visit_rig = (web_visit_t){.site = &visit_rig_site,
                              .head = {.host = "balance.example",
                                       .fetch_site = "same-origin",
                                       .fetch_dest = "document",
                                       .authorization = token ? authorization : NULL,
                                       .content_type = "application/x-www-form-urlencoded"},
                              .method = method,
                              .path = path,
                              .query = post ? SPAN("") : text,
                              .body = post ? text : SPAN(""),
                              .now = VISIT_RIG_NOW,
                              .now_ms = 1000};
    return web_visit_begin(&visit_rig);
}

const char *visit_rig_ticket(const char *route, const char *seen)
{
    web_visit_t visit = {.site = &visit_rig_site, .account = visit_rig_account};
    visit_new_ticket(&visit, route, seen, ticket);
    return ticket;
}

void visit_rig_answer(size_t index, const answer_t *answer)
{
    visit_rig.asks[index].answer = *answer;
    visit_rig.asks[index].fail = answer->fail;
}

void visit_rig_fail(size_t from, fail_t fail)
{
    for (size_t i = from; i < visit_rig.asks_count; i++)
        visit_rig.asks[i].fail = fail;
}

bool visit_rig_step(web_step_fn *step)
{
    bool done = step(&visit_rig);
    visit_rig.round++;
    return done;
}

bool visit_rig_shows(const char *text)
{
    return visit_rig.page && visit_rig.page_size &&
           memmem(visit_rig.page, visit_rig.page_size, text, strlen(text));
}

void visit_rig_end(void)
{
    web_visit_release(&visit_rig);
    memset(&visit_rig, 0, sizeof visit_rig);
    web_sessions_release(&visit_rig_site.sessions);
}

answer_t visit_rig_statement(const visit_rig_posting_t *postings, size_t count, uint64_t next,
                             uint8_t *buffer, size_t size)
{
    pack_t pack;
    uint8_t bytes[512];
    pack_start(&pack, buffer, size);
    for (size_t i = 0; i < count; i++) {
        const visit_rig_posting_t *p = &postings[i];
        event_t event = {.type = EVENT_posted, .at = VISIT_RIG_NOW};
        if (p->usage)
            event.cause = (cause_t){.stream = STREAM_METERING, .sequence = p->usage};
        event.posted = (event_posted_t){.account = visit_rig_account,
                                        .debit = p->debit,
                                        .credit = p->credit,
                                        .amount = p->amount,
                                        .kind = p->kind,
                                        .cash = p->cash,
                                        .bonus = p->bonus,
                                        .ordinal = 1,
                                        .reference = p->reference};
        size_t encoded = event_encode(&event, bytes, sizeof bytes);
        pack_array(&pack, 2);
        pack_u64(&pack, p->sequence);
        pack_bytes(&pack, bytes, (uint32_t)encoded);
    }
    answer_t answer = {.type = REQUEST_statement};
    answer.statement = (answer_statement_t){
        .next = next, .count = count, .rows = {buffer, (uint32_t)pack_end(&pack)}};
    return answer;
}
