#include "tools/robokassa_sim/config.h"
#include "tools/command_line/csv.h"
#include "tools/robokassa_sim/decimal.h"
#include "tools/robokassa_sim/text.h"
#include "services/process/security/secret.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX INT64_C(4000000000000000) // the year 2096 in microseconds

typedef enum { STRING, SECRET, NUMBER, CHOICE, HASH, GAPS, FAULT } kind_t;

// One row per key: where it goes, and its line in --help. A choice is false, then true.
#define AT(field) offsetof(config_t, field)
static const struct {
    const char *name;
    kind_t kind;
    size_t offset;
    const char *off, *on; // CHOICE
    const char *help;
} KEYS[] = {
    {"listen", STRING, AT(listen), 0, 0, "address:port, port 0 = any free one (127.0.0.1:0)"},
    {"public_url", STRING, AT(public_url), 0, 0, "base of links given out (http://LISTEN)"},
    {"login", STRING, AT(shop.login), 0, 0, "the shop's MerchantLogin"},
    {"password1_file", SECRET, AT(shop.password1), 0, 0, "file with Password #1"},
    {"password2_file", SECRET, AT(shop.password2), 0, 0, "file with Password #2"},
    {"password3_file", SECRET, AT(shop.password3), 0, 0, "file with Password #3 (refunds)"},
    {"test_password1_file", SECRET, AT(shop.test_password1), 0, 0, "file with test Password #1"},
    {"test_password2_file", SECRET, AT(shop.test_password2), 0, 0, "file with test Password #2"},
    {"hash", HASH, AT(shop.hash), 0, 0, "md5, ripemd160, sha1, sha256, sha384 or sha512 (md5)"},
    {"result_url", STRING, AT(shop.result_url), 0, 0, "ResultURL; none = nobody is told"},
    {"result_method", CHOICE, AT(shop.result_post), "GET", "POST", "(POST)"},
    {"success_url", STRING, AT(shop.success_url), 0, 0, "SuccessURL"},
    {"success_method", CHOICE, AT(shop.success_post), "GET", "POST", "(GET)"},
    {"fail_url", STRING, AT(shop.fail_url), 0, 0, "FailURL"},
    {"fail_method", CHOICE, AT(shop.fail_post), "GET", "POST", "(GET)"},
    {"active", CHOICE, AT(shop.active), "no", "yes", "shop activated (yes)"},
    {"recurring", CHOICE, AT(shop.recurring), "no", "yes", "recurring allowed (yes)"},
    {"hold", CHOICE, AT(shop.hold), "no", "yes", "two-step payments allowed (yes)"},
    {"refund", CHOICE, AT(shop.refund), "no", "yes", "refund API allowed (yes)"},
    {"lenient", CHOICE, AT(shop.lenient), "no", "yes", "Receipt and URLs may be signed raw (no)"},
    {"clock", CHOICE, AT(driven), "wall", "driven", "(wall); driven: POST /sim/clock moves it"},
    {"start_us", NUMBER, AT(start_us), 0, 0, "first instant of the driven clock"},
    {"payer", CHOICE, AT(payer_pays), "manual", "pay", "who decides on an opened page (manual)"},
    {"credit", CHOICE, AT(credit_at_once), "on_ok", "at_once", "when State 50 becomes 100 (on_ok)"},
    {"redirect", CHOICE, AT(redirect), "no", "yes", "send the payer to SuccessURL/FailURL (yes)"},
    {"decision_delay_ms", NUMBER, AT(decision_delay_ms), 0, 0, "bank's time for a child (500)"},
    {"delivery_gaps_ms", GAPS, 0, 0, 0, "waits between deliveries (1000,2000,4000,8000)"},
    {"delivery_timeout_ms", NUMBER, AT(delivery_timeout_ms), 0, 0, "real time for one (30000)"},
    {"refund_delay_ms", NUMBER, AT(refund_delay_ms), 0, 0, "processing to finished (1000)"},
    {"receipt_delay_ms", NUMBER, AT(receipt_delay_ms), 0, 0,
     "receipts: taken to registered (1000)"},
    {"receipt_client", CHOICE, AT(receipt_client), "no", "yes",
     "second receipts must name a customer (no)"},
    {"fee_ppm", NUMBER, AT(fee_ppm), 0, 0, "commission shown as Fee (39000)"},
    {"payer_email", STRING, AT(payer_email), 0, 0, "EMail when none was given"},
    {"xml_namespace", CHOICE, AT(legacy_namespace), "docs", "legacy", "of OpStateExt (docs)"},
    {"user_field", CHOICE, AT(user_fields), "UserField", "UserFields", "its element (UserField)"},
    {"jws_key_file", STRING, AT(jws_key_file), 0, 0, "RSA key of ResultUrl2, PEM; none = new one"},
    {"jws_expired", CHOICE, AT(jws_expired), "no", "yes", "its certificate has expired (no)"},
    {"jws_quoted", CHOICE, AT(jws_quoted), "no", "yes", "ResultUrl2 body in JSON quotes (no)"},
    {"jws_base64", CHOICE, AT(jws_base64), "no", "yes", "ResultUrl2 body in base64 (no)"},
    {"journal", STRING, AT(journal), 0, 0, "file that survives a restart; none = memory only"},
    {"operations_max", NUMBER, AT(operations_max), 0, 0, "size of the book (1000000)"},
    {"seed", NUMBER, AT(seed), 0, 0, "of faults by probability and of identifiers (1)"},
    {"fault", FAULT, 0, 0, 0, "a rule, repeatable: decline on=recurring probability_ppm=50000"},
    {"admin_anywhere", CHOICE, AT(admin_anywhere), "no", "yes", "/sim/ beyond loopback (no)"},
};
#define KEYS_COUNT (sizeof KEYS / sizeof KEYS[0])

