// test_paper - an invoice and an act as PDF, read back by pdftotext, and the code by zbarimg.
#include "tools/paper/paper.h"
#include "services/documents/payment_qr.h"
#include "documents_fixture.h"
#include <unistd.h>

enum { OUTPUT_MAX = 65536 };

static char folder[64];

static paper_t invoice(void)
{
    paper_t paper = {
        .kind = PAPER_INVOICE,
        .layout = PAPER_LAYOUT,
        .number = "26000000013",
        .seller = {.name = "ООО \"Копейка Облако\"",
                   .inn = "9999123456",
                   .kpp = "999901001",
                   .address = "г. Москва, ул. Примерная, д. 1",
                   .account = "40702810700000000101",
                   .bank = "БАНК ОБРАЗЕЦ ПЕРВЫЙ, г. Москва",
                   .bic = "044599001",
                   .correspondent = "30101810900000000001"},
        .buyer = {.name = "ООО «Ромашка»", .inn = "9999234565", .kpp = "999901001", .address = ""},
        .lines = {{"Услуги облачной платформы", 22, 14000000, 2524590}},
        .lines_count = 1,
        .amount = 14000000,
        .vat = 2524590};
    assert_true(day_of(2026, 8, 31, &paper.day));
    assert_true(day_of(2026, 9, 7, &paper.due));
    return paper;
}

static paper_t act(void)
{
    paper_t paper = invoice();
    paper.kind = PAPER_ACT;
    paper.number = "A26-000001";
    paper.period = "2 квартал 2026 года";
    paper.advances = "14 от 15.01.2026; 19 от 20.02.2026";
    paper.lines[0] = (paper_line_t){"Вычисления", 22, 36000, 6492};
    paper.lines[1] = (paper_line_t){"Токены", 22, 9000, 1623};
    paper.lines_count = 2;
    paper.amount = 45000;
    paper.vat = 8115;
    return paper;
}

static void draw(const paper_t *paper, uint8_t **ret_bytes, size_t *ret_size)
{
    const char *why = NULL;
    if (!paper_draw(paper, ret_bytes, ret_size, &why))
        fail_msg("%s", why);
}

static void save(const paper_t *paper)
{
    char path[96];
    uint8_t *bytes;
    size_t size;
    draw(paper, &bytes, &size);
    snprintf(path, sizeof path, "%s/paper.pdf", folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    free(bytes);
}

// What a program says of the paper, whose folder it is run in.
static size_t read_by(const char *program, char out[OUTPUT_MAX])
{
    char line[256];
    snprintf(line, sizeof line, "cd %s && %s", folder, program);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    size_t size = fread(out, 1, OUTPUT_MAX - 1, pipe);
    assert_int_equal(pclose(pipe), 0);
    out[size] = '\0';
    return size;
}

static void says(const char *text, const char *const *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strstr(text, wanted[i]))
            fail_msg("the paper does not say %s, but %s", wanted[i], text);
}

static void an_invoice_is_read_back(void **state)
{
    (void)state;
    static char text[OUTPUT_MAX];
    static const char *const wanted[] = {"Счёт на оплату № 26000000013 от 31.08.2026",
                                         "Копейка Облако",
                                         "ООО «Ромашка», ИНН 9999234565",
                                         "40702810700000000101",
                                         "140000.00",
                                         "25245.90",
                                         "Оплатить до 07.09.2026",
                                         "В т.ч. НДС 22% 25245.90"};
    paper_t paper = invoice();
    save(&paper);
    (void)read_by("pdftotext -layout paper.pdf -", text);
    says(text, wanted, LENGTH(wanted));
    (void)read_by("pdffonts paper.pdf", text);
    const char *font = strstr(text, "DejaVuSans");
    assert_non_null(font);
    assert_non_null(strstr(font, " yes yes yes")); // embedded, a subset, with its characters
}

