#pragma once
// template - one .html of ours becomes a C struct of what it needs and a function that writes it.
//
//   {money sum}            a hole: the struct gets a member `kopecks_t sum`
//   {say B1 sum=total}     a text of texts.def, its places filled from members
//   {if low} … {else} … {end}, {if not low}; {each rows} … {end}, each row a struct of its own
//   {layout frame}         first of all: what frame.html has around its {content}
//   {use card}             another template, whole; its struct is the member `card`
//   {static page.css}      the address of a static file, with the hash of its bytes
//   {# a remark}
//
// A hole's kind says how it is escaped, and html_state.h where a kind may stand. There is no hole
// that is not escaped. Ownership: until the program ends. Failures: end the program.
#include <stdio.h>

void template_add_static(const char *file); // before the templates that name it
// Writes into both; the name of the file without its ending is the template's.
void template_compile(const char *file, FILE *header, FILE *source);
void template_write_statics(FILE *header, FILE *source);
