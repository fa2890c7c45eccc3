#pragma once
// auto - variables that destroy what they own when they leave scope. Every destructor, ours and
// czmq's, takes the variable's address and accepts NULL, which is what `cleanup` calls.
#define AUTO(class) __attribute__((cleanup(class##_destroy))) class##_t *
