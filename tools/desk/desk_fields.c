#include "tools/desk/desk_fields.h"
#include "proto/posting.h"
#include <assert.h>
#include <stdio.h>

enum { DAYS_MAX = 3660, LINE_BYTES = 1024 };

static const struct {
    const char *field;
    text_id_t label;
} labels[] = {{"account", TEXT_DESK_ACCOUNT},
              {"credit", TEXT_DESK_L_CREDIT},
              {"debit", TEXT_DESK_L_DEBIT},
              {"amount", TEXT_DESK_L_AMOUNT},
              {"reason", TEXT_DESK_WHY},
              {"until", TEXT_DESK_UNTIL},
              {"limit", TEXT_DESK_LIMIT},
              {"invoice", TEXT_DESK_NUMBER},
              {"outcome", TEXT_DESK_L_OUTCOME},
              {"registry", TEXT_DESK_L_REGISTRY},
              {"refund", TEXT_DESK_L_REFUND},
              {"done", TEXT_DESK_L_DONE},
              {"kind", TEXT_DESK_KIND},
              {"again", TEXT_DESK_L_AGAIN},
              {"transfer", TEXT_DESK_L_TRANSFER},
              {"fee", TEXT_DESK_L_FEE},
              {"command", TEXT_DESK_COMMAND},
              {"value", TEXT_DESK_VALUE},
              {"cap", TEXT_DESK_L_CAP},
              {"topup_min", TEXT_DESK_L_TOPUP_MIN},
              {"budget", TEXT_DESK_BUDGET},
              {"starts", TEXT_DESK_STARTS},
              {"ends", TEXT_DESK_ENDS},
              {"per_account", TEXT_DESK_L_PER_ACCOUNT},
              {"in_all", TEXT_DESK_L_IN_ALL},
              {"first_topup", TEXT_DESK_L_FIRST},
              {"life_us", TEXT_DESK_L_LIFE},
              {"category", TEXT_DESK_L_CATEGORY},
              {"begins", TEXT_DESK_L_BEGINS},
              {"new_accounts", TEXT_DESK_L_NEW},
              {"new_us", TEXT_DESK_L_NEW_DAYS},
              {"campaign", TEXT_DESK_CAMPAIGN},
              {"code", TEXT_DESK_L_CODE},
              {"cash", TEXT_DESK_CASH},
              {"bonus", TEXT_DESK_BONUS},
              {"lot", TEXT_DESK_LOTS},
              {"held", TEXT_DESK_A_HELD},
              {"why", TEXT_DESK_WHY},
              {"reference", TEXT_DESK_L_REFERENCE},
              {"opens", TEXT_DESK_L_OPENS},
              {"alone_max", TEXT_DESK_L_ALONE},
              {"day_max", TEXT_DESK_L_DAY},
              {"stream", TEXT_DESK_L_STREAM},
              {"epoch", TEXT_DESK_L_EPOCH},
              {"sequence", TEXT_DESK_L_SEQUENCE},
              {"leaf", TEXT_DESK_L_LEAF},
              {"month", TEXT_DESK_L_MONTH},
              {"up", TEXT_DESK_L_UP},
              {"all", TEXT_DESK_L_ALL},
              {"lost", TEXT_DESK_L_LOST},
              {"use", TEXT_DESK_L_USE},
              {"topups", TEXT_DESK_L_TOPUPS},
              {"metering", TEXT_DESK_L_METERING},
              {"resources", TEXT_DESK_L_RESOURCES},
              {"rules", TEXT_DESK_L_RULES},
              {"title", TEXT_DESK_L_TITLE},
              {"price", TEXT_DESK_L_PRICE},
              {"effective", TEXT_DESK_L_EFFECTIVE},
              {"included", TEXT_DESK_L_INCLUDED},
              {"version", TEXT_DESK_L_VERSION},
              {"settle_us", TEXT_DESK_L_SETTLE},
              {"late_us", TEXT_DESK_L_LATE},
              {"ahead_us", TEXT_DESK_L_AHEAD},
              {"notice_us", TEXT_DESK_L_NOTICE},
              {"seen", TEXT_DESK_L_SEEN},
              {"threshold", TEXT_DESK_L_THRESHOLD},
              {"interval_us", TEXT_DESK_L_INTERVAL},
              {"backoff_first_us", TEXT_DESK_L_BACKOFF1},
              {"backoff_second_us", TEXT_DESK_L_BACKOFF2},
              {"declines_max", TEXT_DESK_L_DECLINES},
              {"attempts_max", TEXT_DESK_L_ATTEMPTS},
              {"pacing_us", TEXT_DESK_L_PACING},
              {"crowd", TEXT_DESK_L_CROWD},
              {"prenotice_us", TEXT_DESK_L_PRENOTICE},
              {"low_threshold", TEXT_DESK_L_LOW},
              {"lapse_notice_us", TEXT_DESK_L_LAPSE},
              {"early_us", TEXT_DESK_L_EARLY},
              {"stop_us", TEXT_DESK_L_STOP},
              {"grace_us", TEXT_DESK_L_GRACE},
              {"grace_again_us", TEXT_DESK_L_GRACE_AGAIN},
              {"freeze_us", TEXT_DESK_L_FREEZE},
              {"delete_us", TEXT_DESK_L_DELETE},
              {"replicas", TEXT_DESK_L_REPLICAS},
              {"replicas_account", TEXT_DESK_L_REPLICAS_ACCOUNT},
              {"meters", TEXT_DESK_L_METERS},
              {"meters_hour", TEXT_DESK_L_METERS_HOUR},
              {"accounts_hour", TEXT_DESK_L_ACCOUNTS_HOUR},
              {"bytes_hour", TEXT_DESK_L_BYTES_HOUR},
              {"refusals_hour", TEXT_DESK_L_REFUSALS_HOUR},
              {"wait_us", TEXT_DESK_L_WAIT}};

