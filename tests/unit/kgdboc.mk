# SPDX-License-Identifier: GPL-2.0
RSP_SOURCES := $(addprefix drivers/kgdboc/,frame.c rsp.c rsp_agent.c rsp_document.c \
	rsp_memory.c rsp_query.c rsp_run.c rsp_text.c rsp_x86.c)

UNIT_TESTS += test_rsp test_rsp_agent test_rsp_gdb
test_rsp_SOURCES := $(RSP_SOURCES) tests/unit/rsp_fake.c
test_rsp_agent_SOURCES := drivers/kgdboc/rsp_agent.c
test_rsp_gdb_SOURCES := $(RSP_SOURCES) tests/unit/rsp_fake.c

UNIT_TESTS += test_kgdboc_config test_kgdboc_stub
test_kgdboc_config_SOURCES := drivers/kgdboc/config.c
test_kgdboc_stub_SOURCES := drivers/kgdboc/stub.c drivers/kgdboc/frame.c
test_kgdboc_config_CFLAGS := -Wno-unused-parameter
test_kgdboc_stub_CFLAGS := -Wno-unused-parameter
