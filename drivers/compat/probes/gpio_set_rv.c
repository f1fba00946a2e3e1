/* In 6.15 (and 6.12.y) those that return int are called .set_rv. */
#include <linux/gpio/driver.h>

static int set(struct gpio_chip *gc, unsigned int line, int value)
{
	return 0;
}

static int set_multiple(struct gpio_chip *gc, unsigned long *mask, unsigned long *bits)
{
	return 0;
}

struct gpio_chip probe = { .set_rv = set, .set_multiple_rv = set_multiple };
