#pragma once
// services_print - what follows proto/services.def outside of C: docs/services.md, the users of the
// systemd units, and where the command line finds each journal's doors.
//
// Failures: of stdout, for the caller to look at. Threads: one.

void services_print_table(void);    // docs/services.md
void services_print_users(void);    // services/process/kopeck.sysusers.conf
void services_print_operator(void); // tools/kopeck/kopeck.cfg, beside docker-compose.yml
void services_print_local(void);    // tools/kopeck/kopeck-local.cfg, beside the units
