/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text for people and for programs: bytes of unknown origin made printable, JSON
 * strings, sizes and durations. No knowledge of what the text is about.
 */
#ifndef PORTSIDE_TEXT_H
#define PORTSIDE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

void text_printable(char *out, size_t size, const char *in);
void text_json_string(FILE *out, const char *string);
const char *text_bytes(char *out, size_t size, uint64_t bytes);
const char *text_seconds(char *out, size_t size, double seconds);

#endif