text_id_t desk_fields_label(const char *field)
{
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strcmp(labels[i].field, field) == 0)
            return labels[i].label;
    return TEXT_NONE;
}

static span_t label_of(const desk_sheet_t *sheet, const char *field)
{
    text_id_t label = desk_fields_label(field);
    return label == TEXT_NONE ? span_of(field) : desk_text(sheet, label);
}

static const field_t *field_of(request_type_t type, const char *name)
{
    const request_info_t *info = request_info(type);
    size_t i = 0;
    while (i < info->fields_count && strcmp(info->fields()[i].name, name) != 0)
        i++;
    assert(i < info->fields_count);
    return &info->fields()[i];
}

static bool is_hundredths(const field_t *field)
{
    return field->type == FIELD_TYPE_money || strcmp(field->name, "value") == 0;
}

static bool is_days(const field_t *field)
{
    return strcmp(field->name, "life_us") == 0 || strcmp(field->name, "new_us") == 0;
}

// Of the policies.
static bool is_seconds(const field_t *field)
{
    size_t size = strlen(field->name);
    return size > 3 && strcmp(field->name + size - 3, "_us") == 0 && !is_days(field);
}

// --- reading ---

// The next digit, over the blanks that group them; 0 behind the last.
static char next_digit(span_t text, size_t *at)
{
    while (*at < text.size) {
        const char *here = text.bytes + *at;
        size_t left = text.size - *at;
        if (*here == ' ')
            *at += 1;
        else if (left > 1 && memcmp(here, "\xc2\xa0", 2) == 0)
            *at += 2;
        else
            return *here;
    }
    return '\0';
}

