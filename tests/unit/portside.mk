# SPDX-License-Identifier: GPL-2.0
# Unit tests of the portside program's pure code.

UNIT_TESTS += test_portside_linkname test_portside_naming test_portside_json \
	test_portside_frame test_portside_message test_portside_path test_portside_text

PORTSIDE_UNIT_CFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64

test_portside_linkname_SOURCES := tools/linkname.c
test_portside_naming_SOURCES := tools/naming.c tools/linkname.c tools/machine_command.c \
	tools/machine_tables.c tools/failure.c tools/text.c tools/inventory.c
test_portside_json_SOURCES := tools/json.c tools/inventory_parse.c tools/inventory.c \
	tools/text.c tools/failure.c
test_portside_frame_SOURCES := tools/frame.c tools/digest.c
test_portside_message_SOURCES := tools/message.c
test_portside_path_SOURCES := tools/path.c
test_portside_text_SOURCES := tools/text.c tools/terminal.c

$(foreach test,$(filter test_portside_%,$(UNIT_TESTS)), \
	$(eval $(test)_CFLAGS := $(PORTSIDE_UNIT_CFLAGS)))
test_portside_frame_LIBS := -lmd
