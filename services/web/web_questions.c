#include "services/web/web_questions.h"
#include <assert.h>
#include <string.h>

static const struct {
    size_t out, places;
} bounds[WEB_LANES] = {[WEB_LANE_PAGES] = {WEB_OUT_PAGES, WEB_PLACES_PAGES},
                       [WEB_LANE_NOTICES] = {WEB_OUT_NOTICES, WEB_PLACES_NOTICES},
                       [WEB_LANE_METRICS] = {WEB_OUT_METRICS, WEB_PLACES_METRICS}};

static const web_lane_t urgent_first[WEB_LANES] = {WEB_LANE_NOTICES, WEB_LANE_METRICS,
                                                   WEB_LANE_PAGES};

size_t web_questions_places(web_lane_t lane)
{
    return bounds[lane].places;
}

// How many of a lane may be out at the door now.
static size_t out_count(const web_questions_t *self, web_lane_t lane)
{
    size_t count = self->lanes[lane].count;
    size_t out = self->one_at_a_time ? 1 : bounds[lane].out;
    return count < out ? count : out;
}

void web_questions_take(web_questions_t *self, web_question_t *question)
{
    assert(self->lanes[question->lane].count < bounds[question->lane].places);
    question->due_ms = 0;
    question->pause_ms = WEB_REPEAT_FIRST_MS;
    self->lanes[question->lane].rows[self->lanes[question->lane].count++] = question;
}

web_question_t *web_questions_due(const web_questions_t *self, int64_t now_ms)
{
    for (size_t i = 0; i < WEB_LANES; i++)
        for (size_t row = 0; row < out_count(self, urgent_first[i]); row++)
            if (self->lanes[urgent_first[i]].rows[row]->due_ms <= now_ms)
                return self->lanes[urgent_first[i]].rows[row];
    return NULL;
}

void web_questions_sent(web_questions_t *self, web_question_t *question, int64_t now_ms)
{
    if (!self->unheard_ms)
        self->unheard_ms = now_ms;
    question->due_ms = now_ms + question->pause_ms;
    int64_t next = question->pause_ms * 2;
    question->pause_ms = next < WEB_REPEAT_MAX_MS ? next : WEB_REPEAT_MAX_MS;
}

void web_questions_heard(web_questions_t *self)
{
    self->unheard_ms = 0;
}

void web_questions_again(web_questions_t *self)
{
    self->unheard_ms = 0;
    for (web_lane_t lane = 0; lane < WEB_LANES; lane++)
        for (size_t row = 0; row < self->lanes[lane].count; row++)
            self->lanes[lane].rows[row]->due_ms = 0;
}

bool web_questions_renew(web_questions_t *self, int64_t now_ms)
{
    if (!self->unheard_ms || now_ms - self->unheard_ms < WEB_SILENCE_MS)
        return false;
    web_questions_again(self);
    return true;
}

static web_question_t *take_out(web_questions_t *self, web_lane_t lane, size_t row)
{
    web_question_t **rows = self->lanes[lane].rows, *question = rows[row];
    self->lanes[lane].count--;
    memmove(rows + row, rows + row + 1, (self->lanes[lane].count - row) * sizeof *rows);
    return question;
}

web_question_t *web_questions_answered(web_questions_t *self, uint64_t number)
{
    for (web_lane_t lane = 0; lane < WEB_LANES; lane++)
        for (size_t row = 0; row < self->lanes[lane].count; row++)
            if (self->lanes[lane].rows[row]->number == number)
                return take_out(self, lane, row);
    return NULL;
}

web_question_t *web_questions_overdue(web_questions_t *self, int64_t now_ms)
{
    for (web_lane_t lane = 0; lane < WEB_LANES; lane++)
        for (size_t row = 0; row < self->lanes[lane].count; row++)
            if (self->lanes[lane].rows[row]->deadline_ms <= now_ms)
                return take_out(self, lane, row);
    return NULL;
}

int64_t web_questions_deadline(const web_questions_t *self)
{
    int64_t next = self->unheard_ms ? self->unheard_ms + WEB_SILENCE_MS : INT64_MAX;
    for (web_lane_t lane = 0; lane < WEB_LANES; lane++)
        for (size_t row = 0; row < self->lanes[lane].count; row++)
            if (self->lanes[lane].rows[row]->deadline_ms < next)
                next = self->lanes[lane].rows[row]->deadline_ms;
    return next;
}

int64_t web_questions_next(const web_questions_t *self)
{
    int64_t next = web_questions_deadline(self);
    for (web_lane_t lane = 0; lane < WEB_LANES; lane++)
        for (size_t row = 0; row < out_count(self, lane); row++)
            if (self->lanes[lane].rows[row]->due_ms < next)
                next = self->lanes[lane].rows[row]->due_ms;
    return next;
}
