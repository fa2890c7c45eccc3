#pragma once
// hang_up - libzmq hears that a connection has ended only where it reads from it.
//
// What it does not read since a queue is full, libzmq (4.3.4, 4.3.5) watches for errors all the
// same, and takes the first one for the end: it lets go of the descriptor and keeps the bytes that
// it has read by then. Once the queue has room it looks at those too, and if there is a ZMTP PING
// among them it answers on what it has let go of, and aborts (`!_io_error`). So anybody with a
// certificate could end a process in a few tries, and no option of a socket prevents it.
// Source: libzmq's issue 4841.
//
// What libzmq waits with, epoll_ctl and epoll_wait, is therefore ours in every program of this
// library. A descriptor that it stops to read is taken out of what is waited for, and put back when
// it reads again: then it reads what was left, meets the end itself, and goes in good order. An
// event that says "data" and "end" says "data" alone, for libzmq would take the first for a reason
// to stop and the second for the end. Other libraries' descriptors, and ours, pass through as they
// are: libzmq is the one that adds its descriptors without any interest.
//
// Ownership: none. Failures: as those of the calls. Threads: any; a descriptor is one thread's.
#include <stdbool.h>
#include <stdint.h>

// Does libzmq wait by way of us? True once there is a first socket; false if the linker or a
// library in between has put other functions in our place.
bool hang_up_is_guarded(void);

// An endpoint of ours: who comes there is counted (callers.h). Where peers have next to nothing to
// say, at a publisher's, whoever fills his queue is hung up on as a talker: libzmq takes topics in
// for as long as more of them come, and neither its caller nor a mark ends that. For as long as the
// program lives; the same one may be named again.
enum { HANG_UP_DOORS_MAX = 64 };
void hang_up_door(const char *endpoint, bool on_talkers);
uint64_t hang_up_talkers(void); // how many times that was
