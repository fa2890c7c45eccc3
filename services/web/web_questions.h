#pragma once
// web_questions - the questions to one door that are not answered yet: which go out when, whose
// answer this is, whose time is over. Pure: the time is given.
//
// Each lane is a row of questions in the order in which they were asked. The first WEB_OUT_… of it
// are out at the door, the others wait until one of those is done with; a question's deadline runs
// while it waits too. One that stays unanswered goes out again after 250 ms, then after twice that,
// and so on: a repeated command has its first answer again, so a door that was closed for a moment
// loses nothing.
//
// A connection can be dead in one direction without an error (libzmq 4.3.4 stops sending where a
// send fails, and waits for the read to fail too), and all questions go by one. So when nothing at
// all is heard for WEB_SILENCE_MS after something was sent, it is time for another connection, by
// which everything goes out again.
//
// Units: milliseconds of the monotonic clock. Ownership: what is taken in is held until it comes
// out of web_questions_answered or _overdue. Failures: none; who takes more than WEB_PLACES_… in
// ends the process. Threads: one.
#include "services/web/web_question.h"

enum {
    WEB_OUT_PAGES = 64,
    WEB_OUT_NOTICES = 16,
    WEB_OUT_METRICS = 8,
    WEB_PLACES_PAGES = 128, // those that are out, and those that wait
    WEB_PLACES_NOTICES = 80,
    WEB_PLACES_METRICS = 16,
    WEB_PLACES_MAX = 128,
    WEB_REPEAT_FIRST_MS = 250,
    WEB_REPEAT_MAX_MS = 5000,
    WEB_SILENCE_MS = 3000
};

typedef struct {
    struct {
        web_question_t *rows[WEB_PLACES_MAX];
        size_t count;
    } lanes[WEB_LANES];
    bool one_at_a_time; // instead of the WEB_OUT_…
    int64_t unheard_ms; // when something was sent, since something was heard; 0: it was not
} web_questions_t;

size_t web_questions_places(web_lane_t lane);

void web_questions_take(web_questions_t *self, web_question_t *question);
// The next question that is to go out now, first for notices; NULL if there is none.
web_question_t *web_questions_due(const web_questions_t *self, int64_t now_ms);
// It has gone out: it is due again after a pause.
void web_questions_sent(web_questions_t *self, web_question_t *question, int64_t now_ms);
// Something came from the door, whatever it was.
void web_questions_heard(web_questions_t *self);
// All that was sent is due again: there is another connection.
void web_questions_again(web_questions_t *self);
// Is it time for another connection? All that was sent is then due again.
bool web_questions_renew(web_questions_t *self, int64_t now_ms);
// Takes out the question of that number; NULL if it has been given up, or never was.
web_question_t *web_questions_answered(web_questions_t *self, uint64_t number);
// Takes out a question whose deadline has come; NULL if there is none.
web_question_t *web_questions_overdue(web_questions_t *self, int64_t now_ms);
// When web_questions_overdue will have something, or web_questions_renew; INT64_MAX for never.
int64_t web_questions_deadline(const web_questions_t *self);
// When one of them, or web_questions_due.
int64_t web_questions_next(const web_questions_t *self);
