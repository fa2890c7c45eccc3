// test_upd - an act as XML: read back by another parser, and every element where it belongs.
#include "tools/paper/upd.h"
#include "documents_fixture.h"
#include <unistd.h>

enum { OUTPUT_MAX = 65536 };

static const paper_t *act(void)
{
    static paper_t paper = {
        .kind = PAPER_ACT,
        .number = "A26-000001",
        .period = "2 квартал 2026 года",
        .advances = "14 от 15.01.2026; 19 от 20.02.2026",
        .seller = {.name = "ООО \"Копейка & <Облако>\"",
                   .inn = "9999123456",
                   .kpp = "999901001",
                   .address = "г. Москва",
                   .account = "40702810700000000101",
                   .bank = "БАНК ОБРАЗЕЦ ПЕРВЫЙ",
                   .bic = "044599001",
                   .correspondent = "30101810900000000001"},
        .buyer = {.name = "ООО «Ромашка»", .inn = "9999234565", .kpp = "999901001", .address = ""},
        .lines = {{"Вычисления", 22, 36000, 6492}, {"Токены", 22, 9000, 1623}},
        .lines_count = 2,
        .amount = 45000,
        .vat = 8115};
    assert_true(day_of(2026, 7, 4, &paper.day));
    return &paper;
}

static upd_t upd(void)
{
    upd_t self = {.paper = act(),
                  .invoice = 42,
                  .account = {{7}},
                  .seller_id = "2BM-9999123456",
                  .buyer_id = "2BE-9999234565",
                  .position = "Директор",
                  .surname = "Иванов",
                  .given_name = "Иван",
                  .patronymic = ""};
    assert_true(day_of(2026, 4, 1, &self.first));
    assert_true(day_of(2026, 6, 30, &self.last));
    return self;
}

// Each element on a line of its own, with its attributes as they stand, and its text.
static const char *const READ =
    "/usr/bin/python3 -c \"\n"
    "import sys, xml.etree.ElementTree as t\n"
    "def say(e, depth):\n"
    "    words = ['%s=%s' % a for a in e.attrib.items()]\n"
    "    print(' ' * depth + '|'.join([e.tag] + words + [(e.text or '').strip()]))\n"
    "    for c in e: say(c, depth + 1)\n"
    "say(t.parse(sys.argv[1]).getroot(), 0)\" ";

static void read_back(const upd_t *self, char out[OUTPUT_MAX])
{
    static char bytes[UPD_SIZE_MAX];
    char path[] = "/tmp/test_upd.XXXXXX", line[1024];
    size_t size = upd_write(self, bytes);
    assert_true(size > 0);
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, bytes, size) == (ssize_t)size && close(file) == 0);
    snprintf(line, sizeof line, "PYTHONIOENCODING=utf-8 %s%s", READ, path);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    size_t read = fread(out, 1, OUTPUT_MAX - 1, pipe);
    out[read] = '\0';
    assert_int_equal(pclose(pipe), 0);
    (void)unlink(path);
}

static void an_act_has_the_elements_of_the_format(void **state)
{
    (void)state;
    static char text[OUTPUT_MAX], name[UPD_NAME_MAX], first[UPD_NAME_MAX + 128];
    static const char *const wanted[] = {
        " Документ|КНД=1115131|Функция=СЧФДОП|",
        "  СвСчФакт|НомерДок=42|ДатаДок=04.07.2026|",
        "   СвПрод|",
        "     СвЮЛУч|НаимОрг=ООО \"Копейка & <Облако>\"|ИННЮЛ=9999123456|КПП=999901001|",
        "     АдрИнф|КодСтр=643|НаимСтран=Россия|АдрТекст=г. Москва|",
        "    БанкРекв|НомерСчета=40702810700000000101|",
        "     СвБанк|НаимБанк=БАНК ОБРАЗЕЦ ПЕРВЫЙ|БИК=044599001|КорСчет=30101810900000000001|",
        "   СвПокуп|",
        "     СвЮЛУч|НаимОрг=ООО «Ромашка»|ИННЮЛ=9999234565|КПП=999901001|",
        "   ДокПодтвОтгрНом|РеквНаимДок=Универсальный передаточный документ|РеквНомерДок=42|"
        "РеквДатаДок=04.07.2026|",
        "   ДенИзм|КодОКВ=643|",
        "    ТекстИнф|Идентиф=Строка 5б|Значен=14 от 15.01.2026; 19 от 20.02.2026|",
        "  ТаблСчФакт|",
        "   СведТов|НомСтр=1|НаимТов=Вычисления, 2 квартал 2026 года|ОКЕИ_Тов=796|НаимЕдИзм=шт|"
        "КолТов=1|ЦенаТов=295.08|СтТовБезНДС=295.08|НалСт=22%|СтТовУчНал=360.00|",
        "    ДопСведТов|ПрТовРаб=3|",
        "     БезАкциз|без акциза",
        "     СумНал|64.92",
        "   СведТов|НомСтр=2|",
        "   ВсегоОпл|СтТовБезНДСВсего=368.85|СтТовУчНалВсего=450.00|",
        "     СумНал|81.15",
        "   СвПер|СодОпер=Услуги оказаны|ДатаПер=04.07.2026|ДатаНачПер=01.04.2026|"
        "ДатаОконПер=30.06.2026|",
        "    БезДокОснПер|1",
        "  Подписант|СпосПодтПолном=1|Должн=Директор|",
        "   ФИО|Фамилия=Иванов|Имя=Иван|\n"};
    upd_t self = upd();
    read_back(&self, text);
    upd_name(&self, name);
    snprintf(first, sizeof first, "Файл|ИдФайл=%s|ВерсФорм=5.03|ВерсПрог=Kopeck|\n", name);
    assert_ptr_equal(strstr(text, first), text);
    const char *at = text;
    for (size_t i = 0; i < LENGTH(wanted); i++) { // in this order
        const char *found = strstr(at, wanted[i]);
        if (!found)
            fail_msg("it has no %s behind %s", wanted[i], at);
        at = found;
    }
}

