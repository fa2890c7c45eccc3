#include "services/web/page_sign.h"
#include "proto/digest.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { ADDRESS_MAX = 512 };

bool page_sign_is_own(span_t address)
{
    if (address.size < 2 || address.size > ADDRESS_MAX || address.bytes[0] != '/' ||
        address.bytes[1] == '/')
        return false;
    for (size_t i = 0; i < address.size; i++) {
        char c = address.bytes[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-._~/?&=%", c);
        if (!plain || c == '\0')
            return false;
    }
    return true;
}

static bool go_back(web_visit_t *visit, span_t address)
{
    char location[ADDRESS_MAX + 1];
    snprintf(location, sizeof location, "%s", visit->site->operator_name ? "/desk" : "/balance");
    if (page_sign_is_own(address)) {
        memcpy(location, address.bytes, address.size);
        location[address.size] = '\0';
    }
    return visit_redirect(visit, location);
}

// --- in ---

static instant_t life_of(const web_site_t *site)
{
    return site->enter_us ? site->enter_us : SITE_ENTER_US;
}

static const char *cookie_of(const web_site_t *site)
{
    return site->operator_name ? "__Host-kopeck-desk" : "__Host-kopeck";
}

static bool was_seen(web_site_t *site, const uint8_t number[16], instant_t now)
{
    for (size_t i = 0; i < SITE_SEEN_MAX; i++)
        if (site->seen[i].until > now && memcmp(site->seen[i].number, number, 16) == 0)
            return true;
    return false;
}

// False when more links were used within a minute than we can remember.
static bool remember(web_site_t *site, const uint8_t number[16], instant_t now)
{
    web_seen_t *place = &site->seen[site->seen_next % SITE_SEEN_MAX];
    if (place->until > now)
        return false;
    site->seen_next++;
    memcpy(place->number, number, 16);
    place->until = now + 2 * life_of(site) + SITE_ENTER_US; // its clock may be a minute ahead
    return true;
}

static bool is_a_visit(const web_head_t *head)
{
    return !head->purpose && (!head->fetch_dest || strcmp(head->fetch_dest, "document") == 0);
}

static bool is_good_link(web_visit_t *visit, span_t link, customer_t *ret_customer)
{
    web_site_t *site = visit->site;
    text_t token = {link.bytes, (uint32_t)link.size};
    const char *why;
    instant_t issued;
    uint8_t number[16];
    if (!site->judge || site->judge(site->judge_arg, token, visit->now, ret_customer, &why) ||
        !site->once(token, &issued, number))
        return false;
    return visit->now - issued <= life_of(site) && issued >= site->started - SECOND_US &&
           !was_seen(site, number, visit->now) && remember(site, number, visit->now);
}

bool page_sign_enter(web_visit_t *visit)
{
    customer_t customer;
    uint8_t id[SESSION_ID_SIZE];
    char text[SESSION_TEXT_SIZE + 1];
    span_t link = visit_field(visit, "k");
    visit->signed_in = false; // the limit is the address's
    if (visit_is_limited(visit, 's', 12000, 5))
        return true;
    if (!is_a_visit(&visit->head))
        return visit_say(visit, 403, TEXT_SIGN_IN, TEXT_E2);
    if (visit->site->gateway || !is_good_link(visit, link, &customer))
        return visit_say(visit, 401, TEXT_SIGN_IN, TEXT_E1_LINK);
    visit->account = customer.account;
    if (visit->session)
        web_sessions_end(&visit->site->sessions, visit->session);
    visit->session = NULL;
    visit->site->random(id, sizeof id);
    web_sessions_begin(&visit->site->sessions, id, visit->now, &customer.account, customer.reads,
                       customer.pays, link, text);
    snprintf(visit->cookie, sizeof visit->cookie, "%s=%s; Secure; HttpOnly; SameSite=Lax; Path=/",
             cookie_of(visit->site), text);
    return go_back(visit, visit_field(visit, "return"));
}

bool page_sign_in(web_visit_t *visit)
{
    const char *url = visit->site->sign_in_url;
    span_t back = visit_field(visit, "return");
    if (!*url)
        return visit_say(visit, 401, TEXT_SIGN_IN, TEXT_E1);
    char location[VISIT_TEXT_MAX];
    writer_t writer = writer_on(location, sizeof location);
    writer_string(&writer, url);
    if (page_sign_is_own(back)) {
        writer_string(&writer, strchr(url, '?') ? "&return=" : "?return=");
        form_escape(&writer, back);
    }
    size_t size = writer_end(&writer);
    assert(size > 0);
    return visit_redirect(visit, location);
}

// --- out, and the rest ---

bool page_sign_out(web_visit_t *visit)
{
    static const char *const names[] = {"ticket", NULL};
    web_ticket_t ticket;
    if (visit_needs_own_page(visit))
        return true;
    if (!visit->signed_in)
        return visit_say(visit, 200, TEXT_SIGN_IN, TEXT_SIGNED_OUT);
    if (!visit_form_has_only(visit, names) || !visit_ticket(visit, "/sign-out", &ticket))
        return visit_say(visit, 403, TEXT_E2, TEXT_E2);
    if (visit->session)
        web_sessions_end(&visit->site->sessions, visit->session);
    visit->session = NULL;
    visit->signed_in = false;
    snprintf(visit->cookie, sizeof visit->cookie,
             "%s=; Max-Age=0; Secure; HttpOnly; SameSite=Lax; Path=/", cookie_of(visit->site));
    return visit_say(visit, 200, TEXT_SIGN_IN, TEXT_SIGNED_OUT);
}

bool page_sign_language(web_visit_t *visit)
{
    if (visit_needs_own_page(visit))
        return true;
    snprintf(visit->cookie, sizeof visit->cookie,
             "kopeck-language=%s; Max-Age=31536000; SameSite=Lax; Path=/",
             visit->language == LANGUAGE_RUSSIAN ? "en" : "ru");
    return go_back(visit, visit_field(visit, "return"));
}

bool page_sign_root(web_visit_t *visit)
{
    return visit_redirect(visit, visit->site->operator_name ? "/desk" : "/balance");
}

bool page_sign_missing(web_visit_t *visit)
{
    return visit_say(visit, 404, TEXT_E3, TEXT_E3);
}

bool page_sign_static(web_visit_t *visit)
{
    for (size_t i = 0; i < PAGE_STATICS; i++) {
        const page_static_t *file = &page_statics[i];
        if (strcmp(file->path, visit->path) != 0)
            continue;
        free(visit->page);
        visit->page = malloc(file->bytes.size);
        assert(visit->page);
        memcpy(visit->page, file->bytes.bytes, file->bytes.size);
        visit->page_size = file->bytes.size;
        visit->status = 200;
        visit->content_type = file->type;
        visit->cached = true;
        return true;
    }
    return page_sign_missing(visit);
}
