#pragma once
// web_settings - what kopeck-web is told by its configuration.
//
// Besides process/name, process/log, process/ready_file, process/sandbox, limits/memory_mib and
// certificates/secret (config.h) it reads:
//
//   web/listen               ADDRESS:PORT, IPv4; 127.0.0.1:8080
//   web/port_file            where the port is written once it is open; none
//   web/connections          at most so many at once, 256
//   web/notices_listen       ADDRESS:PORT of a listener for Robokassa's notices alone, with a
//                            thread and connections of its own, which no crowd on the pages can
//                            take; /robokassa/result is then served there and nowhere else. Not
//                            set: web/listen serves both
//   web/notices_port_file    as web/port_file; none
//   web/notices_connections  at most so many at once, 64
//   web/metrics_listen       ADDRESS:PORT of a listener for /metrics alone, for who runs us and
//                            nobody else: it knows no certificate. Not set: there is none. The
//                            command doors of all processes, documents' too, must be there then
//   web/metrics_port_file    as web/port_file; none
//   web/notices_from         addresses that may send notices, space-separated; empty for any
//   web/proxy                the address of our proxy, whose X-Real-IP is believed; none. One
//                            address may have 64 connections at once; where there is a proxy, all
//                            come from it, and it must set that limit
//   payment/command          payment's command door
//   payment/certificate      its public certificate file
//
// The customer's page is served where customers/issuer says whose word it takes (config.h lists
// customers/…). Then these count too, and those of ledger, autopay, metering, documents and notify
// must be there:
//
//   NAME/command             the command door of ledger, autopay, metering, documents, notify
//   NAME/certificate         its public certificate file
//   ledger/replay            the ledger's replay door
//   web/origin               as browsers see us, https://balance.example; empty: any host's name
//   web/payment_origin       where a top-up sends the browser; https://auth.robokassa.ru
//   web/sign_in_url          of the platform, which sends back to /enter?k=TOKEN; none
//   web/gateway              1: a gateway sets Authorization: Bearer TOKEN on each request, and
//                            there are no sessions; 0
//   web/form_key             file with a secret for the forms, 16 to 64 characters; none: a random
//                            one, and forms that are open at a restart must be loaded anew
//   web/form_key_old         the one before it, which is still taken; none
//   web/topup_max_rub        the largest top-up, 100000
//   web/demo                 1: every page says that it is a demonstration; 0
//
// Ownership: texts borrow from the config. Failures: noted in the config; ask config_check
// afterwards. Threads: any, once filled.
#include "services/process/claims.h"
#include "services/process/config.h"
#include "services/process/security/access_token.h"
#include "services/process/security/sandbox.h"
#include "services/web/web_listener.h"

typedef struct {
    const char *file; // of the configuration
    int log_level;
    const char *ready_file; // "" for none
    const char *secret;
    unsigned memory_mib; // 0 for the sandbox's own
    sandbox_mode_t sandbox;
    web_door_t doors[WEB_DOORS];
    access_settings_t access;
    struct {
        const char *origin, *payment_origin, *sign_in_url, *form_key, *form_key_old;
        bool gateway, demo;
        uint64_t topup_max_rub;
    } page;
    web_listener_settings_t pages, notices, metrics; // listen is "" where there is none
} web_settings_t;

void web_settings_read(config_t *config, web_settings_t *ret_settings);
// As many descriptors as its connections need (descriptors.h), and the files by which it says where
// it is (claims.h), before it makes any; its ports are the kernel's to keep. False, and errno as
// claims.h says.
bool web_settings_claim(const web_settings_t *self, claims_t *claims, char *error,
                        size_t error_size);
// Behind this only what they name can be reached: before any thread. False: the process must end.
bool web_settings_confine(const web_settings_t *self);
