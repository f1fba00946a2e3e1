// SPDX-License-Identifier: GPL-2.0
/* Naming: what QEMU was told against what a guest has, each way to differ by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/naming.h"

#include <cmocka.h>

static const char told[] =
	"qemu\0-device\0virtio-serial-pci,id=s\0"
	"-chardev\0socket,id=a,path=/tmp/x,,y\0"
	"-device\0virtserialport,chardev=a,name=org.test.0\0"
	"-device\0virtserialport,chardev=b,name=with blank,nr=5\0"
	"-device\0virtconsole,chardev=c\0"
	"-device\0usb-serial,chardev=d,port=1\0";

struct scene {
	struct machine machine;
	struct inventory guest;
	char bad[4096];
	struct findings findings;
};

static void note(void *owner, bool bad, const char *about, const char *text)
{
	struct scene *scene = owner;
	size_t used = strlen(scene->bad);

	if (bad)
		snprintf(scene->bad + used, sizeof(scene->bad) - used, "%s: %s\n", about, text);
}

static struct port *add_port(struct inventory *guest, int id, const char *name, const char *link)
{
	struct port *port = inventory_add_port(guest);

	snprintf(port->node, sizeof(port->node), "vport0p%d", id);
	port->id = id;
	port->named = name;
	snprintf(port->name, sizeof(port->name), "%s", name ? name : "");
	snprintf(port->link, sizeof(port->link), "%s", link);
	snprintf(port->device_number, sizeof(port->device_number), "250:%d", id);
	strcpy(port->node_number, port->device_number);
	strcpy(port->device, "0000:00:03.0");
	return port;
}

static struct line *add_line(struct inventory *guest, const char *tty)
{
	struct line *line = inventory_add_line(guest);

	strcpy(line->tty, tty);
	line->opens = true;
	return line;
}

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct failure failure;
	struct line *line;

	scene->findings.tell = note;
	scene->findings.owner = scene;
	if (machine_read_command(&scene->machine, told, sizeof(told) - 1, &failure))
		return -1;
	add_port(&scene->guest, 0, NULL, "")->console = 1;
	add_port(&scene->guest, 1, "org.test.0", "org.test.0");
	add_port(&scene->guest, 5, "with blank", "with_blank");
	add_line(&scene->guest, "hvc0");
	line = add_line(&scene->guest, "ttyUSB0");
	strcpy(line->place, "1-1");
	strcpy(line->vendor, "0403");
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	machine_free(&scene->machine);
	inventory_free(&scene->guest);
	free(scene);
	return 0;
}

static void expect_bad(struct scene *scene, const char *text)
{
	naming_check(&scene->machine, &scene->guest, &scene->findings);
	if (!strstr(scene->bad, text))
		fail_msg("'%s' is not among: %s", text, scene->bad);
	assert_true(scene->findings.bad > 0);
}

static void what_fits_gives_no_bad_finding(void **state)
{
	struct scene *scene = *state;

	naming_check(&scene->machine, &scene->guest, &scene->findings);
	assert_string_equal(scene->bad, "");
	assert_true(scene->findings.good >= 5);
}

static void a_command_line_is_read_as_qemu_reads_it(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(scene->machine.device_count, 4);
	assert_string_equal(scene->machine.chardevs[0].target, "socket:/tmp/x,y");
	assert_int_equal(scene->machine.devices[0].number, 1);
	assert_int_equal(scene->machine.devices[2].number, 0);
	assert_string_equal(scene->machine.devices[3].place, "1");
}

static void a_port_that_is_not_there_is_found(void **state)
{
	struct scene *scene = *state;

	scene->guest.port_count = 2;
	expect_bad(scene, "with blank: QEMU has this virtserialport, the guest has no such port");
}

static void a_port_that_qemu_does_not_have_is_found(void **state)
{
	struct scene *scene = *state;

	add_port(&scene->guest, 9, "stranger", "stranger");
	expect_bad(scene, "vport0p9: the guest has this port stranger");
}

static void a_number_that_differs_is_found(void **state)
{
	struct scene *scene = *state;

	scene->guest.ports[2].id = 6;
	expect_bad(scene, "with blank: QEMU has it as number 5");
	assert_non_null(strstr(scene->bad, "its minor is 5, its port's number 6"));
}

static void a_link_that_is_missing_or_wrong_is_found(void **state)
{
	struct scene *scene = *state;

	scene->guest.ports[1].link[0] = '\0';
	strcpy(scene->guest.ports[2].link, "elsewhere");
	expect_bad(scene, "no link /dev/virtio-ports/org.test.0 leads here");
	assert_non_null(strstr(scene->bad, "elsewhere leads here instead of with_blank"));
}

static void a_node_of_another_number_is_found(void **state)
{
	struct scene *scene = *state;

	strcpy(scene->guest.ports[1].node_number, "1:3");
	scene->guest.ports[2].node_number[0] = '\0';
	expect_bad(scene, "/dev/vport0p1 is device 1:3, sysfs says 250:1");
	assert_non_null(strstr(scene->bad, "there is no node /dev/vport0p5"));
}

static void a_node_that_is_not_named_after_its_device_is_found(void **state)
{
	struct scene *scene = *state;

	scene->guest.ports[1].virtio = 3;
	expect_bad(scene, "it is on virtio3");
}

static void lines_that_are_missing_are_found(void **state)
{
	struct scene *scene = *state;

	scene->guest.line_count = 0;
	expect_bad(scene, "always-plugged=on");
	assert_non_null(strstr(scene->bad, "hvc: QEMU has 1, of the guest's 0 open"));
}

static void two_ports_of_one_link_are_no_fault(void **state)
{
	struct scene *scene = *state;
	struct findings findings = { .tell = note, .owner = scene };

	add_port(&scene->guest, 7, "with_blank", "with_blank");
	scene->guest.ports[2].link[0] = '\0';
	naming_check_guest(&scene->guest, &findings);
	assert_string_equal(scene->bad, "");
}

#define SCENE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(what_fits_gives_no_bad_finding),
		SCENE_TEST(a_command_line_is_read_as_qemu_reads_it),
		SCENE_TEST(a_port_that_is_not_there_is_found),
		SCENE_TEST(a_port_that_qemu_does_not_have_is_found),
		SCENE_TEST(a_number_that_differs_is_found),
		SCENE_TEST(a_link_that_is_missing_or_wrong_is_found),
		SCENE_TEST(a_node_of_another_number_is_found),
		SCENE_TEST(a_node_that_is_not_named_after_its_device_is_found),
		SCENE_TEST(lines_that_are_missing_are_found),
		SCENE_TEST(two_ports_of_one_link_are_no_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