// Whether xmllint lets the bytes pass, with the first `from` in them, if there is one, made `to`.
static bool is_valid(const upd_t *self, const char *from, const char *to)
{
    static char bytes[UPD_SIZE_MAX + 1];
    char path[] = "/tmp/test_upd.XXXXXX", line[256];
    size_t size = upd_write(self, bytes);
    assert_true(size > 0 && size < UPD_SIZE_MAX);
    bytes[size] = '\0';
    if (from) {
        char *at = strstr(bytes, from);
        assert_non_null(at);
        assert_int_equal(strlen(from), strlen(to));
        memcpy(at, to, strlen(to));
    }
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, bytes, size) == (ssize_t)size && close(file) == 0);
    snprintf(line, sizeof line, "xmllint --noout --relaxng " UPD_SCHEMA " %s 2>&1", path);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    static char said[OUTPUT_MAX];
    said[fread(said, 1, sizeof said - 1, pipe)] = '\0';
    int status = pclose(pipe);
    (void)unlink(path);
    if (status)
        print_message("%s", said);
    return status == 0;
}

static void an_act_has_nothing_but_what_the_format_knows(void **state)
{
    (void)state;
    upd_t self = upd();
    paper_t bare = *act();
    assert_true(is_valid(&self, NULL, NULL));
    self.patronymic = "Иванович";
    bare.seller.address = bare.seller.correspondent = ""; // what may be left out
    self.paper = &bare;
    assert_true(is_valid(&self, NULL, NULL));
    bare.lines[0].rate = 20;
    assert_true(is_valid(&self, NULL, NULL));
    bare.lines[0].rate = 21; // no rate of the law
    assert_false(is_valid(&self, NULL, NULL));
}

static void what_the_format_does_not_know_is_found(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"5.03", "5.01"},           {"1115131", "1115130"},   {"04.07.2026", "2026-07-04"},
        {"00.00.00", "24.00.00"},   {"643", "810"},           {"\"9999234565\"", "\"999923456A\""},
        {"044599001", "04459900 "}, {"295.08", "295,08"},     {"22%", "23%"},
        {"ON_NSCH", "DP_NSCH"},     {"30101810", "3010181 "}, {"\"796\"", "\"79x\""},
    };
    upd_t self = upd();
    for (size_t i = 0; i < LENGTH(wrong); i++)
        if (is_valid(&self, wrong[i][0], wrong[i][1]))
            fail_msg("%s passes for %s", wrong[i][1], wrong[i][0]);
}

static void the_bytes_are_windows_1251(void **state)
{
    (void)state;
    static char bytes[UPD_SIZE_MAX], again[UPD_SIZE_MAX], name[UPD_NAME_MAX];
    upd_t self = upd();
    size_t size = upd_write(&self, bytes);
    static const char declared[] = "<?xml version=\"1.0\" encoding=\"windows-1251\"?>\r\n<\xd4\xe0";
    assert_memory_equal(bytes, declared, sizeof declared - 1);
    assert_int_equal(upd_write(&self, again), size);
    assert_memory_equal(bytes, again, size);
    upd_name(&self, name);
    static const char begin[] = "ON_NSCHFDOPPR_2BE-9999234565_2BM-9999123456_20260704_";
    assert_memory_equal(name, begin, sizeof begin - 1);
    assert_int_equal(strlen(name), sizeof begin - 1 + 36);
    self.surname = "李"; // no sign of it
    assert_int_equal(upd_write(&self, bytes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_act_has_the_elements_of_the_format),
        cmocka_unit_test(an_act_has_nothing_but_what_the_format_knows),
        cmocka_unit_test(what_the_format_does_not_know_is_found),
        cmocka_unit_test(the_bytes_are_windows_1251),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
