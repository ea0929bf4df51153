/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk, in order. The command line may say "seed=N", "rounds=N" and "ports-only=1" (for the
 * mailbox of a simulated platform), or "convert=ROUNDS" for conversions of memory and no walk.
 */
#include "firmware/abi/layout.h"
#include "tests/walker/walker.h"

#define BOOT_E820_COUNT 0x1e8
#define BOOT_CMDLINE    0x228
#define BOOT_E820       0x2d0

uint8_t arena[ARENA_SIZE] __attribute__((aligned(4096)));
uint64_t steps, ram_end;
struct device devices[8];
unsigned int device_count;
static bool high_ram;
static uint64_t seed = 0x9e3779b97f4a7c15;

void walker_main(const uint8_t *boot);
void walker_fault(uint64_t a, uint64_t b);

/* The compiler calls these two whatever it is told. */
void *memset(void *to, int value, size_t len)
{
	void *d = to;

	__asm__ volatile("rep stosb" : "+D"(d), "+c"(len) : "a"(value) : "memory");
	return to;
}

void *memcpy(void *to, const void *from, size_t len)
{
	void *d = to;

	__asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(len) : : "memory");
	return to;
}

/* xorshift64* */
uint64_t rnd(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 0x2545f4914f6cdd1d;
}

void say(const char *text)
{
	for (; *text; text++) {
		for (unsigned int i = 0; i < 100000 && !(in(HC_PORT_SERIAL + 5, 1) & 0x20); i++)
			;
		out(HC_PORT_SERIAL, 1, (uint8_t)*text);
	}
}

void say_number(uint64_t n)
{
	char digits[24];
	unsigned int i = sizeof(digits) - 1;

	digits[i] = '\0';
	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	say(digits + i);
}

void serial_restore(void)
{
	out(HC_PORT_SERIAL + 3, 1, 3);
	out(HC_PORT_SERIAL + 4, 1, 3);
	out(HC_PORT_SERIAL + 2, 1, 7);
	out(HC_PORT_SERIAL + 1, 1, 0);
}

static void off(void)
{
	out(HC_PORT_SLEEP_CTRL, 1, HC_SLEEP_S5);
	for (;;)
		__asm__ volatile("hlt");
}

void walker_fault(uint64_t a, uint64_t b)
{
	serial_restore();
	say("\nWALKER FAULT at or with ");
	say_number(a);
	say(" ");
	say_number(b);
	say(" after ");
	say_number(steps);
	say(" steps\n");
	off();
}

static uint64_t option(const char *cmdline, const char *name, uint64_t otherwise)
{
	for (; *cmdline; cmdline++) {
		uint64_t n = 0;
		size_t i = 0;

		while (name[i] && cmdline[i] == name[i])
			i++;
		if (name[i])
			continue;
		for (; cmdline[i] >= '0' && cmdline[i] <= '9'; i++)
			n = n * 10 + (uint64_t)(cmdline[i] - '0');
		return n;
	}
	return otherwise;
}

/* The end of the RAM below 3 GiB; and is there any above? */
static void look_at_memory(const uint8_t *boot)
{
	for (unsigned int i = 0; i < boot[BOOT_E820_COUNT]; i++) {
		uint64_t e = (uint64_t)(uintptr_t)boot + BOOT_E820 + 20 * i;
		uint64_t end = load(e, 8) + load(e + 8, 8);

		if (load(e + 16, 4) == 1 && end <= HC_RAM_LOW_END && end > ram_end)
			ram_end = end;
		if (load(e + 16, 4) == 1 && end > HC_RAM_HIGH_BASE)
			high_ram = true;
	}
}

static bool walk_device(struct device *d, bool rings)
{
	if (rings) {
		walk_queues(d);
		walk_rings(d);
	}
	if (d->type == 2)
		return walk_block(d);
	return d->type != 19 || walk_vsock(d);
}

static void report(const char *what)
{
	serial_restore();
	say("walker: ");
	say(what);
	say(" (");
	say_number(steps);
	say(" steps)\n");
}

/* True if every device still does its work. */
static bool walk_devices(bool rings)
{
	bool good = true;

	for (unsigned int i = 0; i < device_count; i++) {
		place_device(&devices[i]);
		good &= walk_device(&devices[i], rings);
		report(devices[i].type == 2 ? "block" : "vsock");
	}
	return good;
}

static void walk_pci(void)
{
	walk_config();
	report("configuration space");
	walk_bars();
	report("BARs");
	walk_msix();
	report("MSI-X");
	walk_windows();
	report("PCI_CFG windows");
}

/* True if every device still does its work after all of it. */
static bool walk_all(unsigned int rounds)
{
	bool good;

	walk_pci();
	good = walk_devices(true);
	walk_at_random(rounds);
	report("random rounds");
	return walk_devices(false) && good;
}

static void start(const char *cmdline)
{
	serial_restore();
	seed = option(cmdline, "seed=", seed) | 1;
	say("WALKER START seed=");
	say_number(seed);
	say(" ram_end=");
	say_number(ram_end);
	find_devices();
	say(" devices=");
	say_number(device_count);
	say("\n");
}

void walker_main(const uint8_t *boot)
{
	const char *cmdline = (const char *)(uintptr_t)load((uintptr_t)boot + BOOT_CMDLINE, 4);
	uint64_t conversions = option(cmdline, "convert=", 0);
	bool good = true;

	look_at_memory(boot);
	start(cmdline);
	if (conversions) {
		good = walk_conversions((unsigned int)conversions, high_ram);
	} else {
		walk_ports();
		report("ports");
		if (!option(cmdline, "ports-only=", 0))
			good = walk_all((unsigned int)option(cmdline, "rounds=", 2000));
	}
	say(good ? "WALKER DONE " : "WALKER: not as it should be ");
	say_number(steps);
	say("\n");
	off();
}
