#pragma once
// mail_address - what may be an e-mail address: `local@domain` of plain ASCII, as it goes into SMTP
// commands without quoting. Example: anna.k+bills@mail.example.
//
// Pure. Ownership: borrowed. Failures: false. Threads: any. Source: RFC 5321, section 4.1.2.
#include "proto/types.h"

enum { MAIL_ADDRESS_MAX = 254 }; // bytes

bool mail_address_is_good(text_t address);
// Labels of letters, digits and inner hyphens, parted by single dots, of which there is one.
bool mail_address_is_host(text_t host);
