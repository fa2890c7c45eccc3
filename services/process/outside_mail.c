#include "services/process/outside_mail.h"
#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ADDRESS_MAX = 254, URL_MAX = 600 };

// Nothing in it ends a command of SMTP, or an address within one.
static bool is_address(text_t address)
{
    for (size_t i = 0; i < address.size; i++)
        if (address.data[i] <= ' ' || address.data[i] > '~' || strchr("<>\"\\", address.data[i]))
            return false;
    return address.size > 0 && address.size <= ADDRESS_MAX &&
           memchr(address.data, '@', address.size) != NULL;
}

static size_t give_message(char *data, size_t size, size_t count, void *arg)
{
    outside_mail_t *self = arg;
    size_t bytes = size * count < self->left.size ? size * count : self->left.size;
    if (bytes)
        memcpy(data, self->left.bytes, bytes);
    self->left.bytes += bytes;
    self->left.size -= bytes;
    return bytes;
}

static bool begins(const char *data, size_t size, const char *command)
{
    return size >= strlen(command) && strncasecmp(data, command, strlen(command)) == 0;
}

// libcurl does not say which command was refused, but it lets us see what is said. A password that
// goes by is looked at no further than its command. Who is refused takes his leave by QUIT.
static int note_said(CURL *easy, curl_infotype type, char *data, size_t size, void *arg)
{
    (void)easy;
    outside_mail_t *self = arg;
    self->leaves = self->leaves || (type == CURLINFO_HEADER_OUT && begins(data, size, "QUIT"));
    if (self->leaves)
        return 0;
    if (type == CURLINFO_HEADER_OUT)
        self->asked_to = begins(data, size, "RCPT TO:");
    if (type == CURLINFO_HEADER_IN) {
        self->reply_size = size < sizeof self->reply ? size : sizeof self->reply;
        memcpy(self->reply, data, self->reply_size);
    }
    return 0;
}

static void set_relay(CURL *easy, const outside_relay_t *relay)
{
    char url[URL_MAX], from[ADDRESS_MAX + 3];
    snprintf(url, sizeof url, "%s://%s:%u/%s", relay->tls == RELAY_TLS ? "smtps" : "smtp",
             relay->host, relay->port, strchr(relay->from, '@') + 1);
    snprintf(from, sizeof from, "<%s>", relay->from);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_USE_SSL,
                     (long)(relay->tls == RELAY_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from);
    if (*relay->user) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, relay->user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, relay->password);
    }
}

bool outside_mail_begin(outside_mail_t *self, void *easy, const outside_relay_t *relay, text_t to,
                        span_t message)
{
    char address[ADDRESS_MAX + 3];
    if (!relay->host || !*relay->host || !is_address(to))
        return false;
    snprintf(address, sizeof address, "<%.*s>", (int)to.size, to.data);
    self->to = curl_slist_append(NULL, address);
    assert(self->to);
    self->left = message;
    set_relay(easy, relay);
    if (relay->timeout_ms)
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)relay->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, self->to);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE, (long)message.size);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_message);
    curl_easy_setopt(easy, CURLOPT_READDATA, self);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, note_said);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, self);
    return true;
}

void outside_mail_describe(const outside_mail_t *self, void *easy, bool taken, result_t *ret_result)
{
    long reply = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply);
    if (taken) {
        ret_result->what = RESULT_ANSWERED;
        ret_result->http_status = 250;
    } else if (reply >= 400 && reply <= 599) {
        ret_result->what = RESULT_ANSWERED;
        ret_result->http_status = (unsigned)reply;
        ret_result->at_recipient = self->asked_to;
        ret_result->body = (bytes_t){(const uint8_t *)self->reply, (uint32_t)self->reply_size};
    }
}

void outside_mail_end(outside_mail_t *self)
{
    curl_slist_free_all(self->to);
    *self = (outside_mail_t){0};
}
