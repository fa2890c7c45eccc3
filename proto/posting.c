#include "proto/posting.h"
#include "proto/digest.h"

static const uid_t16 system_base = {{0, 0, 0, 0, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 0}};

uid_t16 posting_system_id(uint64_t number)
{
    uid_t16 id = system_base;
    id.bytes[15] = (uint8_t)number;
    return id;
}

uint64_t posting_system_number(const uid_t16 *id)
{
    if (memcmp(id->bytes, system_base.bytes, 15) != 0 || id->bytes[15] >= SYSTEM_END)
        return 0;
    return id->bytes[15];
}

const char *posting_system_title(uint64_t number)
{
    return codes_text(CODES_system_account, number);
}

const char *posting_kind_title(uint64_t kind)
{
    return codes_text(CODES_posting_kind, kind);
}

posting_kind_t posting_kind_of(uint64_t payment_kind)
{
    return payment_kind == PAYMENT_KIND_AUTOPAY ? POSTING_AUTOPAY : POSTING_TOPUP;
}

uid_t16 posting_payment_reference(uint64_t number)
{
    uid_t16 reference = {{0}};
    for (size_t i = sizeof reference.bytes; i-- > sizeof number; number >>= 8)
        reference.bytes[i] = (uint8_t)number;
    return reference;
}

uint64_t posting_payment_number(const uid_t16 *reference)
{
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof reference->bytes; i++) {
        if (i < sizeof number && reference->bytes[i])
            return 0;
        number = number << 8 | reference->bytes[i];
    }
    return number;
}

uid_t16 posting_transfer_reference(const hash_t *identity)
{
    uid_t16 reference;
    memcpy(reference.bytes, identity->bytes, sizeof reference.bytes);
    return reference;
}

uid_t16 posting_bonus_reference(uint64_t invoice)
{
    uid_t16 reference = posting_payment_reference(invoice);
    reference.bytes[0] = 0xb0;
    return reference;
}

// `mark` and bytes 1 to 15 of SHA-256 over the one and the other.
static uid_t16 digest_reference(uint8_t mark, const void *one, size_t one_size, const void *other,
                                size_t other_size)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    uid_t16 reference;
    digest_sha256_2(one, one_size, other, other_size, digest);
    memcpy(reference.bytes, digest, sizeof reference.bytes);
    reference.bytes[0] = mark;
    return reference;
}

uid_t16 posting_gift_reference(const hash_t *hmac, const uid_t16 *account)
{
    return digest_reference(0xb1, hmac->bytes, sizeof hmac->bytes, account->bytes,
                            sizeof account->bytes);
}

uid_t16 posting_welcome_reference(const uid_t16 *account)
{
    return digest_reference(0xb2, account->bytes, sizeof account->bytes, NULL, 0);
}

uid_t16 posting_level_reference(const uid_t16 *account, uint64_t month)
{
    uint8_t bytes[8];
    for (size_t i = sizeof bytes; i-- > 0; month >>= 8)
        bytes[i] = (uint8_t)month;
    return digest_reference(0xb3, account->bytes, sizeof account->bytes, bytes, sizeof bytes);
}

category_t posting_category(uint64_t kind)
{
    switch (kind) {
    case RESOURCE_COMPUTE:
    case RESOURCE_BUILD:
        return CATEGORY_COMPUTE;
    case RESOURCE_DISK:
        return CATEGORY_DISK;
    case RESOURCE_INPUT:
    case RESOURCE_OUTPUT:
        return CATEGORY_MODELS;
    default:
        return CATEGORY_ANY;
    }
}

wallet_t posting_wallet(uint64_t kind)
{
    switch (kind) {
    case POSTING_CHARGE:
        return WALLET_BONUS_FIRST;
    case POSTING_TOPUP:
    case POSTING_AUTOPAY:
    case POSTING_BANK:
    case POSTING_REFUND:
    case POSTING_CHARGEBACK:
    case POSTING_CORRECTION:
        return WALLET_CASH;
    case POSTING_CREDIT:
    case POSTING_HOLD:
    case POSTING_RELEASE:
        return WALLET_CASH;
    case POSTING_BONUS:
    case POSTING_CREDIT_BONUS:
    case POSTING_LAPSE:
    case POSTING_BEGUN:
        return WALLET_BONUS;
    default: // settlements and fees move no customer's money
        return WALLET_NONE;
    }
}

kopecks_t posting_returned(kopecks_t before, uint64_t kind, bool debited, kopecks_t amount)
{
    kopecks_t after;
    if (kind == POSTING_CHARGE)
        return 0;
    if (!posting_takes_back(kind))
        return before;
    if (!debited)
        return before > amount ? before - amount : 0;
    return money_add(before, amount, &after) ? after : INT64_MAX;
}

// --- pairs ---

#define BIT(system) (UINT64_C(1) << (system))
#define ANY UINT64_MAX
#define SENT_BACK (BIT(SYSTEM_REFUNDS) | BIT(SYSTEM_CLEARING) | BIT(SYSTEM_BANK))
#define TAKEN_BACK (BIT(SYSTEM_CHARGEBACKS) | BIT(SYSTEM_CLEARING))

// The system accounts opposite a customer: where what he is credited comes from, and where what he
// is debited goes to. What a kind gave is taken back by another one, but for a bonus.
static const struct {
    uint64_t from, to;
} opposites[] = {
    [POSTING_CHARGE] = {0, BIT(SYSTEM_REVENUE)},
    [POSTING_TOPUP] = {BIT(SYSTEM_CLEARING), 0},
    [POSTING_AUTOPAY] = {BIT(SYSTEM_CLEARING), 0},
    [POSTING_BANK] = {BIT(SYSTEM_BANK), 0},
    [POSTING_BONUS] = {BIT(SYSTEM_PROMO), BIT(SYSTEM_PROMO)},
    [POSTING_REFUND] = {SENT_BACK, SENT_BACK}, // one that failed comes back
    // a spent bonus, whose top-up is charged back, is owed to whoever gave it
    [POSTING_CHARGEBACK] = {TAKEN_BACK, TAKEN_BACK | BIT(SYSTEM_PROMO)},
    [POSTING_CORRECTION] = {ANY, ANY}}; // what gives usage back has none: no person asks for it

static bool holds(uint64_t systems, uint64_t number)
{
    return systems && number && (number == SYSTEM_SUSPENSE || systems & BIT(number));
}

bool posting_pair_fits(uint64_t kind, uint64_t debit, uint64_t credit)
{
    if (kind >= sizeof opposites / sizeof opposites[0])
        return kind == POSTING_SETTLEMENT || kind == POSTING_FEE;
    if (debit >= SYSTEM_END || credit >= SYSTEM_END)
        return false;
    bool given = !credit || credit == SYSTEM_SUSPENSE, taken = !debit || debit == SYSTEM_SUSPENSE;
    return (given && holds(opposites[kind].from, debit)) ||
           (taken && holds(opposites[kind].to, credit));
}
