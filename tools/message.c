// SPDX-License-Identifier: GPL-2.0
/*
 * Payloads to structures and back. What each message consists of is a table
 * of fields with their bounds (docs/protocol.md, Control frames, Data frames);
 * two walkers do the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "message.h"

enum field_kind { FIELD_NUMBER, FIELD_STRING, FIELD_LIST };

struct field {
	enum field_kind kind;
	uint16_t offset;
	uint16_t size;
	uint64_t highest; /* of a number */
};

struct layout {
	uint8_t type;
	uint8_t count;
	const struct field *fields;
};

#define SIZE_OF(type, member) sizeof(((type *)0)->member)
#define NUMBER_TO(type, member, top) \
	{ FIELD_NUMBER, offsetof(type, member), SIZE_OF(type, member), top }
#define NUMBER(type, member) NUMBER_TO(type, member, UINT64_MAX)
#define STRING(type, member) { FIELD_STRING, offsetof(type, member), SIZE_OF(type, member), 0 }
#define LIST(type, member) { FIELD_LIST, offsetof(type, member), SIZE_OF(type, member), 0 }

static const struct field hello_fields[] = {
	NUMBER(struct hello, lowest),
	NUMBER(struct hello, highest),
	STRING(struct hello, client),
};

static const struct field welcome_fields[] = {
	NUMBER(struct welcome, version),   NUMBER(struct welcome, policy),
	NUMBER(struct welcome, instance),  NUMBER(struct welcome, uptime_ms),
	STRING(struct welcome, agent),	   STRING(struct welcome, host),
	STRING(struct welcome, kernel),
};

static const struct field error_fields[] = {
	NUMBER(struct error_message, code),
	NUMBER(struct error_message, number),
	STRING(struct error_message, text),
};

static const struct field put_fields[] = {
	NUMBER_TO(struct put_request, flags, TRANSFER_ALL),
	NUMBER_TO(struct put_request, digest, DIGEST_SHA1),
	STRING(struct put_request, destination),
};

static const struct field get_fields[] = {
	NUMBER_TO(struct get_request, flags, TRANSFER_ALL),
	NUMBER_TO(struct get_request, digest, DIGEST_SHA1),
	STRING(struct get_request, path),
	STRING(struct get_request, name),
};

static const struct field exec_fields[] = {
	NUMBER_TO(struct exec_request, flags, EXEC_TTY | EXEC_NO_STDIN),
	NUMBER(struct exec_request, rows),
	NUMBER(struct exec_request, columns),
	STRING(struct exec_request, directory),
	LIST(struct exec_request, arguments),
	LIST(struct exec_request, environment),
};

static const struct field power_fields[] = {
	NUMBER_TO(struct power_request, action, POWER_REBOOT),
	NUMBER_TO(struct power_request, force, 1),
};

static const struct field signal_fields[] = {
	NUMBER_TO(struct signal_request, number, 64),
};

static const struct field resize_fields[] = {
	NUMBER(struct window_size, rows),
	NUMBER(struct window_size, columns),
};

static const struct field offer_fields[] = {
	NUMBER(struct offer, index),
	NUMBER_TO(struct offer, offset, INT64_MAX),
};

static const struct field result_fields[] = {
	NUMBER(struct result, index),  NUMBER_TO(struct result, status, RESULT_KEPT),
	NUMBER(struct result, number), NUMBER(struct result, size),
	STRING(struct result, digest), STRING(struct result, text),
};

static const struct field summary_fields[] = {
	NUMBER(struct summary, done),
	NUMBER(struct summary, failed),
	NUMBER(struct summary, bytes),
};

static const struct field total_fields[] = {
	NUMBER(struct total, entries),
	NUMBER(struct total, bytes),
};

static const struct field entry_fields[] = {
	NUMBER(struct entry, index),
	NUMBER_TO(struct entry, kind, ENTRY_SYMLINK),
	NUMBER_TO(struct entry, flags, ENTRY_UNSIZED | ENTRY_WAITS),
	NUMBER_TO(struct entry, mode, 07777),
	NUMBER(struct entry, seconds),
	NUMBER_TO(struct entry, nanoseconds, 999999999),
	NUMBER_TO(struct entry, size, INT64_MAX),
	STRING(struct entry, path),
	STRING(struct entry, target),
};

