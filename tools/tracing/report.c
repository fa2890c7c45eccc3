#include "tools/tracing/report.h"
#include <inttypes.h>

static void put_account(uint32_t number, FILE *out)
{
    const uid_t16 id = usage_account(number);
    for (size_t i = 0; i < sizeof id.bytes; i++)
        fprintf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", id.bytes[i]);
}

bool report_balances(const reckoning_t *reckoning, const char *path)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return false;
    fputs("account,charged_kopecks,topped_up_kopecks,balance_kopecks,autopays\n", file);
    for (uint32_t n = 0; n < USAGE_ACCOUNTS; n++) { // ids sort as their numbers do
        const reckoning_account_t *account = &reckoning->accounts[n];
        if (!account->exists)
            continue;
        put_account(n, file);
        fprintf(file, ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRIu64 "\n", account->charged,
                account->topped_up, account->topped_up - account->charged, account->autopays);
    }
    bool written = !ferror(file);
    return fclose(file) == 0 && written;
}

static unsigned count_accounts(const reckoning_t *reckoning, bool with_autopays)
{
    unsigned count = 0;
    for (uint32_t n = 0; n < USAGE_ACCOUNTS; n++)
        count +=
            with_autopays ? reckoning->accounts[n].autopays > 0 : reckoning->accounts[n].exists;
    return count;
}

static void put_money(FILE *out, const char *what, kopecks_t amount)
{
    fprintf(out, "%-28s %12" PRId64 ".%02" PRId64 " RUB\n", what, amount / 100,
            (amount < 0 ? -amount : amount) % 100);
}

void report_table(const reckoning_t *reckoning, const report_run_t *run, FILE *out)
{
    fprintf(out, "%-28s %12u\n", "accounts", count_accounts(reckoning, false));
    fprintf(out, "%-28s %12" PRIu64 "\n", "billable minutes", reckoning->minutes);
    fprintf(out, "%-28s %12" PRIu64 "\n", "charge lines", reckoning->lines);
    put_money(out, "charged", reckoning->charged);
    put_money(out, "topped up", reckoning->topped_up);
    put_money(out, "balances", reckoning->balances);
    fprintf(out, "%-28s %12" PRIu64 " over %u accounts\n", "autopays", reckoning->autopays,
            count_accounts(reckoning, true));
    fprintf(out, "%-28s %12" PRIu64 "\n", "captures at Robokassa", reckoning->captures);
    for (fleet_process_t p = 0; p < FLEET_JOURNALS; p++)
        fprintf(out, "events of %-18s %12" PRIu64 "\n", fleet_place_name(p), reckoning->events[p]);
    fprintf(out, "%-28s %12" PRIu64 " in %" PRIu64 " windows\n", "usage events sent",
            run->events_sent, run->windows);
    fprintf(out, "%-28s %12u, %" PRIu64 " batches sent again\n", "processes killed", run->kills,
            run->batches_resent);
    fprintf(out,
            "%-28s %12" PRIu64 ", %" PRIu64 " moves of the clock, %" PRIu64 " rounds, %" PRIu64
            " unanswered\n",
            "settled", run->settles, run->moves, run->rounds, run->unanswered);
    fprintf(out, "%-28s %12s\n", "kopeck verify", run->verified);
    fprintf(out,
            "%-28s %12.1f = read %.1f + start %.1f + openings %.1f + feed %.1f + rest %.1f + "
            "reckoning %.1f + verify %.1f\n",
            "seconds", run->total_s, run->read_s, run->start_s, run->openings_s, run->feed_s,
            run->rest_s, run->reckoning_s, run->verify_s);
}

void report_json(const reckoning_t *reckoning, const report_run_t *run, FILE *out)
{
    fprintf(out,
            "{\"accounts\":%u,\"minutes\":%" PRIu64 ",\"lines\":%" PRIu64
            ",\"charged_kopecks\":%" PRId64 ",\"topped_up_kopecks\":%" PRId64
            ",\"balances_kopecks\":%" PRId64 ",\"autopays\":%" PRIu64
            ",\"autopay_accounts\":%u,\"captures\":%" PRIu64,
            count_accounts(reckoning, false), reckoning->minutes, reckoning->lines,
            reckoning->charged, reckoning->topped_up, reckoning->balances, reckoning->autopays,
            count_accounts(reckoning, true), reckoning->captures);
    for (fleet_process_t p = 0; p < FLEET_JOURNALS; p++)
        fprintf(out, ",\"%s_events\":%" PRIu64, fleet_place_name(p), reckoning->events[p]);
    fprintf(out,
            ",\"usage_events\":%" PRIu64 ",\"windows\":%" PRIu64 ",\"kills\":%u"
            ",\"batches_resent\":%" PRIu64 ",\"settles\":%" PRIu64 ",\"moves\":%" PRIu64
            ",\"end_us\":%" PRId64 ",\"verify\":\"%s\"",
            run->events_sent, run->windows, run->kills, run->batches_resent, run->settles,
            run->moves, run->end, run->verified);
    fprintf(out,
            ",\"seconds\":{\"read\":%.3f,\"start\":%.3f,\"openings\":%.3f,\"feed\":%.3f,"
            "\"rest\":%.3f,\"reckoning\":%.3f,\"verify\":%.3f,\"total\":%.3f}}\n",
            run->read_s, run->start_s, run->openings_s, run->feed_s, run->rest_s, run->reckoning_s,
            run->verify_s, run->total_s);
}
