#include "tools/kopeck/options.h"
#include "proto/service.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static bool find_file(const char *file, char *out, size_t size)
{
    const char *named = file ? file : getenv("KOPECK_CONFIG");
    const char *home = getenv("HOME");
    if (named && *named)
        return snprintf(out, size, "%s", named) < (int)size;
    if (home && *home)
        return snprintf(out, size, "%s/.config/kopeck.cfg", home) < (int)size;
    return false;
}

static const char *read_key(config_t *config, const char *name, const char *key)
{
    char path[CONFIG_KEY_MAX];
    snprintf(path, sizeof path, "%s/%s", name, key);
    return config_text(config, path, "");
}

options_t *options_load(const char *file)
{
    options_t *self = calloc(1, sizeof *self);
    assert(self);
    if (!find_file(file, self->file, sizeof self->file)) {
        fputs("kopeck: no config file: give --config FILE, or set KOPECK_CONFIG\n", stderr);
        free(self);
        return NULL;
    }
    self->config = config_load(self->file);
    self->secret = config_text(self->config, "certificate/secret", "");
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        const char *name = service_stream_name(stream);
        self->processes[stream] =
            (options_process_t){.command = read_key(self->config, name, "command"),
                                .feed = read_key(self->config, name, "feed"),
                                .replay = read_key(self->config, name, "replay"),
                                .publish = read_key(self->config, name, "publish"),
                                .certificate = read_key(self->config, name, "certificate"),
                                .journal = read_key(self->config, name, "journal")};
    }
    self->robokassa_sim_url = config_text(self->config, "robokassa_sim/url", "");
    self->seller =
        (paper_party_t){.name = read_key(self->config, "seller", "name"),
                        .inn = read_key(self->config, "seller", "inn"),
                        .kpp = read_key(self->config, "seller", "kpp"),
                        .address = read_key(self->config, "seller", "address"),
                        .account = read_key(self->config, "seller", "account"),
                        .bank = read_key(self->config, "seller", "bank"),
                        .bic = read_key(self->config, "seller", "bic"),
                        .correspondent = read_key(self->config, "seller", "correspondent")};
    self->papers = read_key(self->config, "papers", "directory");
    self->seller_id = read_key(self->config, "seller", "edi_id");
    self->signer_position = read_key(self->config, "seller", "signer_position");
    self->signer_surname = read_key(self->config, "seller", "signer_surname");
    self->signer_name = read_key(self->config, "seller", "signer_name");
    self->signer_patronymic = read_key(self->config, "seller", "signer_patronymic");
    self->timeout_ms = (unsigned)config_number(self->config, "timeout_ms", 10000, 100, 600000);
    const char *error = config_check(self->config);
    if (error) {
        fprintf(stderr, "kopeck: %s\n", error);
        options_destroy(&self);
    }
    return self;
}

void options_destroy(options_t **self_p)
{
    options_t *self = *self_p;
    if (!self)
        return;
    config_destroy(&self->config);
    free(self);
    *self_p = NULL;
}
