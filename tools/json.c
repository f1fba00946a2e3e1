// SPDX-License-Identifier: GPL-2.0
/*
 * Reading JSON. What comes from a guest is not trusted: depth is bounded, anything that
 * is not JSON gives NULL, and a string with a NUL in it is refused.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define DEPTH_MAX 64

static struct json *parse_value(const char **at, int depth);

static void skip_blanks(const char **at)
{
	*at += strspn(*at, " \t\r\n");
}

static int hex4(const char *at)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		char c = at[i];
		int digit = c >= '0' && c <= '9' ? c - '0' :
			    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
			    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

static char *put_utf8(char *out, uint32_t point)
{
	if (point < 0x80) {
		*out++ = point;
	} else if (point >= 0xdc80 && point <= 0xdcff) {
		*out++ = point & 0xff; /* a byte that is not UTF-8: text_json_string() */
	} else if (point < 0x800) {
		*out++ = 0xc0 | point >> 6;
		*out++ = 0x80 | (point & 0x3f);
	} else if (point < 0x10000) {
		*out++ = 0xe0 | point >> 12;
		*out++ = 0x80 | (point >> 6 & 0x3f);
		*out++ = 0x80 | (point & 0x3f);
	} else {
		*out++ = 0xf0 | point >> 18;
		*out++ = 0x80 | (point >> 12 & 0x3f);
		*out++ = 0x80 | (point >> 6 & 0x3f);
		*out++ = 0x80 | (point & 0x3f);
	}
	return out;
}

/* \uXXXX, or two of them for a character beyond 16 bits; @at is behind the "u". */
static char *parse_unicode(const char **at, char *out)
{
	int first = hex4(*at), second = -1;

	if (first <= 0)
		return NULL;
	*at += 4;
	if (first >= 0xd800 && first < 0xdc00 && (*at)[0] == '\\' && (*at)[1] == 'u')
		second = hex4(*at + 2);
	if (second < 0xdc00 || second > 0xdfff)
		return put_utf8(out, first);
	*at += 6;
	return put_utf8(out, 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff));
}

static char *parse_escape(const char **at, char *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = **at;
	const char *found = c ? strchr(from, c) : NULL;

	*at += c != '\0';

	if (c == 'u')
		return parse_unicode(at, out);
	if (!found)
		return NULL;
	*out++ = to[found - from];
	return out;
}

static char *parse_string(const char **at)
{
	const char *end = *at + 1;
	char *string, *out;

	if (**at != '"')
		return NULL;
	while (*end && *end != '"')
		end += *end == '\\' && end[1] ? 2 : 1;
	if (!*end)
		return NULL;
	string = malloc(end - *at);
	out = string;
	for (++*at; out && *at < end;) {
		if (**at != '\\') {
			*out++ = *(*at)++;
			continue;
		}
		++*at;
		out = parse_escape(at, out);
	}
	*at = end + 1;
	if (out) {
		*out = '\0';
		return string;
	}
	free(string);
	return NULL;
}

static bool parse_word(const char **at, struct json *value)
{
	static const struct {
		const char *word;
		enum json_kind kind;
	} words[] = { { "null", JSON_NULL }, { "false", JSON_FALSE }, { "true", JSON_TRUE } };
	char *end;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(*at, words[i].word, strlen(words[i].word)))
			continue;
		*at += strlen(words[i].word);
		value->kind = words[i].kind;
		return true;
	}
	if (**at != '-' && (**at < '0' || **at > '9'))
		return false;
	value->kind = JSON_NUMBER;
	value->number = strtod(*at, &end);
	*at = end;
	return true;
}

/* What follows a "[" or a "{", to its end. */
static bool parse_members(const char **at, struct json *value, int depth)
{
	char close = value->kind == JSON_MAP ? '}' : ']';
	struct json **tail = &value->first;

	++*at;
	skip_blanks(at);
	if (**at == close) {
		++*at;
		return true;
	}
	for (;;) {
		char *key = NULL;

		skip_blanks(at);
		if (value->kind == JSON_MAP) {
			key = parse_string(at);
			skip_blanks(at);
			if (!key || **at != ':') {
				free(key);
				return false;
			}
			++*at;
		}
		*tail = parse_value(at, depth + 1);
		if (!*tail) {
			free(key);
			return false;
		}
		(*tail)->key = key;
		tail = &(*tail)->next;
		skip_blanks(at);
		if (**at == close || **at != ',')
			break;
		++*at;
	}
	if (**at != close)
		return false;
	++*at;
	return true;
}

static struct json *parse_value(const char **at, int depth)
{
	struct json *value = calloc(1, sizeof(*value));
	bool valid;

	if (!value || depth > DEPTH_MAX) {
		free(value);
		return NULL;
	}
	skip_blanks(at);
	switch (**at) {
	case '"':
		value->kind = JSON_STRING;
		value->string = parse_string(at);
		valid = value->string;
		break;
	case '[':
	case '{':
		value->kind = **at == '[' ? JSON_LIST : JSON_MAP;
		valid = parse_members(at, value, depth);
		break;
	default:
		valid = parse_word(at, value);
	}
	if (valid)
		return value;
	json_free(value);
	return NULL;
}

/**
 * json_parse() - read a value
 * @text: NUL-terminated, one JSON value
 *
 * Return: the value, for json_free(), or NULL if the text is not JSON.
 */
struct json *json_parse(const char *text)
{
	struct json *value = parse_value(&text, 0);

	skip_blanks(&text);
	if (!value || !*text)
		return value;
	json_free(value);
	return NULL;
}

/**
 * json_free() - give a value and all it holds back
 * @value: or NULL
 */
void json_free(struct json *value)
{
	while (value) {
		struct json *next = value->next;

		json_free(value->first);
		free(value->key);
		free(value->string);
		free(value);
		value = next;
	}
}

/**
 * json_get() - a member of a map
 * @map: or anything else, which has no members
 * @key: its name
 *
 * Return: the value or NULL.
 */
const struct json *json_get(const struct json *map, const char *key)
{
	if (!map || map->kind != JSON_MAP)
		return NULL;
	for (const struct json *value = map->first; value; value = value->next)
		if (!strcmp(value->key, key))
			return value;
	return NULL;
}

/**
 * json_string() - a member that is a string
 * @map: as for json_get()
 * @key: its name
 *
 * Return: the string, or NULL if there is none.
 */
const char *json_string(const struct json *map, const char *key)
{
	const struct json *value = json_get(map, key);

	return value && value->kind == JSON_STRING ? value->string : NULL;
}

/**
 * json_number() - a member that is a number
 * @map: as for json_get()
 * @key: its name
 * @otherwise: what to return if there is none
 *
 * Return: the number.
 */
double json_number(const struct json *map, const char *key, double otherwise)
{
	const struct json *value = json_get(map, key);

	return value && value->kind == JSON_NUMBER ? value->number : otherwise;
}

/**
 * json_true() - is a member true?
 * @map: as for json_get()
 * @key: its name
 *
 * Return: false if it is not, or is not there.
 */
bool json_true(const struct json *map, const char *key)
{
	const struct json *value = json_get(map, key);

	return value && value->kind == JSON_TRUE;
}