static const struct field hole_fields[] = {
	NUMBER_TO(struct hole, length, INT64_MAX),
};

static const struct field end_fields[] = {
	NUMBER(struct end, index),  NUMBER_TO(struct end, status, END_FAILED),
	NUMBER(struct end, number), NUMBER_TO(struct end, size, INT64_MAX),
	STRING(struct end, digest), STRING(struct end, text),
};

static const struct field skipped_fields[] = {
	NUMBER(struct skipped, number),
	STRING(struct skipped, path),
	STRING(struct skipped, text),
};

static const struct field exit_fields[] = {
	NUMBER_TO(struct exit_message, how, EXIT_KILLED),
	NUMBER_TO(struct exit_message, status, 255),
};

#define LAYOUT(type, fields) { type, sizeof(fields) / sizeof(fields[0]), fields }

static const struct layout layouts[] = {
	LAYOUT(FRAME_HELLO, hello_fields),     LAYOUT(FRAME_WELCOME, welcome_fields),
	LAYOUT(FRAME_ERROR, error_fields),     LAYOUT(FRAME_PUT, put_fields),
	LAYOUT(FRAME_GET, get_fields),	       LAYOUT(FRAME_EXEC, exec_fields),
	LAYOUT(FRAME_POWER, power_fields),     LAYOUT(FRAME_SIGNAL, signal_fields),
	LAYOUT(FRAME_RESIZE, resize_fields),   LAYOUT(FRAME_OFFER, offer_fields),
	LAYOUT(FRAME_RESULT, result_fields),   LAYOUT(FRAME_SUMMARY, summary_fields),
	LAYOUT(FRAME_TOTAL, total_fields),     LAYOUT(FRAME_ENTRY, entry_fields),
	LAYOUT(FRAME_HOLE, hole_fields),       LAYOUT(FRAME_END, end_fields),
	LAYOUT(FRAME_SKIPPED, skipped_fields), LAYOUT(FRAME_EXIT, exit_fields),
};

/* Bytes still to be written or read; bad once something did not fit. */
struct cursor {
	uint8_t *bytes;
	size_t left;
	bool bad;
};

static const struct layout *layout_of(uint8_t type)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].type == type)
			return &layouts[i];
	return NULL;
}

static uint8_t *advance(struct cursor *cursor, size_t count)
{
	uint8_t *bytes = cursor->bytes;

	if (cursor->bad || count > cursor->left) {
		cursor->bad = true;
		return NULL;
	}
	cursor->bytes += count;
	cursor->left -= count;
	return bytes;
}

static void put_number(struct cursor *cursor, uint64_t value, size_t size)
{
	uint8_t *bytes = advance(cursor, size);

	for (size_t i = 0; bytes && i < size; i++)
		bytes[i] = value >> (8 * i);
}