static void the_code_of_an_invoice_is_read_back(void **state)
{
    (void)state;
    static char found[OUTPUT_MAX];
    char purpose[PAPER_TEXT_MAX], expected[PAYMENT_QR_SIZE_MAX];
    paper_t paper = invoice();
    save(&paper);
    size_t size = read_by("pdftoppm -r 200 -png -singlefile paper.pdf page && "
                          "zbarimg -q --raw --oneshot -Sbinary page.png",
                          found);
    paper_purpose(&paper, purpose);
    payment_qr_t code = {.name = span_of(paper.seller.name),
                         .account = span_of(paper.seller.account),
                         .bank = span_of(paper.seller.bank),
                         .bic = span_of(paper.seller.bic),
                         .correspondent = span_of(paper.seller.correspondent),
                         .inn = span_of(paper.seller.inn),
                         .kpp = span_of(paper.seller.kpp),
                         .purpose = span_of(purpose),
                         .sum = 14000000};
    assert_int_equal(size, payment_qr_write(&code, expected));
    assert_memory_equal(found, expected, size);
    assert_memory_equal(found, "ST00011|Name=", 13); // in Windows-1251, which fits
}

static void an_act_is_read_back(void **state)
{
    (void)state;
    static char text[OUTPUT_MAX];
    static const char *const wanted[] = {"Акт № A26-000001 от 31.08.2026",
                                         "Вычисления",
                                         "360.00",
                                         "64.92",
                                         "Токены",
                                         "450.00",
                                         "81.15",
                                         "за 2 квартал 2026 года",
                                         "14 от 15.01.2026; 19 от 20.02.2026"};
    paper_t paper = act();
    save(&paper);
    (void)read_by("pdftotext -layout paper.pdf -", text);
    says(text, wanted, LENGTH(wanted));
}

// Without the sum in words: its bytes were noted so.
static void what_was_issued_by_the_first_layout_is_laid_out_so(void **state)
{
    (void)state;
    static char text[OUTPUT_MAX];
    paper_t paper = act();
    save(&paper);
    (void)read_by("pdftotext -layout paper.pdf -", text);
    assert_non_null(strstr(text, "Четыреста пятьдесят рублей 00 копеек"));
    paper.layout = PAPER_LAYOUT_FIRST;
    save(&paper);
    (void)read_by("pdftotext -layout paper.pdf -", text);
    assert_null(strstr(text, "Четыреста пятьдесят"));
    assert_non_null(strstr(text, "Токены"));
}

static void the_same_document_makes_the_same_bytes(void **state)
{
    (void)state;
    uint8_t *first, *second, *third;
    size_t first_size, second_size, third_size;
    paper_t paper = invoice();
    draw(&paper, &first, &first_size);
    usleep(1100000); // another second
    draw(&paper, &second, &second_size);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    paper.amount++;
    draw(&paper, &third, &third_size);
    assert_true(third_size != first_size || memcmp(first, third, first_size) != 0);
    free(first);
    free(second);
    free(third);
}

static void requisites_that_fit_no_code_make_no_paper(void **state)
{
    (void)state;
    uint8_t *bytes;
    size_t size;
    const char *why = NULL;
    paper_t paper = invoice();
    paper.seller.account = "407";
    assert_false(paper_draw(&paper, &bytes, &size, &why));
    assert_non_null(strstr(why, "QR"));
}

static void a_long_act_has_more_pages(void **state)
{
    (void)state;
    static char text[OUTPUT_MAX];
    paper_t paper = act();
    for (paper.lines_count = 0; paper.lines_count < PAPER_LINES_MAX; paper.lines_count++)
        paper.lines[paper.lines_count] = (paper_line_t){"Строка", 22, 100, 18};
    save(&paper);
    (void)read_by("pdfinfo paper.pdf", text);
    assert_non_null(strstr(text, "Pages:           2"));
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/test_paper.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    static char text[OUTPUT_MAX];
    (void)read_by("rm -f paper.pdf page.png && rmdir \"$PWD\"", text);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invoice_is_read_back),
        cmocka_unit_test(the_code_of_an_invoice_is_read_back),
        cmocka_unit_test(an_act_is_read_back),
        cmocka_unit_test(what_was_issued_by_the_first_layout_is_laid_out_so),
        cmocka_unit_test(the_same_document_makes_the_same_bytes),
        cmocka_unit_test(requisites_that_fit_no_code_make_no_paper),
        cmocka_unit_test(a_long_act_has_more_pages),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
