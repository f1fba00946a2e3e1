// SPDX-License-Identifier: GPL-2.0
/*
 * What is missing or wrong in this guest. Each look_... function is one thing that goes
 * wrong for people; it looks at the state itself, never at logs.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "doctor.h"
#include "linkname.h"

#define VIRTIO_ID_CONSOLE "0x0003"
#define CONTROL_NAME	  "org.portside.control"
#define DEVPTS_MAGIC	  0x1cd1

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

static bool read_text(char *out, size_t size, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t count = fd < 0 ? -1 : read(fd, out, size - 1);

	if (fd >= 0)
		close(fd);
	out[count > 0 ? count : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return count >= 0;
}

/* Is there a word on the kernel's command line that begins so? Its rest in @value. */
static bool on_command_line(const char *beginning, char *value, size_t size)
{
	char line[4096], *rest = NULL;

	read_text(line, sizeof(line), "/proc/cmdline");
	for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		if (strncmp(word, beginning, strlen(beginning)))
			continue;
		if (value)
			snprintf(value, size, "%s", word + strlen(beginning));
		return true;
	}
	return false;
}

/* Where our module would be loaded from. */
static bool is_installed(const char *module)
{
	static const char *const folders[] = { "updates", "updates/dkms", "updates/drivers/%s",
					       "extra" };
	static const char *const endings[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz" };
	struct utsname system;
	char path[512], folder[64];

	uname(&system);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		for (size_t j = 0; j < sizeof(endings) / sizeof(endings[0]); j++) {
			if (strstr(folders[i], "%s"))
				snprintf(folder, sizeof(folder), "updates/drivers/%s", module);
			else
				snprintf(folder, sizeof(folder), "%s", folders[i]);
			snprintf(path, sizeof(path), "/lib/modules/%s/%s/%s%s", system.release,
				 folder, module, endings[j]);
			if (exists(path))
				return true;
		}
	return false;
}

enum presence { ABSENT, BUILT_IN, KERNELS_OWN, OURS };

/* A module has an initstate; one from outside the kernel's tree carries the taint O. */
static enum presence presence_of(const char *module)
{
	char path[128], text[64];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	/* Without parameters a built-in driver shows only on its bus. */
	if (!exists(path) && !strcmp(module, "virtio_console") &&
	    exists("/sys/bus/virtio/drivers/virtio_console"))
		return BUILT_IN;
	if (!exists(path))
		return ABSENT;
	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
	if (!exists(path))
		return BUILT_IN;
	snprintf(path, sizeof(path), "/sys/module/%s/taint", module);
	read_text(text, sizeof(text), path);
	return strchr(text, 'O') ? OURS : KERNELS_OWN;
}

static void look_at_built_in(struct report_style *style, const char *module,
			     const char *initcall)
{
	char mend[256];

	if (!is_installed(module)) {
		report_tell(style, false, module, NULL, "built into the kernel; Portside's is not "
			    "installed for it");
		return;
	}
	if (initcall)
		snprintf(mend, sizeof(mend), "add initcall_blacklist=%s to the kernel's command "
			 "line (with GRUB: GRUB_CMDLINE_LINUX in /etc/default/grub, then "
			 "update-grub), and restart", initcall);
	report_tell(style, true, module, initcall ? mend : NULL, "it is built into this kernel, so "
		    "Portside's module of that name, which is installed, cannot load");
}

static void look_at_driver(struct report_style *style, const char *module, const char *initcall)
{
	switch (presence_of(module)) {
	case ABSENT:
		break;
	case BUILT_IN:
		look_at_built_in(style, module, initcall);
		break;
	case KERNELS_OWN:
		if (is_installed(module))
			report_tell(style, true, module, "update-initramfs -u (or dracut --force), and "
				    "restart", "the kernel's own module is loaded although "
				    "Portside's is installed: an older initramfs has it, or it was "
				    "loaded before");
		else
			report_tell(style, false, module, NULL, "the kernel's own is loaded");
		break;
	case OURS:
		report_tell(style, false, module, NULL, "loaded, from outside the kernel's tree");
		break;
	}
}

/* Devices of a bus that a driver of ours would serve and none has. */
static int without_driver(const char *bus, const char *file, const char *value, char *first,
			  size_t size)
{
	char path[512], text[64];
	struct dirent *entry;
	DIR *directory;
	int count = 0;

	snprintf(path, sizeof(path), "/sys/bus/%s/devices", bus);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		snprintf(path, sizeof(path), "/sys/bus/%s/devices/%.200s/%s", bus, entry->d_name,
			 file);
		if (!read_text(text, sizeof(text), path) || strcmp(text, value))
			continue;
		snprintf(path, sizeof(path), "/sys/bus/%s/devices/%.200s/driver", bus,
			 entry->d_name);
		if (!exists(path) && count++ == 0)
			snprintf(first, size, "%.60s", entry->d_name);
	}
	if (directory)
		closedir(directory);
	return count;
}

