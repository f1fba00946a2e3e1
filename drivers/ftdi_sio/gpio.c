// SPDX-License-Identifier: GPL-2.0
/*
 * The CBUS pins as a GPIO chip. Which pins may be used stands in the chip's
 * EEPROM (cbus.c). The first line that is requested puts the pins into bit mode,
 * all as inputs; there they stay, so that a line keeps its level when its user
 * goes, until the device goes.
 */
#include <linux/slab.h>

#include "../compat/gpio.h"
#include "cbus.h"
#include "ftdi_sio.h"
#include "request.h"

/**
 * struct ftdi_gpio - a port's lines
 * @gc: the kernel's side
 * @fp: the port
 * @usable: bit n is set when the EEPROM gives line n to us
 * @driven: pins are in bit mode
 * @outputs: bit n is set when line n is an output
 * @values: levels of the outputs
 *
 * All but the first three under fp->mutex.
 */
struct ftdi_gpio {
	struct gpio_chip gc;
	struct ftdi_port *fp;
	u8 usable;
	bool driven;
	u8 outputs;
	u8 values;
};

/* Takes the settings' lock with the device awake. */
static int begin(struct ftdi_gpio *gpio)
{
	struct ftdi_port *fp = gpio->fp;
	int err = usb_autopm_get_interface(fp->port->serial->interface);

	if (err)
		return err;
	mutex_lock(&fp->mutex);
	return 0;
}

static void end(struct ftdi_gpio *gpio)
{
	mutex_unlock(&gpio->fp->mutex);
	usb_autopm_put_interface(gpio->fp->port->serial->interface);
}

/* Direction in the high half, level in the low one. */
static int drive(struct ftdi_gpio *gpio, u8 outputs, u8 values)
{
	int err = ftdi_set_bit_mode(gpio->fp, FTDI_BIT_MODE_CBUS | outputs << 4 |
					      (values & outputs));

	if (err)
		return err;
	gpio->driven = true;
	gpio->outputs = outputs;
	gpio->values = values;
	return 0;
}

static int read_pins(struct ftdi_gpio *gpio, u8 *pins)
{
	return ftdi_request_in(gpio->fp, FTDI_REQ_READ_PINS, gpio->fp->channel, pins, 1);
}

static int gpio_request(struct gpio_chip *gc, unsigned int line)
{
	struct ftdi_gpio *gpio = gpiochip_get_data(gc);
	int err = begin(gpio);

	if (err)
		return err;
	if (!gpio->driven)
		err = drive(gpio, 0, 0);
	end(gpio);
	return err;
}

static int gpio_get_direction(struct gpio_chip *gc, unsigned int line)
{
	struct ftdi_gpio *gpio = gpiochip_get_data(gc);
	int direction;

	mutex_lock(&gpio->fp->mutex);
	direction = gpio->outputs & BIT(line) ? GPIO_LINE_DIRECTION_OUT : GPIO_LINE_DIRECTION_IN;
	mutex_unlock(&gpio->fp->mutex);
	return direction;
}

static int gpio_input(struct gpio_chip *gc, unsigned int line)
{
	struct ftdi_gpio *gpio = gpiochip_get_data(gc);
	int err = begin(gpio);

	if (err)
		return err;
	err = drive(gpio, gpio->outputs & ~BIT(line), gpio->values);
	end(gpio);
	return err;
}

static int gpio_output(struct gpio_chip *gc, unsigned int line, int value)
{
	struct ftdi_gpio *gpio = gpiochip_get_data(gc);
	int err = begin(gpio);

	if (err)
		return err;
	err = drive(gpio, gpio->outputs | BIT(line),
		    (gpio->values & ~BIT(line)) | (value ? BIT(line) : 0));
	end(gpio);
	return err;
}

static int gpio_get(struct gpio_chip *gc, unsigned int line)
{
	struct ftdi_gpio *gpio = gpiochip_get_data(gc);
	u8 pins;
	int err = begin(gpio);

	if (err)
		return err;
	err = read_pins(gpio, &pins);
	end(gpio);
	return err ?: !!(pins & BIT(line));
}

