// Each alarm that begins or is over is one line of the log and one of the supervisor.
#include "services/process/light.h"
#include "services/process/log.h"
#include "tests/unit/node_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static int ours[2];

static const char *heard(void)
{
    static char text[4 * LOG_LINE_MAX];
    ssize_t size = read(ours[0], text, sizeof text - 1);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

static void look(light_t *light, node_t *node, alarm_t code)
{
    light_begin(light);
    if (code)
        light_raise(light, code, "what it is about");
    light_end(light, node);
}

static void a_change_is_one_line_and_what_stands_is_none(void **state)
{
    (void)state;
    static light_t light;
    rig_t *rig = rig_started(false);
    rig_vouch(rig, 1, 0);
    rig_begin(rig);
    rig_beat(rig, 1, 0);
    rig_end(rig);
    look(&light, rig->node, 0);
    assert_string_equal(light.shown, "the whole job can be done");
    assert_string_equal(heard(), "");
    look(&light, rig->node, ALARM_SEALING);
    const char *line = heard();
    assert_non_null(strstr(line, "warn \"a full segment cannot be sealed\" alarm=SEALING "
                                 "about=\"what it is about\""));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_string_equal(light.shown, "a full segment cannot be sealed: what it is about");
    look(&light, rig->node, ALARM_SEALING);
    assert_string_equal(heard(), "");
    look(&light, rig->node, 0);
    assert_non_null(
        strstr(heard(), "info over alarm=SEALING about=\"what it is about\" after_s=0"));
    rig_destroy(rig);
}

static void what_the_node_knows_is_told_too(void **state)
{
    (void)state;
    static light_t light;
    rig_t *rig = rig_started(false); // it has heard of nobody
    look(&light, rig->node, 0);
    assert_non_null(strstr(heard(), "alarm=BEHIND about=metering"));
    rig_destroy(rig);
}

int main(void)
{
    int kept = dup(STDERR_FILENO);
    if (pipe2(ours, 04000) || dup2(ours[1], STDERR_FILENO) < 0) // O_NONBLOCK
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_one_line_and_what_stands_is_none),
        cmocka_unit_test(what_the_node_knows_is_told_too),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    dup2(kept, STDERR_FILENO);
    return failed;
}