/* Its driver is not loaded, or is and was made to let go. */
static void tell_without_driver(struct report_style *style, const char *bus, const char *device,
				const char *module, const char *what)
{
	char path[256], mend[512];

	snprintf(path, sizeof(path), "/sys/bus/%s/drivers/%s", bus, module);
	if (exists(path)) {
		snprintf(mend, sizeof(mend), "echo %.200s > %s/bind", device, path);
		report_tell(style, true, device, mend, "%s that no driver has, although %s is loaded",
			    what, module);
	} else {
		snprintf(mend, sizeof(mend), "modprobe %s", module);
		report_tell(style, true, device, mend, "%s that no driver has: %s is not loaded", what,
			    module);
	}
}

static void look_at_devices(struct report_style *style)
{
	char first[64];

	if (without_driver("virtio", "device", VIRTIO_ID_CONSOLE, first, sizeof(first)))
		tell_without_driver(style, "virtio", first, "virtio_console",
				    "a virtio serial device");
	if (!exists("/sys/bus/virtio"))
		report_tell(style, true, "virtio", "modprobe virtio_pci (or virtio_mmio on microvm)",
			    "no virtio driver is loaded, so no port can be seen");
}

/* An FTDI device none of whose interfaces has a driver. */
static void look_at_usb(struct report_style *style)
{
	DIR *directory = opendir("/sys/bus/usb/devices");
	char path[512], text[128];
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		snprintf(path, sizeof(path), "/sys/bus/usb/devices/%.200s/modalias",
			 entry->d_name);
		if (!strchr(entry->d_name, ':') || !read_text(text, sizeof(text), path) ||
		    strncmp(text, "usb:v0403", 9))
			continue;
		snprintf(path, sizeof(path), "/sys/bus/usb/devices/%.200s/driver", entry->d_name);
		if (!exists(path))
			tell_without_driver(style, "usb", entry->d_name, "ftdi_sio",
					    "a USB serial line");
	}
	if (directory)
		closedir(directory);
}

/* What makes links again, by what keeps them here. */
static const char *mend_of_links(void)
{
	if (exists("/run/udev/control"))
		return "cp udev/60-portside.rules /etc/udev/rules.d/ && udevadm control --reload && "
		       "udevadm trigger -s virtio-ports";
	if (exists("/usr/lib/portside/links"))
		return "/usr/lib/portside/links --scan";
	return "start udev; or without it, run udev/portside-links --scan (udev/mdev.conf keeps "
	       "links up to date with mdev)";
}

static void look_at_links(struct report_style *style, const struct inventory *inventory)
{
	size_t missing = 0, safe = 0;
	char link[PATH_SIZE];

	for (size_t i = 0; i < inventory->port_count; i++) {
		const struct port *port = &inventory->ports[i];

		if (!port->named || !link_name(link, sizeof(link), port->name))
			continue;
		safe++;
		missing += !port->link[0];
	}
	if (!missing) {
		if (safe)
			report_tell(style, false, "links", NULL, "each named port has one below "
				    "/dev/virtio-ports");
		return;
	}
	report_tell(style, true, "links", mend_of_links(), "%zu named ports have no link below "
		    "/dev/virtio-ports: no device manager made it, or it was taken away", missing);
}

