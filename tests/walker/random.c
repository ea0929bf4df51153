/* SPDX-License-Identifier: Apache-2.0 */
/* No plan: accesses at random, near things that matter. The seed is printed at the start. */
#include "firmware/abi/layout.h"
#include "tests/walker/walker.h"

static void random_port(void)
{
	static const uint16_t near[] = {
		0x70, 0x3f8, 0x600, 0x604, 0x610, 0x618, HC_PORT_PCI_ADDRESS, HC_PORT_PCI_DATA};
	uint16_t port = (uint16_t)(near[rnd() % 8] + rnd() % 10 - 1);
	unsigned int size = 1u << (rnd() % 3);

	if (rnd() & 1)
		(void)in(port, size);
	else
		out_safe(port, size, (uint32_t)rnd());
}

static void random_config(const struct device *d)
{
	unsigned int offset = rnd() & 0xff, size = 1u << (rnd() % 3);

	/* PCI_CFG reaches the MSI-X table: fixed delivery mode there, see walk_msix. */
	config_write(d->slot, offset, size, (uint32_t)rnd() & ~0x700u);
	if (rnd() % 4 == 0)
		place_device(d);
}

static void random_register(const struct device *d)
{
	static const uint16_t near[] = {BAR_COMMON, BAR_COMMON, BAR_COMMON, BAR_ISR, BAR_DEVICE,
		BAR_NOTIFY, BAR_MSIX, 0x5000};
	uint64_t at = d->bar + near[rnd() % 8] + rnd() % 0x40;
	unsigned int size = 1u << (rnd() % 4);

	if (rnd() & 1)
		(void)load(at, size);
	else
		store(at, size, rnd() & ~0x0000070000000700ull);
}

static uint64_t random_address(void)
{
	switch (rnd() % 5) {
	case 0:
		return ram_end - rnd() % 64;
	case 1:
		return rnd();
	case 2:
		return devices[0].bar + rnd() % 64;
	}
	return arena_at(DATA_AT + (unsigned int)(rnd() % 0x8000));
}

static void random_ring(struct device *d)
{
	unsigned int q = (unsigned int)(rnd() % d->queues);

	if (rnd() % 4 == 0)
		(void)start_device(d);
	for (unsigned int i = 0; i < QUEUE_LEN; i++) {
		uint64_t addr = random_address();
		uint32_t flags = rnd() & 7;

		/* Nothing of ours is given away for writing. */
		if (addr > arena_at(ARENA_SIZE - 0x20000) || addr < arena_at(DATA_AT))
			flags &= addr < ram_end ? ~2u : ~0u;
		desc(q, i, addr, rnd() % 4 ? (uint32_t)(rnd() % 0x400) : (uint32_t)rnd(), flags,
			(unsigned int)(rnd() % (QUEUE_LEN + 1)));
	}
	for (unsigned int i = 0; i < 4; i++)
		publish(d, q, (uint16_t)(rnd() % QUEUE_LEN));
	kick(d, q);
	if (rnd() & 1)
		store(d->bar + 0x14, 1, 0);
}

void walk_at_random(unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds && device_count; i++) {
		struct device *d = &devices[rnd() % device_count];

		switch (rnd() % 5) {
		case 0:
			random_port();
			break;
		case 1:
			random_config(d);
			break;
		case 2:
			random_ring(d);
			break;
		default:
			random_register(d);
		}
	}
	for (unsigned int i = 0; i < device_count; i++)
		store(devices[i].bar + 0x14, 1, 0);
}
