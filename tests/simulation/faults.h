#pragma once
// faults - what goes wrong: processes die at every boundary and come back, disks fail, fill and
// crawl, one is lost and a backup put back, clocks jump, creep and drift, wires are cut one way; as
// often as the profile says, and not at all in the calm days at the end. Threads: one.
#include "tests/simulation/world.h"

void faults_begin(world_t *world);
void faults_end(world_t *world); // the calm days begin
void faults_start(world_t *world, process_t *process);
void faults_kill(world_t *world, process_t *process, reach_t how, bool keep_unsettled);
// A large hour was closed: whoever follows the postings to come may die amid them.
void faults_hour_closed(world_t *world);
void faults_before_append(world_t *world, process_t *process);
void faults_append_failed(world_t *world, process_t *process, fail_t fail);
instant_t faults_append_takes(world_t *world, process_t *process);
// For the files of faults: one after about that long, again and again; how long that is this time.
void faults_every(world_t *world, fault_t fault, instant_t every_us, step_fn *run, void *arg);
instant_t faults_about(draw_t *draw, instant_t mean);
