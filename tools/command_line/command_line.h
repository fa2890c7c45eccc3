#pragma once
// command_line - reads the long options of a program: it brings the table and takes each value.
//
// Ownership: values borrow from argv. Failures: said on stderr. Threads: one, at the start.
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct {
    const char *program;
    const struct option *options; // ends with {0}; 'h' is --help
    void (*help)(FILE *out);
    // "" is the value of an option without one. False: not what that option takes.
    bool (*set)(void *arg, int option, const char *value);
    void *arg;
} command_line_t;

// False after a wrong option was named, or a word that is empty or no text. Ends the program,
// successfully, behind the text of --help. The words that follow the options stand from
// argv[optind] on.
bool command_line_read(const command_line_t *self, int argc, char **argv);

// Neither empty (an unset variable of a script) nor bytes that are no text.
bool command_line_word(const char *word);

// Ends the program, successfully, behind our version if the one argument is --version. Everything
// that reads by command_line_read has it.
void command_line_version(int argc, char **argv);

// Decimal digits and nothing else.
bool command_line_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret_number);
