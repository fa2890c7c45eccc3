#include "tools/benchmark/report.h"
#include <assert.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void report_note(report_t *self, const char *name, double value, const char *unit)
{
    assert(self->notes_count < REPORT_NOTES_MAX);
    report_note_t *note = &self->notes[self->notes_count++];
    snprintf(note->name, sizeof note->name, "%s", name);
    snprintf(note->unit, sizeof note->unit, "%s", unit);
    note->value = value;
}

// 1234567 as `1 234 567`, right-aligned.
static void print_number(double value, int width, FILE *out)
{
    char digits[32], text[48];
    if (value <= 0) {
        fprintf(out, "%*s", width, "-");
        return;
    }
    int size = snprintf(digits, sizeof digits, "%.0f", value), used = 0;
    for (int i = 0; i < size; i++) {
        if (i && (size - i) % 3 == 0)
            text[used++] = ' ';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    fprintf(out, "%*s", width, text);
}

static const report_rate_t *ceiling_of(const report_row_t *row)
{
    const report_rate_t *in_step = &row->ceilings[CEILING_IN_STEP];
    const report_rate_t *in_pipeline = &row->ceilings[CEILING_IN_PIPELINE];
    return in_pipeline->per_second > in_step->per_second ? in_pipeline : in_step;
}

void report_table(const report_t *self, FILE *out)
{
    fprintf(out, "%-46s %10s %8s %8s %10s %5s", "durable postings a second", "kopeck", "p50 ms",
            "p99 ms", "ceiling ", "%");
    for (unsigned i = 0; i < REPORT_PEERS; i++)
        fprintf(out, " %11s ", self->peers[i]);
    fputc('\n', out);
    for (unsigned i = 0; i < self->rows_count; i++) {
        const report_row_t *row = &self->rows[i];
        fprintf(out, "%-46s", row->name);
        print_number(row->ours.per_second, 11, out);
        fprintf(out, " %8.2f %8.2f", row->ours.p50_ms, row->ours.p99_ms);
        const report_rate_t *ceiling = ceiling_of(row);
        print_number(ceiling->per_second, 10, out);
        fputc(ceiling == &row->ceilings[CEILING_IN_PIPELINE] ? 'p' : ' ', out);
        if (ceiling->per_second > 0)
            fprintf(out, " %5.0f", 100 * row->ours.per_second / ceiling->per_second);
        else
            fprintf(out, " %5s", "-");
        for (unsigned p = 0; p < REPORT_PEERS; p++) {
            print_number(row->peers[p].per_second, 12, out);
            fputc(row->peers[p].quoted ? '*' : ' ', out);
        }
        fputc('\n', out);
    }
    fputs("p: the ceiling was higher in a pipeline, where a thread commits what is filled while "
          "more is "
          "taken in\n\n",
          out);
    for (unsigned i = 0; i < self->notes_count; i++) {
        const report_note_t *note = &self->notes[i];
        fprintf(out, "%-62s ", note->name);
        if (note->value >= 10000)
            print_number(note->value, 14, out);
        else
            fprintf(out, "%14.2f", note->value);
        fprintf(out, " %s\n", note->unit);
    }
    for (unsigned i = 0; i < REPORT_PEERS; i++)
        if (self->remarks[i][0])
            fprintf(out, "%s: %s\n", self->peers[i], self->remarks[i]);
    fprintf(out, "conservation: %s\n",
            self->conserved ? "good: every sum over all accounts is zero, and ours is what was "
                              "acknowledged"
                            : "BROKEN");
}

static void json_rate(const char *name, const report_rate_t *rate, FILE *out)
{
    fprintf(out, ",\"%s\":{\"per_second\":%.1f", name, rate->per_second);
    if (rate->quoted)
        fputs(",\"measured_here\":false}", out);
    else
        fprintf(out, ",\"p50_ms\":%.4f,\"p99_ms\":%.4f}", rate->p50_ms, rate->p99_ms);
}

bool report_json(const report_t *self, const char *file)
{
    FILE *out = fopen(file, "w");
    if (!out)
        return false;
    char at[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    fprintf(out,
            "{\"at\":\"%s\",\"cores\":%ld,\"seconds_per_row\":%.2f,\"conserved\":%s,\"rows\":[", at,
            sysconf(_SC_NPROCESSORS_ONLN), self->seconds, self->conserved ? "true" : "false");
    for (unsigned i = 0; i < self->rows_count; i++) {
        const report_row_t *row = &self->rows[i];
        fprintf(out, "%s\n{\"name\":\"%s\"", i ? "," : "", row->name);
        json_rate("kopeck", &row->ours, out);
        if (ceiling_of(row)->per_second > 0) {
            json_rate("ceiling", ceiling_of(row), out);
            json_rate("ceiling in step", &row->ceilings[CEILING_IN_STEP], out);
            json_rate("ceiling in pipeline", &row->ceilings[CEILING_IN_PIPELINE], out);
        }
        for (unsigned p = 0; p < REPORT_PEERS; p++)
            if (row->peers[p].per_second > 0)
                json_rate(self->peers[p], &row->peers[p], out);
        fputc('}', out);
    }
    fputs("],\"figures\":[", out);
    for (unsigned i = 0; i < self->notes_count; i++)
        fprintf(out, "%s\n{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}", i ? "," : "",
                self->notes[i].name, self->notes[i].value, self->notes[i].unit);
    fputs("],\"remarks\":{", out);
    for (unsigned i = 0, written = 0; i < REPORT_PEERS; i++)
        if (self->remarks[i][0])
            fprintf(out, "%s\"%s\":\"%s\"", written++ ? "," : "", self->peers[i], self->remarks[i]);
    fputs("}}\n", out);
    return fclose(out) == 0;
}
