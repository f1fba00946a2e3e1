/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading JSON from QEMU's monitor and from a guest: a text becomes a tree of values.
 * Writing is done with text_json_string().
 */
#ifndef PORTSIDE_JSON_H
#define PORTSIDE_JSON_H

#include <stdbool.h>
#include <stddef.h>

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_LIST, JSON_MAP };

/**
 * struct json - a value
 * @kind: what it is
 * @key: its name in the map that holds it, or NULL
 * @string: of a string, without NUL bytes inside; bytes may be anything
 * @number: of a number
 * @first: of a list or map, the first value, or NULL
 * @next: the next value in the same list or map, or NULL
 */
struct json {
	enum json_kind kind;
	char *key;
	char *string;
	double number;
	struct json *first;
	struct json *next;
};

struct json *json_parse(const char *text);
void json_free(struct json *value);
const struct json *json_get(const struct json *map, const char *key);
const char *json_string(const struct json *map, const char *key);
double json_number(const struct json *map, const char *key, double otherwise);
bool json_true(const struct json *map, const char *key);

#endif
