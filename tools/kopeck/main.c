#include "services/common/security.h"
#include "tools/kopeck/command.h"

const command_t commands[] = {
    {"balance", command_balance, "ACCOUNT [--as-of SEQUENCE|TIME] [--min-sequence N]",
     "An account's balance, now or in the past.\n"
     "  --as-of X          as of the ledger's sequence X, or as of an instant\n"
     "  --min-sequence N   exit 75 unless the ledger has reached N\n"},
    {"statement", command_statement,
     "ACCOUNT [--debits|--credits] [--from TIME] [--to TIME] [--limit N] [--all] [--no-usage]",
     "An account's postings, newest first, each with the balance after it.\n"
     "  --from, --to       not before, and before\n"
     "  --limit N          at most N rows, default 50; --all for every row\n"
     "  --no-usage         do not ask metering what a charge was for\n"},
    {"totals", command_totals, "",
     "Balances of the system accounts, and the sum over all accounts.\n"},
    {"post", command_post, "FILE|- [--id UUID] [--producer N] [--atomic]",
     "Bulk postings from CSV or JSON lines, one result each.\n"
     "  CSV: a header naming debit,credit,amount,kind and maybe reference; amount in rubles,\n"
     "  or amount_kopecks. JSON lines: objects of these names, amount in kopecks. Accounts are\n"
     "  UUIDs or system accounts by title (revenue, bank, ...), kinds numbers or titles.\n"
     "  --id UUID          of an earlier run of the same file: what is durable is not posted "
     "again\n"
     "  --atomic           all or nothing: at most 8189 postings, one batch\n"
     "  --producer N       number of this poster, default 200; one run at a time each\n"},
    {"post-one", command_post_one, "DEBIT CREDIT RUBLES KIND [--reference UUID] [--id UUID]",
     "One posting, as a command.\n"},
    {"topup", command_topup, "ACCOUNT RUBLES [--autopay N] [--sum-max RUBLES] [--id UUID]",
     "Make an invoice for a card payment; prints its number and link.\n"
     "  RUBLES             whole rubles\n"
     "  --autopay N        with consent to at most N automatic payments a month\n"
     "  --sum-max RUBLES   and to at most this sum of them\n"},
    {"mandate", command_mandate,
     "ACCOUNT [revoke [--why N] | change --count N --sum RUBLES] [--id UUID]",
     "An account's consent to autopay: show it, revoke it, lower its limits.\n"
     "  --why N            1 customer, 3 operator (default), 4 chargeback\n"},
    {"payment", command_payment,
     "INVOICE [resolve succeeded --amount RUBLES | resolve declined] [--id UUID]",
     "A payment by its invoice number; resolve closes an open one by an operator's word.\n"},
    {"autopay", command_autopay, "ACCOUNT [hold|release|resume] [--id UUID]",
     "An account's autopay: counters and the verdict if it were judged now.\n"},
    {"explain", command_explain, "SEQUENCE|ACCOUNT",
     "A decision of autopay in words, from the inputs stored with it.\n"
     "  With an account, its last decision.\n"},
    {"why-not", command_why_not, "ACCOUNT TIME",
     "Why autopay did not charge an account at an instant.\n"
     "  Finds the decision in force then and makes it again from its stored inputs.\n"},
    {"tariff", command_tariff, "list | define CODE TITLE RUBLES --effective TIME [--id UUID]",
     "Tariffs: every version there is, or a new one; RUBLES for 720 hours of a replica.\n"},
    {"tail", command_tail, "STREAM [--from SEQUENCE] [--count N] [--type NAME]",
     "Follow a stream as it grows, without a gap; from the next event on, or from SEQUENCE.\n"},
    {"events", command_events, "STREAM [--from SEQUENCE] [--to SEQUENCE] [--type NAME]",
     "Replay a stream.\n"},
    {"verify", command_verify,
     "[--offline] [--metering DIR] [--ledger DIR] [--payment DIR] [--autopay DIR] [--settled]",
     "Recompute everything from the journals; exit 0 only if all of it holds.\n"
     "  Live through the replay doors; --offline from the journals' directories of the config;\n"
     "  or from those named here, without any config. What is not named is left out.\n"
     "  --settled          nothing may be under way: unposted charges, open requests are errors\n"},
    {"status", command_status, "[PROCESS] [--counters]",
     "How the processes are: histories, heads, what they follow and how far behind.\n"},
    {"reseed", command_reseed, "PROCESS STREAM [--yes] [--sequence N] [--id UUID]",
     "Let a process accept another history of a stream it follows.\n"
     "  Shows what will be accepted; --yes does it. --sequence N counts N events as applied,\n"
     "  default all there are.\n"},
    {"clock", command_clock, "confirm PROCESS [--id UUID]",
     "Confirm a process's clock after a jump; judgements go on.\n"},
    {"keys", command_keys, "make NAME:ROLE[:PRODUCERS]... --public DIR --secret DIR | check DIR",
     "Make certificates, or check a directory of them.\n"
     "  Roles: platform metering ledger payment autopay web service auditor operator\n"
     "  PRODUCERS: who pushes a feed may do so as this number, or these: 100, 200-299\n"},
    {"ping", command_ping, "FILE",
     "Is the process with this config file ready? For health checks: 0 yes, 69 or 75 no.\n"},
    {NULL, NULL, NULL, NULL}};

static int help(FILE *out)
{
    fputs("usage: kopeck [--config FILE] [--json] COMMAND ...\n\n", out);
    for (const command_t *c = commands; c->name; c++) {
        size_t line = strcspn(c->help, "\n");
        fprintf(out, "  %-10s %.*s\n", c->name, (int)line, c->help);
    }
    fputs(
        "\nkopeck COMMAND --help tells more of one.\n"
        "The config file is --config, $KOPECK_CONFIG or ~/.config/kopeck.cfg.\n"
        "--json: answers as JSON, money in kopecks, times in microseconds since 1970.\n"
        "Exit status: 0 done, 64 wrong command line, 65 refused, 66 no such thing, 69 no answer,\n"
        "74 the store failed, 75 try again later, 77 not allowed, 78 wrong configuration;\n"
        "verify: 1 if something does not hold.\n",
        out);
    return out == stdout ? EX_OK : EX_USAGE;
}

bool command_ready(args_t *args)
{
    if (args_check(args))
        return true;
    fprintf(stderr, "kopeck: %s\n", args->error);
    return false;
}

static const command_t *find_command(const char *name)
{
    for (const command_t *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

int main(int argc, char **argv)
{
    security_prepare();
    static args_t args;
    args_init(&args, argc - 1, argv + 1);
    session_t session = {.config_file = args_option(&args, "config")};
    session.json = args_flag(&args, "json");
    bool wants_help = args_flag(&args, "help");
    const char *name = args_operand_maybe(&args);
    if (!name || strcmp(name, "help") == 0)
        return help(wants_help || name ? stdout : stderr);
    const command_t *command = find_command(name);
    if (!command) {
        fprintf(stderr, "kopeck: there is no command \"%s\"; see kopeck --help\n", name);
        return EX_USAGE;
    }
    if (wants_help) {
        printf("usage: kopeck %s %s\n\n%s", command->name, command->operands, command->help);
        return EX_OK;
    }
    int status = command->run(&session, &args);
    session_close(&session);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("kopeck: standard output");
        return status ? status : EX_IOERR;
    }
    return status;
}