static void look_at_agent(struct report_style *style, const struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->port_count; i++) {
		const struct port *port = &inventory->ports[i];

		if (strcmp(port->name, CONTROL_NAME))
			continue;
		if (!port->user[0] && port->guest_connected == 0)
			report_tell(style, true, "agent", "systemctl start portside-agent, or: portside "
				    "agent &", "its ports are there, but nothing has them open: it does "
				    "not run");
		else if (port->user[0] && strncmp(port->user, "portside", 8))
			report_tell(style, true, "agent", "end that program, or give it a port of its own",
				    "another program has the port " CONTROL_NAME ": %s", port->user);
		else
			report_tell(style, false, "agent", NULL, "it has its ports");
		return;
	}
	report_tell(style, false, "agent", NULL, "QEMU gives no port " CONTROL_NAME
		    " (scripts/guest does, or -device virtserialport,chardev=...,name=" CONTROL_NAME ")");
}

/* Is there a word on a line of them? */
static bool has_word(const char *line, const char *wanted)
{
	size_t length = strlen(wanted);

	for (const char *at = line; (at = strstr(at, wanted)); at += length)
		if ((at == line || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

static const char *mend_of_console(const char *name)
{
	if (!strncmp(name, "hvc", 3))
		return "give QEMU -device virtio-serial-pci -device virtconsole,chardev=ID";
	if (!strncmp(name, "ttyUSB", 6))
		return "give QEMU -device qemu-xhci -device usb-serial,chardev=ID,always-plugged=on";
	return "give QEMU such a line (-device isa-serial,chardev=ID), or take the word away";
}

/* console= names a line that is not there. */
static void look_at_consoles(struct report_style *style)
{
	char line[4096], active[512], *rest = NULL;

	read_text(line, sizeof(line), "/proc/cmdline");
	read_text(active, sizeof(active), "/sys/class/tty/console/active");
	for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *name = word + 8;

		if (strncmp(word, "console=", 8))
			continue;
		name[strcspn(name, ",")] = '\0';
		if (name[0] && !has_word(active, name))
			report_tell(style, true, word, mend_of_console(name), "the kernel was told to "
				    "write to %s, but no driver gives it that console", name);
	}
}

static void look_at_debugger(struct report_style *style)
{
	char line[256], mend[320];

	if (!on_command_line("kgdboc=", line, sizeof(line)) &&
	    !on_command_line("kgdboc.kgdboc=", line, sizeof(line)))
		return;
	if (presence_of("kgdboc") != ABSENT)
		return;
	snprintf(mend, sizeof(mend), "modprobe kgdboc kgdboc=%s", line);
	report_tell(style, true, "kgdboc", mend, "the command line says kgdboc=%s, but the module is "
		    "not loaded", line);
}

static void look_at_signatures(struct report_style *style)
{
	char text[128];

	if (read_text(text, sizeof(text), "/sys/module/module/parameters/sig_enforce") &&
	    text[0] == 'Y')
		report_tell(style, true, "signatures", "sign the modules with a key of this machine: "
			    "mokutil --import KEY.der, and scripts/sign-file of the kernel's headers",
			    "this kernel loads signed modules only");
	if (read_text(text, sizeof(text), "/sys/kernel/security/lockdown") &&
	    !strstr(text, "[none]"))
		report_tell(style, true, "lockdown", "sign the modules; for kgdboc, boot without "
			    "lockdown= and with Secure Boot off", "the kernel is locked down (%.60s): "
			    "kgdboc and unsigned modules are refused", text);
}

static void look_at_mounts(struct report_style *style)
{
	struct statfs info;

	if (statfs("/dev/pts", &info) || info.f_type != DEVPTS_MAGIC)
		report_tell(style, true, "/dev/pts", "mount -t devpts devpts /dev/pts",
			    "it is not mounted, so exec -t and shell have no terminal");
}

/**
 * doctor_guest() - what is missing or wrong here?
 * @style: how it is told
 * @inventory: of this machine
 */
void doctor_guest(struct report_style *style, const struct inventory *inventory)
{
	look_at_driver(style, "virtio_console", "virtio_console_init");
	look_at_driver(style, "ftdi_sio", NULL);
	look_at_driver(style, "kgdboc", "init_kgdboc");
	look_at_devices(style);
	look_at_usb(style);
	look_at_links(style, inventory);
	look_at_agent(style, inventory);
	look_at_consoles(style);
	look_at_debugger(style);
	look_at_signatures(style);
	look_at_mounts(style);
}