static uint64_t get_number(struct cursor *cursor, size_t size)
{
	const uint8_t *bytes = advance(cursor, size);
	uint64_t value = 0;

	for (size_t i = 0; bytes && i < size; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static void put_string(struct cursor *cursor, const char *string)
{
	size_t length = strlen(string);
	uint8_t *bytes;

	if (length > UINT16_MAX)
		cursor->bad = true;
	put_number(cursor, length, 2);
	bytes = advance(cursor, length);
	if (bytes)
		memcpy(bytes, string, length);
}

static const char *get_string(struct cursor *cursor, size_t *length)
{
	const uint8_t *bytes;

	*length = get_number(cursor, 2);
	bytes = advance(cursor, *length);
	if (bytes && memchr(bytes, '\0', *length)) {
		cursor->bad = true;
		return NULL;
	}
	return (const char *)bytes;
}

static void put_list(struct cursor *cursor, char *const *list)
{
	size_t count = 0;

	while (list && list[count])
		count++;
	if (count > STRINGS_MAX)
		cursor->bad = true;
	put_number(cursor, count, 2);
	for (size_t i = 0; i < count && !cursor->bad; i++)
		put_string(cursor, list[i]);
}

/* The list and its strings are one piece of memory. */
static char **get_list(struct cursor *cursor)
{
	size_t count = get_number(cursor, 2), length;
	size_t room = (count + 1) * sizeof(char *) + cursor->left;
	char **list, *text;

	if (cursor->bad || count > STRINGS_MAX || !(list = malloc(room))) {
		cursor->bad = true;
		return NULL;
	}
	text = (char *)(list + count + 1);
	for (size_t i = 0; i < count; i++) {
		const char *string = get_string(cursor, &length);

		if (!string) {
			free(list);
			return NULL;
		}
		list[i] = memcpy(text, string, length);
		text[length] = '\0';
		text += length + 1; /* the length field made room for the NUL */
	}
	list[count] = NULL;
	return list;
}

static uint64_t number_at(const uint8_t *bytes, size_t size)
{
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (size) {
	case 1:
		return *bytes;
	case 2:
		memcpy(&two, bytes, 2);
		return two;
	case 4:
		memcpy(&four, bytes, 4);
		return four;
	default:
		memcpy(&eight, bytes, 8);
		return eight;
	}
}

static void set_number_at(uint8_t *bytes, size_t size, uint64_t value)
{
	uint16_t two = value;
	uint32_t four = value;

	switch (size) {
	case 1:
		*bytes = value;
		break;
	case 2:
		memcpy(bytes, &two, 2);
		break;
	case 4:
		memcpy(bytes, &four, 4);
		break;
	default:
		memcpy(bytes, &value, 8);
	}
}

static void put_field(struct cursor *cursor, const struct field *field, const void *message)
{
	const uint8_t *member = (const uint8_t *)message + field->offset;

	switch (field->kind) {
	case FIELD_NUMBER:
		put_number(cursor, number_at(member, field->size), field->size);
		break;
	case FIELD_STRING:
		put_string(cursor, (const char *)member);
		break;
	case FIELD_LIST:
		put_list(cursor, *(char *const *const *)member);
		break;
	}
}

static void get_field(struct cursor *cursor, const struct field *field, void *message)
{
	uint8_t *member = (uint8_t *)message + field->offset;
	const char *string;
	uint64_t number;
	size_t length;

	switch (field->kind) {
	case FIELD_NUMBER:
		number = get_number(cursor, field->size);
		if (number > field->highest)
			cursor->bad = true;
		set_number_at(member, field->size, number);
		break;
	case FIELD_STRING:
		string = get_string(cursor, &length);
		if (string && length >= field->size)
			cursor->bad = true;
		if (cursor->bad)
			break;
		memcpy(member, string, length);
		member[length] = '\0';
		break;
	case FIELD_LIST:
		*(char ***)member = get_list(cursor);
		break;
	}
}

/**
 * message_encode() - write a payload
 * @type: the frame's type, one that has fields
 * @message: the structure of that type
 * @payload: receives the payload
 * @size: of @payload
 *
 * Return: bytes written, or 0 if it does not fit.
 */
size_t message_encode(uint8_t type, const void *message, uint8_t *payload, size_t size)
{
	const struct layout *layout = layout_of(type);
	struct cursor cursor = { .bytes = payload, .left = size };

	for (size_t i = 0; i < layout->count; i++)
		put_field(&cursor, &layout->fields[i], message);
	return cursor.bad ? 0 : size - cursor.left;
}

/**
 * message_decode() - read a payload
 * @type: the frame's type, one that has fields
 * @payload: as received
 * @length: of @payload
 * @message: receives the structure of that type; an exec_request is to be freed with
 *	exec_request_free() if this returns true
 *
 * Return: false if a field is missing or out of bounds, or memory is short.
 */
bool message_decode(uint8_t type, const uint8_t *payload, size_t length, void *message)
{
	const struct layout *layout = layout_of(type);
	struct cursor cursor = { .bytes = (uint8_t *)payload, .left = length };

	if (type == FRAME_EXEC)
		memset(message, 0, sizeof(struct exec_request));
	for (size_t i = 0; i < layout->count && !cursor.bad; i++)
		get_field(&cursor, &layout->fields[i], message);
	if (cursor.bad && type == FRAME_EXEC)
		exec_request_free(message);
	return !cursor.bad;
}

/**
 * exec_request_free() - free what decoding an EXEC allocated
 * @request: decoded; its lists become NULL
 */
void exec_request_free(struct exec_request *request)
{
	free(request->arguments);
	free(request->environment);
	request->arguments = NULL;
	request->environment = NULL;
}
