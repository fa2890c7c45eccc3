#pragma once
// fleet_customers - the platform's key of a trial: it signs the access tokens by which the face
// speaks for a customer (docs/rules.md "Who speaks for a customer").
//
// keys/customers.key is the private half, mode 0600, for whoever plays the platform;
// keys/customers.pem the public one, which every process with doors verifies by.
// Ownership: plain. Failures: false, `error` says which file. Threads: one.
#include <stdbool.h>
#include <stdio.h>

#define FLEET_CUSTOMERS_ISSUER "https://platform.example"

// Makes the pair if it is not there.
bool fleet_customers_make_key(const char *directory, char *error, size_t error_size);
// The section of a process's configuration.
void fleet_customers_put(FILE *config, const char *directory);
