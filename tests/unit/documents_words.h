#pragma once
// documents_words - the few things that tests of documents say: a company, its invoice, a transfer.
#include "services/documents/day.h"
#include "services/documents/documents_decide_transfer.h"
#include "tests/model/harness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the ones above first
#include <cmocka.h>

#include "services/documents/documents_core.h"
#include "tests/model/side_rows.h"

#define INN "9999123456"
#define OTHER_INN "9999234565"
#define NOON_US (9 * HOUR_US) // of a Moscow day, UTC

static inline day_t day_at(uint32_t year, uint32_t month, uint32_t day)
{
    day_t found = 0;
    assert_true(day_of(year, month, day, &found));
    return found;
}

static inline instant_t noon(uint32_t year, uint32_t month, uint32_t day)
{
    return day_at(year, month, day) * DAY_US + NOON_US;
}

static inline uid_t16 customer(uint8_t number)
{
    return (uid_t16){{0xc0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, number}};
}

static inline fail_t register_as(harness_t *h, uid_t16 account, const char *inn, const char *kpp,
                                 const char *name)
{
    request_t request = {.type = REQUEST_requisites_register};
    request.requisites_register =
        (request_requisites_register_t){account, text_of(inn), text_of(kpp), text_of(name), 0};
    return harness_command(h, &request);
}

static inline void company(harness_t *h, uint8_t number, const char *inn)
{
    assert_int_equal(register_as(h, customer(number), inn, "999901001", "ООО «Ромашка»"),
                     FAIL_NONE);
}

static inline fail_t issue(harness_t *h, uint8_t number, kopecks_t amount)
{
    request_t request = {.type = REQUEST_invoice_issue};
    request.invoice_issue.account = customer(number);
    request.invoice_issue.amount = amount;
    return harness_command(h, &request);
}

static inline uint64_t issued(harness_t *h, uint8_t number, kopecks_t amount)
{
    assert_int_equal(issue(h, number, amount), FAIL_NONE);
    return harness_caused(h, 0, EVENT_invoice_issued).invoice_issued.number;
}

// 700 rubles on 31 August 2026, by the company of INN, for `purpose`.
static inline request_t transfer(const char *purpose)
{
    request_t request = {.type = REQUEST_transfer_receive};
    request.transfer_receive =
        (request_transfer_receive_t){.statement = {{1}},
                                     .own_account = text_of("40702810700000000101"),
                                     .day = (uint64_t)day_at(2026, 8, 31),
                                     .number = text_of("17"),
                                     .amount = 70000,
                                     .payer_inn = text_of(INN),
                                     .payer_account = text_of("40702810000000000001"),
                                     .purpose = text_of(purpose),
                                     .payer = text_of("ИП Иванов И. И.")};
    return request;
}

static inline event_transfer_received_t received(harness_t *h, const request_t *request)
{
    assert_int_equal(harness_command(h, request), FAIL_NONE);
    assert_int_equal(h->count, 1);
    keep_rows(h);
    return harness_caused(h, 0, EVENT_transfer_received).transfer_received;
}

static inline fail_t assign(harness_t *h, uint64_t sequence, uid_t16 account, uint64_t invoice)
{
    request_t request = {.type = REQUEST_transfer_assign};
    request.transfer_assign.transfer = sequence;
    request.transfer_assign.account = account;
    request.transfer_assign.invoice = invoice;
    fail_t fail = harness_command(h, &request);
    keep_rows(h);
    return fail;
}

static inline int setup(void **state)
{
    static const documents_settings_t settings = {.rows = true};
    harness_t *h = harness_new(&documents_core, &settings);
    side.count = 0;
    h->now = noon(2026, 9, 1);
    *state = h;
    return 0;
}

// Whatever a test did, its journal replays to the same.
static inline int teardown(void **state)
{
    harness_t *h = *state, *again = harness_replay(h);
    harness_compare(h, again);
    harness_destroy(&again);
    harness_destroy(&h);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
