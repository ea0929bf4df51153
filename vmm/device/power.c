/* SPDX-License-Identifier: Apache-2.0 */
/* Ports with which a guest ends itself. Only the documented values at the documented width act. */
#include "vmm/device/power.h"

#include "firmware/abi/codes.h"
#include "firmware/abi/layout.h"
#include "vmm/exit.h"

#define OFF_RESET (HC_PORT_RESET - HC_PORT_RESET)
#define OFF_SLEEP (HC_PORT_SLEEP_CTRL - HC_PORT_RESET)
#define PORTS     (HC_PORT_SLEEP_STATUS + 1 - HC_PORT_RESET)

static uint64_t power_read(void *dev, uint64_t offset, unsigned int size)
{
	(void)dev, (void)offset, (void)size;
	return 0; /* status: no wake event, ever */
}

static void power_write(void *dev, uint64_t offset, unsigned int size, uint64_t value)
{
	const struct power *p = dev;

	if (size != 1)
		return;
	if (offset == OFF_RESET && value == HC_RESET_VALUE)
		p->host->ops->stop(p->host->ctx, VMM_EXIT_RESET);
	else if (offset == OFF_SLEEP && value == HC_SLEEP_S5)
		p->host->ops->stop(p->host->ctx, VMM_EXIT_OFF);
}

static uint64_t refuse_read(void *dev, uint64_t offset, unsigned int size)
{
	(void)dev, (void)offset, (void)size;
	return 0;
}

static void refuse_write(void *dev, uint64_t offset, unsigned int size, uint64_t value)
{
	const struct power *p = dev;

	if (offset != 0 || size != 4 || value >> 16 != HC_REFUSE_MAGIC) {
		p->host->ops->complain(
			p->host->ctx, "power", "a write to the refusal port that is no refusal");
		return;
	}
	p->refused(p->ctx, (uint8_t)value, (uint8_t)(value >> 8));
	p->host->ops->stop(p->host->ctx, VMM_EXIT_REFUSED);
}

static const struct bus_ops power_ops = {.read = power_read, .write = power_write};
static const struct bus_ops refuse_ops = {.read = refuse_read, .write = refuse_write};

int power_init(struct power *p, const struct device_host *host, struct bus *ports,
	void (*refused)(void *ctx, uint8_t code, uint8_t detail), void *ctx)
{
	int rc;

	*p = (struct power){.host = host, .refused = refused, .ctx = ctx};
	rc = bus_add(ports, HC_PORT_RESET, PORTS, &power_ops, p);
	if (rc)
		return rc;
	return bus_add(ports, HC_PORT_REFUSE, 4, &refuse_ops, p);
}
