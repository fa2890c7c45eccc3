// Any text in any hole of every template: the tags, the attributes and their order are those of a
// page that was filled with one letter.
#include "services/web/page_made.h"
#include "tests/fuzz/fuzz.h"

enum { PAGE_MAX = 1 << 20, TEXT_MAX = 4096 };

static char made[PAGE_MAX], wanted[PAGE_MAX];

// Keeps tags and attributes' names; what stands in values and between tags goes.
static size_t skeleton(char *page, size_t size)
{
    size_t kept = 0;
    bool tag = false, value = false;
    for (size_t i = 0; i < size; i++) {
        char c = page[i];
        if (!tag && c == '>')
            return 0; // one that no template has
        tag = tag || c == '<';
        if (tag && (!value || c == '"'))
            page[kept++] = c;
        if (tag && c == '"')
            value = !value;
        tag = tag && (value || c != '>');
    }
    return kept;
}

static page_frame_t frame_of(span_t text)
{
    return (page_frame_t){.lang = text,
                          .error = true,
                          .title = TEXT_TAB_BALANCE,
                          .signed_in = true,
                          .signs_out = true,
                          .customer = true,
                          .desk = true,
                          .at_desk = true,
                          .viewing = true,
                          .operator_name = text,
                          .viewed = text,
                          .account = text,
                          .here = text,
                          .sign_out = text};
}

// A desk's screen with one of everything.
static void render_desk(writer_t *writer, language_t language, span_t text)
{
    page_desk_notes_t note = {.text = text};
    page_desk_facts_t fact = {.name = text, .value = text};
    page_desk_heads_t head = {.text = text};
    page_desk_cells_t cell = {.name = text,
                              .text = text,
                              .linked = true,
                              .opened = true,
                              .plain = true,
                              .path = text,
                              .key = text,
                              .value = text};
    page_desk_rows_t row = {.cells = &cell, .cells_count = 1};
    page_desk_options_t option = {.text = text};
    page_desk_fields_t field = {.name = text,
                                .value = text,
                                .label = text,
                                .hint = text,
                                .hidden = true,
                                .typed = true,
                                .chosen = true,
                                .ticked = true,
                                .hinted = true,
                                .wrong = true,
                                .options = &option,
                                .options_count = 1};
    page_desk_links_t link = {
        .linked = true, .text = text, .path = text, .key = text, .value = text};
    page_desk_parts_t part = {.titled = true,
                              .title = text,
                              .notes = &note,
                              .notes_count = 1,
                              .has_facts = true,
                              .facts = &fact,
                              .facts_count = 1,
                              .has_table = true,
                              .heads = &head,
                              .heads_count = 1,
                              .rows = &row,
                              .rows_count = 1,
                              .has_form = true,
                              .action = text,
                              .button = text,
                              .fields = &field,
                              .fields_count = 1,
                              .has_links = true,
                              .links = &link,
                              .links_count = 1};
    page_desk(writer, language,
              &(page_desk_t){.frame = frame_of(text),
                             .has_said = true,
                             .said = text,
                             .has_warning = true,
                             .warning = text,
                             .heading = text,
                             .parts = &part,
                             .parts_count = 1});
}

static void render(writer_t *writer, language_t language, span_t text)
{
    render_desk(writer, language, text);
    page_message_fields_t fields = {.name = text, .value = text};
    page_message(writer, language,
                 &(page_message_t){.frame = frame_of(text),
                                   .title = TEXT_E3,
                                   .why = TEXT_E3,
                                   .can_sign_in = true,
                                   .back = text,
                                   .can_repeat = true,
                                   .action = text,
                                   .fields = &fields,
                                   .fields_count = 1});
    page_rows_lines_t line = {.what = text, .opens = true, .used = true, .tariff = text};
    page_lines(writer, language,
               &(page_lines_t){.frame = frame_of(text),
                               .kept = true,
                               .side = text,
                               .from_text = text,
                               .to_text = text,
                               .more = true,
                               .has_rows = true,
                               .files = true,
                               .rows = {.lines = &line, .lines_count = 1}});
    page_why_flags_t flag = {.what = text};
    page_why(writer, language,
             &(page_why_t){.frame = frame_of(text),
                           .known = true,
                           .reason = text,
                           .has_flags = true,
                           .flags = &flag,
                           .flags_count = 1});
    page_hour_lines_t charged = {.reason = text, .exact = text, .before = text, .rest = text};
    page_hour_replicas_t replica = {.replica = text};
    page_hour(writer, language,
              &(page_hour_t){.frame = frame_of(text),
                             .usage = true,
                             .what = text,
                             .resource = text,
                             .kind = text,
                             .tariff = text,
                             .has_lines = true,
                             .lines = &charged,
                             .lines_count = 1,
                             .has_replicas = true,
                             .replicas = &replica,
                             .replicas_count = 1});
    page_promo_wrong(
        writer, language,
        &(page_promo_wrong_t){
            .frame = frame_of(text),
            .promo = {
                .ticket = text, .code = text, .wrong = true, .by_percent = true, .percent = text}});
    page_documents(writer, language,
                   &(page_documents_t){.frame = frame_of(text),
                                       .has_company = true,
                                       .can_invoice = true,
                                       .name = text,
                                       .inn = text,
                                       .kpp = text,
                                       .typed_name = text,
                                       .typed_inn = text,
                                       .typed_kpp = text,
                                       .amount = text,
                                       .company_ticket = text,
                                       .invoice_ticket = text});
    page_notices_boxes_t box = {.id = text, .name = text, .what = text};
    page_notices_contacts_t contact = {.kind = text,
                                       .title = TEXT_N_EMAIL,
                                       .state = TEXT_N_ON,
                                       .has_address = true,
                                       .address = text,
                                       .confirms = true,
                                       .confirm_ticket = text,
                                       .code = text,
                                       .chooses = true,
                                       .choose = text,
                                       .choose_ticket = text,
                                       .boxes = &box,
                                       .boxes_count = 1,
                                       .may = true,
                                       .wrong = true,
                                       .why = TEXT_N_ADDRESS_BAD,
                                       .set = text,
                                       .set_ticket = text,
                                       .label = TEXT_N_ADDRESS,
                                       .typed = text,
                                       .hooks = true,
                                       .key = text,
                                       .save = TEXT_N_SEND_CODE};
    page_notices(
        writer, language,
        &(page_notices_t){
            .frame = frame_of(text), .contacts = &contact, .contacts_count = 1, .known = true});
    page_topup(writer, language,
               &(page_topup_t){.frame = frame_of(text),
                               .form = {.ticket = text, .amount = text, .count = text}});
    page_review(writer, language, &(page_review_t){.frame = frame_of(text), .ticket = text});
    page_autopay(
        writer, language,
        &(page_autopay_t){
            .frame = frame_of(text),
            .card = {.live = true, .suspended = true, .resume = text, .off_ticket = text}});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > TEXT_MAX)
        return 0;
    language_t language = data[0] & 1 ? LANGUAGE_ENGLISH : LANGUAGE_RUSSIAN;
    writer_t writer = writer_on(made, sizeof made), plain = writer_on(wanted, sizeof wanted);
    render(&writer, language, (span_t){(const char *)data + 1, size - 1});
    render(&plain, language, SPAN("x"));
    require(!plain.refused && !writer.refused);
    size_t kept = skeleton(made, writer.size), right = skeleton(wanted, plain.size);
    require(right > 0 && kept == right && memcmp(made, wanted, kept) == 0);
    return 0;
}
