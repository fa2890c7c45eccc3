// kopeck-ledger - the money truth: every posting, every balance.
//
// Besides the keys of config.h it reads:
//   ledger/accounts_max   accounts it opens at most; facts for more go to suspense
#include "services/process/shell.h"
#include "services/ledger/ledger_core.h"
#include "services/ledger/ledger_reader.h"

static fail_t find(void *arg, uint64_t sequence, bytes_t *ret_event)
{
    return reader_event(arg, sequence, ret_event);
}

// Statements and balances of the past are answered by the reading thread.
static fail_t read_past(reader_t *reader, const request_t *request, answer_t *answer,
                        uint8_t *scratch, size_t scratch_size, const char **ret_detail)
{
    (void)ret_detail;
    switch (request->type) {
    case REQUEST_statement:
        return ledger_reader_statement(find, reader, &request->statement, scratch, scratch_size,
                                       &answer->statement);
    case REQUEST_as_of:
        return ledger_reader_as_of(find, reader, &request->as_of, &answer->as_of);
    case REQUEST_as_of_many:
        return ledger_reader_as_of_many(find, reader, &request->as_of_many, scratch, scratch_size,
                                        &answer->as_of_many);
    default:
        return FAIL_INVALID;
    }
}

int main(int argc, char **argv)
{
    config_t *config = shell_begin(argc, argv, "the ledger: every posting, every balance");
    ledger_settings_t settings = {
        .accounts_max = (uint32_t)config_number(config, "ledger/accounts_max", LEDGER_ACCOUNTS_MAX,
                                                1, LEDGER_ACCOUNTS_MAX)};
    return shell_run(config, &ledger_core, &settings, read_past);
}
