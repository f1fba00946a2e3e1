/* struct class .dev_uevent takes a const struct device * since 6.2. */
#include <linux/device.h>

static int uevent(const struct device *dev, struct kobj_uevent_env *env)
{
	return 0;
}

struct class probe = { .dev_uevent = uevent };
