// Journals that an earlier release wrote replay in this one to the roots and balances that it had.
#include "proto/digest.h"
#include "tests/simulation/keepsake.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the ones above first
#include <cmocka.h>

enum { LINE_SIZE = 256 };

enum { KEPT = DOCUMENTS }; // when they were written there was no documents

static process_t processes[KEPT];

// Asks a process that has not booted: it serves reads.
static bool ask(process_t *process, const request_t *request, answer_t *ret_answer)
{
    static uint8_t kept[FRAME_SMALL_MAX];
    uint8_t bytes[512];
    peer_t peer = {.size = 1, .bytes = {'t'}};
    node_batch_t batch;
    node_set_full(process->node, true);
    node_begin(process->node, &(node_clock_t){.now = INT64_C(1) << 50,
                                              .wall = INT64_C(1) << 50,
                                              .monotonic = HOUR_US,
                                              .boot = {{1}}});
    node_message(process->node, DOOR_COMMAND, &peer, ROLE_OPERATOR, bytes,
                 request_encode(request, bytes, sizeof bytes));
    node_end(process->node, &batch);
    assert_false(batch.append);
    node_committed(process->node);
    for (output_t output; node_output(process->node, &output);)
        if (output.kind == OUTPUT_ANSWER) {
            memcpy(kept, output.head.data, output.head.size);
            return answer_decode(kept, output.head.size, request->type, ret_answer) == FAIL_NONE;
        }
    return false;
}

static void check_root(const char *name, uint64_t last, const char *hex)
{
    for (unsigned i = 0; i < KEPT; i++) {
        if (strcmp(name, process_title((process_name_t)i)) != 0)
            continue;
        char own[DIGEST_HEX_MAX + 1];
        answer_t answer = {0};
        assert_true(ask(&processes[i], &(request_t){.type = REQUEST_status, .number = 1}, &answer));
        assert_int_equal(answer.status.last, last);
        digest_hex_lower(answer.status.root.bytes, sizeof answer.status.root.bytes, own);
        assert_string_equal(own, hex);
        return;
    }
    fail_msg("there is no process %s", name);
}

static void check_balance(unsigned account, int64_t balance)
{
    request_t request = {.type = REQUEST_balance, .number = 1};
    answer_t answer = {0};
    request.balance.account = platform_model_account(account);
    assert_true(ask(&processes[LEDGER], &request, &answer));
    assert_int_equal(answer.fail, FAIL_NONE);
    assert_int_equal(answer.balance.cash + answer.balance.bonus, balance);
}

static void compare_expected(const char *directory)
{
    char path[LINE_SIZE], line[LINE_SIZE], name[LINE_SIZE], hex[LINE_SIZE];
    unsigned account, lines = 0;
    uint64_t last;
    int64_t balance;
    snprintf(path, sizeof path, "%s/expected", directory);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (; fgets(line, sizeof line, file); lines++)
        if (sscanf(line, "root %250s %" SCNu64 " %250s", name, &last, hex) == 3)
            check_root(name, last, hex);
        else if (sscanf(line, "balance %u %" SCNd64, &account, &balance) == 2)
            check_balance(account, balance);
        else
            fail_msg("%s: %s", path, line);
    assert_true(lines > KEPT);
    (void)fclose(file);
}

static void check_journals(const char *directory)
{
    for (unsigned i = 0; i < KEPT; i++) {
        const char *why = NULL;
        process_init(&processes[i], (process_name_t)i, false,
                     robokassa_model_settings(false, false), 1);
        assert_true(keepsake_read(directory, &processes[i]));
        if (!process_start(&processes[i], 0, &why))
            fail_msg("%s: %s", directory, why);
    }
    compare_expected(directory);
    for (unsigned i = 0; i < KEPT; i++)
        process_release(&processes[i]);
}

static void a_quiet_week_replays_to_its_roots_and_balances(void **state)
{
    (void)state;
    check_journals("tests/vectors/journals/quiet_week");
}

static void a_hard_week_replays_to_its_roots_and_balances(void **state)
{
    (void)state;
    check_journals("tests/vectors/journals/hard_week");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_week_replays_to_its_roots_and_balances),
        cmocka_unit_test(a_hard_week_replays_to_its_roots_and_balances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
