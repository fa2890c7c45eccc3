#pragma once
// samples - one deterministic sample of everything that travels: every event, request and answer
// with no field zero, and the frames around them. The golden files in tests/vectors are made of
// them, and the tests compare the files with what the encoders make today.
//
// Samples depend on the tables only: a field's value on the entry's number and the field's place.
// Ownership: a sample's name and bytes are borrowed until the visitor returns.
#include "proto/event.h"
#include "proto/request.h"
#include "proto/stream.h"

enum { SAMPLE_BYTES_MAX = 4096, SAMPLE_NAME_MAX = 96 };

void sample_event(const event_info_t *info, event_t *ret_event);
// How many fields its first version had, and what its sample of so many fields is called.
size_t sample_event_fields(const event_info_t *info);
void sample_event_name(const event_info_t *info, size_t fields, char out[SAMPLE_NAME_MAX]);
void sample_request(const request_info_t *info, request_t *ret_request);
void sample_answer(const request_info_t *info, answer_t *ret_answer);

// `json` is the event's line without its newline, NULL for anything but an event.
typedef void sample_visit_fn(void *arg, const char *name, const void *data, size_t size,
                             const char *json);

void samples_events(sample_visit_fn *visit, void *arg);   // tests/vectors/events.tsv
void samples_protocol(sample_visit_fn *visit, void *arg); // tests/vectors/protocol.tsv