const char *config_help(void)
{
    static char help[KEYS_COUNT * 128];
    size_t used = 0;
    for (size_t i = 0; i < KEYS_COUNT; i++) {
        char values[32] = "";
        if (KEYS[i].kind == CHOICE)
            snprintf(values, sizeof values, "%s|%s ", KEYS[i].off, KEYS[i].on);
        used += (size_t)snprintf(help + used, sizeof help - used, "  %-20s %s%s\n", KEYS[i].name,
                                 values, KEYS[i].help);
        assert(used < sizeof help);
    }
    return help;
}

static char *read_password(const char *path, char error[FAULT_ERROR_MAX])
{
    secret_t *secret = secret_read(path, error, FAULT_ERROR_MAX);
    char *password = secret ? text_copy(secret_reveal(secret)) : NULL;
    secret_destroy(&secret);
    return password;
}

static bool read_gaps(config_t *self, char *value)
{
    self->gap_count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(value, ", ", &rest); word; word = strtok_r(NULL, ", ", &rest)) {
        int64_t gap_ms;
        if (self->gap_count == CONFIG_GAPS_MAX || !decimal_parse_integer(word, &gap_ms) ||
            gap_ms > INT64_C(86400000))
            return false;
        self->gaps_us[self->gap_count++] = gap_ms * 1000;
    }
    return true;
}