bool desk_read_money(span_t text, kopecks_t *ret_sum)
{
    kopecks_t sum = 0;
    int decimals = -1; // behind the comma; none yet
    bool any = false;
    size_t at = 0;
    for (char c; (c = next_digit(text, &at)) != '\0'; at++) {
        if ((c == ',' || c == '.') && decimals < 0 && any) {
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9' || decimals == 2 || sum > POSTING_AMOUNT_MAX / 10)
            return false;
        sum = sum * 10 + (c - '0');
        any = true;
        decimals += decimals >= 0;
    }
    if (!any || decimals == 0)
        return false;
    for (int i = decimals < 0 ? 0 : decimals; i < 2; i++)
        sum *= 10;
    *ret_sum = sum;
    return sum <= POSTING_AMOUNT_MAX;
}

bool desk_read_uid(span_t text, uid_t16 *ret_id)
{
    char id[UID_TEXT_SIZE];
    if (text.size != sizeof id - 1)
        return false;
    memcpy(id, text.bytes, text.size);
    id[text.size] = '\0';
    return uid_parse(id, ret_id);
}

static bool read_number(const field_t *field, span_t text, uint64_t *ret)
{
    uint64_t number;
    kopecks_t hundredths;
    if (is_hundredths(field)) {
        bool read = desk_read_money(text, &hundredths);
        *ret = read ? (uint64_t)hundredths : 0;
        return read;
    }
    uint64_t unit = is_days(field) ? DAY_US : is_seconds(field) ? SECOND_US : 1;
    if (!text.size || !visit_number(text, &number) ||
        (unit > 1 && number > DAYS_MAX * DAY_US / unit))
        return false;
    *ret = number * unit;
    return true;
}

static bool read_code(const field_t *field, span_t text, uint64_t *ret)
{
    return text.size && visit_number(text, ret) && codes_find(field->family, *ret);
}

static bool read_value(const field_t *field, span_t text, void *at)
{
    uint64_t number = 0;
    if (text.size > DESK_TYPED_MAX)
        return false;
    switch (field->type) {
    case FIELD_TYPE_uid:
        return desk_read_uid(text, at) && !uid_is_zero(at);
    case FIELD_TYPE_flag:
        *(bool *)at = span_is(text, SPAN("1"));
        return !text.size || *(bool *)at;
    case FIELD_TYPE_time:
        return hole_read_clock(text, at);
    case FIELD_TYPE_text:
    case FIELD_TYPE_secret:
        *(text_t *)at = (text_t){text.bytes, (uint32_t)text.size};
        return text.size > 0;
    case FIELD_TYPE_code:
        return read_code(field, text, at);
    default:
        if (!read_number(field, text, &number) || number > INT64_MAX)
            return false;
        memcpy(at, &number, sizeof number); // each of the others has 8 bytes
        return true;
    }
}

static const char *bare(const char *name, bool *ret_optional)
{
    *ret_optional = *name == '?';
    return name + *ret_optional;
}

unsigned desk_fields_read(const web_visit_t *visit, const char *const *names, request_t *request)
{
    unsigned wrong = 0;
    for (size_t i = 0; names[i]; i++) {
        bool optional;
        const char *name = bare(names[i], &optional);
        const field_t *field = field_of(request->type, name);
        span_t text = visit_field(visit, name);
        void *at = (char *)&request->status + field->offset;
        if (!(optional && !text.size) && !read_value(field, text, at))
            wrong |= 1u << i;
    }
    return wrong;
}

// --- forms ---

static text_id_t hint_of(const field_t *field)
{
    if (field->type == FIELD_TYPE_time)
        return TEXT_DESK_H_TIME;
    return is_hundredths(field) ? TEXT_DESK_H_MONEY : TEXT_NONE;
}

void desk_fields_ask(desk_sheet_t *sheet, const web_visit_t *visit, const char *const *names,
                     const request_t *request, unsigned wrong)
{
    for (size_t i = 0; names[i]; i++) {
        bool optional, is_wrong = wrong >> i & 1;
        const char *name = bare(names[i], &optional);
        const field_t *field = field_of(request->type, name);
        span_t label = label_of(sheet, name), typed = visit_field(visit, name);
        uint64_t number = 0;
        if (field->type == FIELD_TYPE_flag)
            desk_ticked(sheet, name, label, span_is(typed, SPAN("1")));
        else if (field->type == FIELD_TYPE_code)
            desk_chosen(sheet, name, label, field->family,
                        read_code(field, typed, &number) ? number : 0, is_wrong);
        else
            desk_typed(sheet, name, label, typed, hint_of(field), is_wrong);
    }
}

void desk_fields_keep(desk_sheet_t *sheet, const web_visit_t *visit, const char *const *names)
{
    for (size_t i = 0; names[i]; i++) {
        bool optional;
        const char *name = bare(names[i], &optional);
        span_t typed = visit_field(visit, name);
        if (typed.size)
            desk_hidden(sheet, name, typed);
    }
}

// --- telling ---

static span_t uid_text(desk_sheet_t *sheet, const uid_t16 *id)
{
    uint64_t number = posting_system_number(id);
    if (uid_is_zero(id))
        return SPAN("—");
    return number ? desk_code(sheet, CODES_system_account, number) : desk_uid(sheet, id);
}

static span_t text_at(desk_sheet_t *sheet, text_t text)
{
    return desk_kept(sheet, (span_t){text.data, text.size});
}

span_t desk_fields_value(desk_sheet_t *sheet, const field_t *field, const void *at)
{
    uint64_t number;
    memcpy(&number, at, field->type == FIELD_TYPE_flag ? 0 : sizeof number);
    switch (field->type) {
    case FIELD_TYPE_uid:
        return uid_text(sheet, at);
    case FIELD_TYPE_flag:
        return desk_yes(sheet, *(const bool *)at);
    case FIELD_TYPE_time:
        return number ? desk_time(sheet, (instant_t)number) : desk_text(sheet, TEXT_DESK_NO);
    case FIELD_TYPE_text:
        return text_at(sheet, *(const text_t *)at);
    case FIELD_TYPE_secret:
    case FIELD_TYPE_bytes:
    case FIELD_TYPE_hash:
        return SPAN("…");
    case FIELD_TYPE_code:
        return desk_code(sheet, field->family, number);
    default:
        if (is_days(field))
            return desk_number(sheet, number / DAY_US);
        if (is_seconds(field))
            return desk_number(sheet, number / SECOND_US);
        return is_hundredths(field) ? desk_money(sheet, (kopecks_t)number)
                                    : desk_number(sheet, number);
    }
}

void desk_fields_tell(desk_sheet_t *sheet, const request_t *request)
{
    const request_info_t *info = request_info(request->type);
    for (size_t i = 0; i < info->fields_count; i++) {
        const field_t *field = &info->fields()[i];
        desk_row(sheet);
        desk_cell(sheet, label_of(sheet, field->name));
        desk_cell(sheet,
                  desk_fields_value(sheet, field, (const char *)&request->status + field->offset));
    }
}

// "Amount: 100,00 ₽"
static span_t one_field(desk_sheet_t *sheet, const field_t *field, const request_t *request)
{
    const void *at = (const char *)&request->status + field->offset;
    return desk_joined(sheet, label_of(sheet, field->name), ": ",
                       desk_fields_value(sheet, field, at));
}

span_t desk_fields_words(desk_sheet_t *sheet, bytes_t bytes)
{
    request_t request = {0};
    if (request_decode(bytes.data, bytes.size, &request, NULL))
        return SPAN("?");
    const request_info_t *info = request_info(request.type);
    span_t words = {info->name, strlen(info->name)};
    for (size_t i = 0; i < info->fields_count; i++) {
        span_t one = one_field(sheet, &info->fields()[i], &request);
        words = desk_joined(sheet, words, "; ", one);
    }
    return words;
}
