/* .set and .set_multiple of struct gpio_chip return int since 6.17. */
#include <linux/gpio/driver.h>

static int set(struct gpio_chip *gc, unsigned int line, int value)
{
	return 0;
}

static int set_multiple(struct gpio_chip *gc, unsigned long *mask, unsigned long *bits)
{
	return 0;
}

struct gpio_chip probe = { .set = set, .set_multiple = set_multiple };