static int gpio_get_multiple(struct gpio_chip *gc, unsigned long *mask, unsigned long *bits)
{
	struct ftdi_gpio *gpio = gpiochip_get_data(gc);
	u8 pins;
	int err = begin(gpio);

	if (err)
		return err;
	err = read_pins(gpio, &pins);
	end(gpio);
	if (!err)
		*bits = pins & *mask;
	return err;
}

static int gpio_set_multiple(struct gpio_chip *gc, unsigned long *mask, unsigned long *bits)
{
	struct ftdi_gpio *gpio = gpiochip_get_data(gc);
	int err = begin(gpio);

	if (err)
		return err;
	err = drive(gpio, gpio->outputs, (gpio->values & ~*mask) | (*bits & *mask));
	end(gpio);
	return err;
}

static int gpio_set(struct gpio_chip *gc, unsigned int line, int value)
{
	unsigned long mask = BIT(line), bits = value ? mask : 0;

	return gpio_set_multiple(gc, &mask, &bits);
}

static int gpio_init_valid_mask(struct gpio_chip *gc, unsigned long *mask, unsigned int lines)
{
	struct ftdi_gpio *gpio = gpiochip_get_data(gc);

	*mask = gpio->usable;
	return 0;
}

COMPAT_GPIO_WRAPPERS(gpio_set, gpio_set_multiple)

static const struct gpio_chip template = {
	.label = "ftdi-cbus",
	.owner = THIS_MODULE,
	.base = -1,
	.ngpio = FTDI_CBUS_LINES,
	.can_sleep = true,
	.request = gpio_request,
	.get_direction = gpio_get_direction,
	.direction_input = gpio_input,
	.direction_output = gpio_output,
	.get = gpio_get,
	.get_multiple = gpio_get_multiple,
	COMPAT_GPIO_SET(gpio_set),
	COMPAT_GPIO_SET_MULTIPLE(gpio_set_multiple),
	.init_valid_mask = gpio_init_valid_mask,
};

/* Words of two bytes, one request each. */
static int read_eeprom(struct ftdi_port *fp, u8 *config)
{
	unsigned int i;

	for (i = 0; i < FTDI_EEPROM_CONFIG_LEN; i += 2) {
		int err = ftdi_request_in(fp, FTDI_REQ_READ_EEPROM, (FTDI_EEPROM_CONFIG + i) / 2,
					  config + i, 2);

		if (err)
			return err;
	}
	return 0;
}

/**
 * ftdi_gpio_add - offer a new port's CBUS pins
 * @fp: the port
 *
 * Context: process, may sleep.
 * Return: 0, also when the chip has no such pins or keeps them to itself; an
 * error when its EEPROM cannot be read, or of the GPIO core.
 */
int ftdi_gpio_add(struct ftdi_port *fp)
{
	u8 config[FTDI_EEPROM_CONFIG_LEN];
	struct ftdi_gpio *gpio;
	int err;

	if (fp->chip->cbus == FTDI_CBUS_NONE)
		return 0;
	err = read_eeprom(fp, config);
	if (err)
		return err;
	gpio = kzalloc(sizeof(*gpio), GFP_KERNEL);
	if (!gpio)
		return -ENOMEM;
	gpio->fp = fp;
	gpio->usable = ftdi_cbus_lines(fp->chip->cbus, config);
	gpio->gc = template;
	gpio->gc.parent = &fp->port->serial->interface->dev;
	err = gpio->usable ? gpiochip_add_data(&gpio->gc, gpio) : 0;
	if (err || !gpio->usable) {
		kfree(gpio);
		return err;
	}
	fp->gpio = gpio;
	return 0;
}

/**
 * ftdi_gpio_remove - the port goes, and its lines with it
 * @fp: the port
 *
 * Context: process, may sleep.
 */
void ftdi_gpio_remove(struct ftdi_port *fp)
{
	struct ftdi_gpio *gpio = fp->gpio;

	if (!gpio)
		return;
	fp->gpio = NULL;
	gpiochip_remove(&gpio->gc);
	mutex_lock(&fp->mutex);
	if (gpio->driven && !fp->gone)
		ftdi_set_bit_mode(fp, FTDI_BIT_MODE_RESET);
	mutex_unlock(&fp->mutex);
	kfree(gpio);
}