static bool set(config_t *self, size_t key, char *value, char error[FAULT_ERROR_MAX])
{
    char *at = (char *)self + KEYS[key].offset;
    snprintf(error, FAULT_ERROR_MAX, "%s: cannot read '%.60s'", KEYS[key].name, value);
    switch (KEYS[key].kind) {
    case STRING:
        text_replace((char **)at, value);
        return true;
    case SECRET:
        free(*(char **)at);
        *(char **)at = read_password(value, error);
        return *(char **)at;
    case NUMBER:
        return decimal_parse_integer(value, (int64_t *)at) && *(int64_t *)at <= NUMBER_MAX;
    case CHOICE:
        *(bool *)at = strcmp(value, KEYS[key].on) == 0;
        return *(bool *)at || strcmp(value, KEYS[key].off) == 0;
    case HASH:
        return digest_named(value, &self->shop.hash);
    case GAPS:
        return read_gaps(self, value);
    case FAULT: {
        fault_rule_t rule;
        if (!fault_parse(value, &rule, error))
            return false;
        snprintf(error, FAULT_ERROR_MAX, "more than %d faults", FAULT_RULES_MAX);
        return fault_add(&self->faults, &rule);
    }
    }
    return false;
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t size = strlen(text);
    while (size && strchr(" \t\r\n", text[size - 1]))
        text[--size] = 0;
    return text;
}

// `seen` has a flag for each key: a second line of one would silently take the first one's place.
static bool read_line(config_t *self, char *line, bool seen[KEYS_COUNT],
                      char error[FAULT_ERROR_MAX])
{
    line = trim(line);
    if (!*line || *line == '#')
        return true;
    char *equals = strchr(line, '=');
    if (!equals) {
        snprintf(error, FAULT_ERROR_MAX, "not 'key = value'");
        return false;
    }
    *equals = 0;
    const char *name = trim(line);
    for (size_t i = 0; i < KEYS_COUNT; i++)
        if (strcmp(name, KEYS[i].name) == 0) {
            snprintf(error, FAULT_ERROR_MAX, "'%s' is there already", name);
            bool again = seen[i] && KEYS[i].kind != FAULT;
            seen[i] = true;
            return !again && set(self, i, trim(equals + 1), error);
        }
    snprintf(error, FAULT_ERROR_MAX, "unknown key '%.40s'", name);
    return false;
}

static bool complete(const config_t *self, char error[FAULT_ERROR_MAX])
{
    const char *missing = !self->shop.login       ? "login"
                          : !self->shop.password1 ? "password1_file"
                          : !self->shop.password2 ? "password2_file"
                                                  : NULL;
    if (missing)
        snprintf(error, FAULT_ERROR_MAX, "'%s' is missing", missing);
    return !missing;
}

config_t *config_load(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return NULL;
    }
    config_t *self = calloc(1, sizeof *self);
    assert(self);
    *self = (config_t){
        .shop =
            {.active = true, .recurring = true, .hold = true, .refund = true, .result_post = true},
        .redirect = true,
        .decision_delay_ms = 500,
        .delivery_timeout_ms = 30000,
        .refund_delay_ms = 1000,
        .receipt_delay_ms = 1000,
        .seed = 1,
        .fee_ppm = 39000,
        .operations_max = 1000000,
        .gap_count = 4,
        .gaps_us = {1000000, 2000000, 4000000, 8000000},
    };
    self->listen = text_copy("127.0.0.1:0");
    self->payer_email = text_copy("payer@example.com");
    char error[FAULT_ERROR_MAX];
    csv_t lines; // for its lines alone: no byte of a file is passed over
    bool good = true, seen[KEYS_COUNT] = {false};
    csv_init(&lines, file);
    while (good && csv_line(&lines))
        good = read_line(self, lines.bytes, seen, error);
    fclose(file);
    if (lines.error) {
        snprintf(error, sizeof error, "%s", lines.error);
        good = false;
    }
    if (good)
        good = complete(self, error);
    self->faults.seed = self->seed;
    if (!good) {
        fprintf(stderr, "%s:%llu: %s\n", path, (unsigned long long)lines.line, error);
        config_destroy(&self);
    }
    return self;
}

void config_destroy(config_t **self_p)
{
    config_t *self = *self_p;
    if (!self)
        return;
    shop_clear(&self->shop);
    free(self->listen);
    free(self->public_url);
    free(self->journal);
    free(self->jws_key_file);
    free(self->payer_email);
    free(self);
    *self_p = NULL;
}
