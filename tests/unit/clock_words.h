#pragma once
// clock_words - what tests of a node's clock say to their rig.
#include "services/node/follower.h"
#include "tests/unit/node_rig.h"

static inline bool is_current(rig_t *rig)
{
    request_t status = {.type = REQUEST_status, .number = 1};
    rig->clock.now += FOLLOWER_QUESTION_US; // so that the question is asked again
    rig->clock.monotonic += FOLLOWER_QUESTION_US;
    rig_begin(rig);
    rig_beat(rig, 1, 0); // the stream lives and has nothing
    rig_end(rig);
    rig_begin(rig);
    (void)rig_replay(rig, STREAM_METERING, 1, NULL, 0); // and vouches for it, if it was asked
    rig_end(rig);
    return rig_asked(rig, &status, ROLE_AUDITOR).status.current;
}

static inline fail_t confirm_clock(rig_t *rig)
{
    request_t confirm = {
        .type = REQUEST_clock_confirm, .number = 1, .id = rig_id(rig->clock.wall, 9)};
    return rig_asked(rig, &confirm, ROLE_OPERATOR).fail;
}

static inline void pass(rig_t *rig, int64_t us)
{
    rig->clock.now += us;
    rig->clock.wall += us;
    rig->clock.monotonic += us;
}

// The wall clock alone.
static inline void set_by(rig_t *rig, int64_t us)
{
    rig->clock.now += us;
    rig->clock.wall += us;
}

static inline void begin_another_boot(rig_t *rig)
{
    rig->clock.boot.bytes[15]++;
    rig->clock.monotonic = MINUTE_US;
}

static inline instant_t stamp(rig_t *rig)
{
    request_t status = {.type = REQUEST_status, .number = 1};
    return rig_asked(rig, &status, ROLE_AUDITOR).status.now;
}

// An idle batch of a process whose clock jumped; true if it was committed.
static inline bool jump(rig_t *rig, int64_t us)
{
    rig->clock.now += us;
    rig_begin(rig);
    rig_end(rig);
    return rig->committed;
}
