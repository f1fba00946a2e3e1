/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the payloads of the portside protocol mean (docs/protocol.md, Control
 * frames, Data frames): one structure a message.
 * Pure code. Strings are NUL-terminated here; every bound that the protocol states is
 * checked when a message is decoded.
 */
#ifndef PORTSIDE_MESSAGE_H
#define PORTSIDE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"

#define NAME_SIZE  256 /* client, versions, host names; with NUL */
#define TEXT_SIZE  1024 /* text of an error; with NUL */
#define PATH_SIZE  4096 /* with NUL */
#define STRINGS_MAX 4096 /* arguments, environment */
#define UNKNOWN_TOTAL UINT64_MAX

enum policy {
	POLICY_READ_ONLY = 1,
	POLICY_NO_EXEC = 2,
	POLICY_CONFINED = 4,
};

enum error_code {
	ERROR_VERSION = 1,
	ERROR_PROTOCOL = 2,
	ERROR_WRONG_PORT = 3,
	ERROR_REFUSED = 4,
	ERROR_FAILED = 5,
	ERROR_BUSY = 6,
	ERROR_ENDED = 7,
};

enum transfer_flags {
	TRANSFER_INTO_DIRECTORY = 1,
	TRANSFER_PARENTS = 2,
	TRANSFER_NO_CLOBBER = 4,
	TRANSFER_NO_SYNC = 8,
	TRANSFER_NO_RESUME = 16,
	TRANSFER_CONTINUE = 32,
	TRANSFER_ALL = 63,
};

enum exec_flags { EXEC_TTY = 1, EXEC_NO_STDIN = 2 };
enum power_action { POWER_OFF = 0, POWER_REBOOT = 1 };
enum entry_kind { ENTRY_FILE = 1, ENTRY_DIRECTORY = 2, ENTRY_SYMLINK = 3 };
enum entry_flags { ENTRY_UNSIZED = 1, ENTRY_WAITS = 2 };
enum end_status { END_COMPLETE = 0, END_GIVEN_UP = 1, END_FAILED = 2 };
enum result_status { RESULT_DONE = 0, RESULT_FAILED = 1, RESULT_DIFFERS = 2, RESULT_KEPT = 3 };
enum exit_how { EXIT_EXITED = 0, EXIT_KILLED = 1 };

struct hello {
	uint16_t lowest;
	uint16_t highest;
	char client[NAME_SIZE];
};

struct welcome {
	uint16_t version;
	uint32_t policy;
	uint64_t instance;
	uint64_t uptime_ms;
	char agent[NAME_SIZE];
	char host[NAME_SIZE];
	char kernel[NAME_SIZE];
};

struct error_message {
	uint16_t code;
	uint32_t number; /* errno or 0 */
	char text[TEXT_SIZE];
};

struct put_request {
	uint32_t flags;
	uint8_t digest; /* enum digest_kind */
	char destination[PATH_SIZE];
};

struct get_request {
	uint32_t flags;
	uint8_t digest; /* enum digest_kind */
	char path[PATH_SIZE];
	char name[NAME_SIZE];
};

struct exec_request {
	uint32_t flags;
	uint16_t rows;
	uint16_t columns;
	char directory[PATH_SIZE];
	char **arguments; /* NULL-terminated */
	char **environment; /* NULL-terminated, NAME=value */
};

struct power_request {
	uint8_t action;
	uint8_t force;
};

struct signal_request {
	uint32_t number;
};

struct window_size {
	uint16_t rows;
	uint16_t columns;
};

struct offer {
	uint32_t index;
	uint64_t offset;
};

struct result {
	uint32_t index;
	uint8_t status;
	uint32_t number; /* errno or 0 */
	uint64_t size;
	char digest[DIGEST_HEX_MAX + 1];
	char text[TEXT_SIZE];
};

struct summary {
	uint64_t done;
	uint64_t failed;
	uint64_t bytes;
};

struct total {
	uint64_t entries;
	uint64_t bytes;
};

struct entry {
	uint32_t index;
	uint8_t kind;
	uint8_t flags;
	uint32_t mode;
	int64_t seconds;
	uint32_t nanoseconds;
	uint64_t size;
	char path[PATH_SIZE];
	char target[PATH_SIZE];
};

struct hole {
	uint64_t length;
};

struct end {
	uint32_t index;
	uint8_t status;
	uint32_t number; /* errno or 0 */
	uint64_t size;
	char digest[DIGEST_HEX_MAX + 1];
	char text[TEXT_SIZE];
};

struct skipped {
	uint32_t number; /* errno */
	char path[PATH_SIZE];
	char text[TEXT_SIZE];
};

struct exit_message {
	uint8_t how;
	uint32_t status;
};

size_t message_encode(uint8_t type, const void *message, uint8_t *payload, size_t size);
bool message_decode(uint8_t type, const uint8_t *payload, size_t length, void *message);
void exec_request_free(struct exec_request *request);

#endif
