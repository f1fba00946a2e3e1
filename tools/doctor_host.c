// SPDX-License-Identifier: GPL-2.0
/*
 * What is missing or wrong on this host: QEMU, KVM, the folder of running guests, and
 * what is left there; of each running guest, whether its monitor and ports can be had.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "doctor.h"
#include "guests.h"

#define MONITOR_TIMEOUT_MS 2000

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	char list[4096], candidate[4096 + 64], *rest = NULL;

	snprintf(list, sizeof(list), "%s", path ? path : "/usr/bin:/bin");
	for (char *folder = strtok_r(list, ":", &rest); folder;
	     folder = strtok_r(NULL, ":", &rest)) {
		snprintf(candidate, sizeof(candidate), "%s/%s", folder, program);
		if (!access(candidate, X_OK))
			return true;
	}
	return false;
}

/* What scripts/guest found when it tried to boot a kernel under KVM, for this boot. */
static bool kvm_verdict(char *verdict, size_t size)
{
	const char *cache = getenv("PORTSIDE_CACHE"), *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char path[4096], boot[64] = "", tried[64] = "", word[16] = "";
	FILE *file;

	if (cache)
		snprintf(path, sizeof(path), "%s/kvm-verdict", cache);
	else if (xdg)
		snprintf(path, sizeof(path), "%s/portside/kvm-verdict", xdg);
	else
		snprintf(path, sizeof(path), "%s/.cache/portside/kvm-verdict", home ? home : "");
	file = fopen("/proc/sys/kernel/random/boot_id", "re");
	if (file && fscanf(file, "%63s", boot) != 1)
		boot[0] = '\0';
	if (file)
		fclose(file);
	file = fopen(path, "re");
	if (file && fscanf(file, "%63s %15s", tried, word) != 2)
		word[0] = '\0';
	if (file)
		fclose(file);
	snprintf(verdict, size, "%s", word);
	return word[0] && !strcmp(boot, tried);
}

static void look_at_kvm(struct report_style *style)
{
	char verdict[16];

	if (access("/dev/kvm", F_OK))
		report_tell(style, false, "kvm", NULL, "there is none (no /dev/kvm): guests run under "
			    "TCG, several times slower");
	else if (access("/dev/kvm", R_OK | W_OK))
		report_tell(style, true, "kvm", "usermod -aG kvm YOUR-NAME, and log in again",
			    "you may not use /dev/kvm, so guests run under TCG, several times slower");
	else if (!kvm_verdict(verdict, sizeof(verdict)))
		report_tell(style, false, "kvm", NULL, "/dev/kvm is there; whether it boots a guest is "
			    "tried when scripts/guest starts the first one");
	else if (!strcmp(verdict, "kvm"))
		report_tell(style, false, "kvm", NULL, "works: a guest was booted with it");
	else
		report_tell(style, true, "kvm", "if this is a virtual machine, let its host allow "
			    "nesting (kvm_intel nested=1, -cpu host); then remove the kvm-verdict file "
			    "of the cache", "/dev/kvm is there, but no guest boots with it; guests run "
			    "under TCG, several times slower");
}

static void look_at_qemu(struct report_style *style)
{
	if (in_path("qemu-system-x86_64"))
		report_tell(style, false, "qemu", NULL, "qemu-system-x86_64 is installed");
	else
		report_tell(style, true, "qemu", "apt-get install qemu-system-x86",
			    "there is no qemu-system-x86_64");
}

/* Another portside command has the guest: its lock file says which. */
static void look_at_lock(struct report_style *style, const struct guest *guest)
{
	char path[PATH_SIZE + 8], user[64] = "another program";
	ssize_t count;
	int fd;

	snprintf(path, sizeof(path), "%s/lock", guest->directory);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK) {
		count = read(fd, user, sizeof(user) - 1);
		user[count > 0 ? count : 0] = '\0';
		report_tell(style, true, guest->name, "wait for it, or give your command --wait",
			    "its agent serves another host command: %s", user);
	}
	close(fd);
}

/* Ports that a guest has open and nobody on the host reads, or the other way round. */
static void look_at_monitor(struct report_style *style, const struct guest *guest)
{
	char path[PATH_SIZE + 16];
	struct machine machine = { 0 };
	struct failure failure;
	struct qmp qmp;

	snprintf(path, sizeof(path), "%s/qmp.sock", guest->directory);
	if (qmp_open(&qmp, path, MONITOR_TIMEOUT_MS, &failure)) {
		report_tell(style, false, guest->name, NULL, "%s", failure.text);
		return;
	}
	if (machine_ask(&machine, &qmp, &failure))
		report_tell(style, false, guest->name, NULL, "%s", failure.text);
	for (size_t i = 0; i < machine.device_count; i++) {
		const struct device *device = &machine.devices[i];

		if (!device->chardev[0])
			report_tell(style, true, guest->name, "give the -device chardev=ID",
				    "%s %s has no chardev: nothing can be sent to it", device->type,
				    device->name);
	}
	qmp_close(&qmp);
	machine_free(&machine);
}

/* scripts/guest makes the folder, packs an image, then starts QEMU. */
static int starter_of(const struct guest *guest)
{
	char path[PATH_SIZE + 16];
	int process = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/watcher", guest->directory);
	file = guest->process ? NULL : fopen(path, "re");
	if (file && fscanf(file, "%d", &process) != 1)
		process = 0;
	if (file)
		fclose(file);
	return process > 0 && (!kill(process, 0) || errno == EPERM) ? process : 0;
}

/* A folder name for a shell: it may hold quotes. */
static void removal_of(const char *directory, char *out, size_t size)
{
	size_t used = snprintf(out, size, "rm -r '");

	for (; *directory && used + 8 < size; directory++)
		used += snprintf(out + used, size - used, "%s", *directory == '\'' ? "'\\''" :
				 (char[]){ *directory, '\0' });
	snprintf(out + used, size - used, "'");
}

static void look_at_guest(struct report_style *style, const struct guest *guest)
{
	char mend[PATH_SIZE + 16];
	int starter = starter_of(guest);

	if (starter) {
		report_tell(style, false, guest->name, NULL, "is being started (process %d)", starter);
		return;
	}
	if (!guest->running) {
		removal_of(guest->directory, mend, sizeof(mend));
		report_tell(style, true, guest->name, mend, "its folder is there, but its QEMU has "
			    "ended (process %d)", guest->process);
		return;
	}
	report_tell(style, false, guest->name, NULL, "running, process %d", guest->process);
	look_at_lock(style, guest);
	look_at_monitor(style, guest);
}

/**
 * doctor_host() - what is missing or wrong on this host?
 * @style: how it is told
 * @run: the run directory
 */
void doctor_host(struct report_style *style, const char *run)
{
	struct guest *guests;
	size_t count;

	look_at_qemu(style);
	look_at_kvm(style);
	if (guests_list(&guests, &count, run))
		return;
	for (size_t i = 0; i < count; i++)
		look_at_guest(style, &guests[i]);
	if (!count)
		report_tell(style, false, "guests", NULL, "none is running (looked in %s)", run);
	free(guests);
}
