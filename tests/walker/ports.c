/* SPDX-License-Identifier: Apache-2.0 */
/* Ports at every size, in one piece and in strings, inside, across and beside what is there. */
#include "firmware/abi/codes.h"
#include "firmware/abi/layout.h"
#include "firmware/abi/sim_mailbox.h"
#include "tests/walker/walker.h"

void out(uint16_t port, unsigned int size, uint32_t value)
{
	steps++;
	if (size == 1)
		__asm__ volatile("outb %0, %1" : : "a"((uint8_t)value), "Nd"(port));
	else if (size == 2)
		__asm__ volatile("outw %0, %1" : : "a"((uint16_t)value), "Nd"(port));
	else
		__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

uint32_t in(uint16_t port, unsigned int size)
{
	uint32_t v = 0;

	steps++;
	if (size == 1)
		__asm__ volatile("inb %1, %b0" : "+a"(v) : "Nd"(port));
	else if (size == 2)
		__asm__ volatile("inw %1, %w0" : "+a"(v) : "Nd"(port));
	else
		__asm__ volatile("inl %1, %0" : "+a"(v) : "Nd"(port));
	return v;
}

static bool ends_the_vm(uint16_t port, unsigned int size, uint32_t value)
{
	if (port == HC_PORT_REFUSE && size == 4)
		return value >> 16 == HC_REFUSE_MAGIC;
	if (size != 1)
		return false;
	value &= 0xff;
	return (port == HC_PORT_RESET && value == HC_RESET_VALUE) ||
	       (port == HC_PORT_SLEEP_CTRL && value == HC_SLEEP_S5) ||
	       (port == 0x64 && value == 0xfe);
}

void out_safe(uint16_t port, unsigned int size, uint32_t value)
{
	if (port != HC_PORT_SERIAL && !ends_the_vm(port, size, value))
		out(port, size, value);
}

static const struct {
	uint16_t first, last;
} ranges[] = {
	{0x5f, 0x72},
	{0x3f6, 0x400},
	{0x5fe, 0x624},
	{0xcf6, 0xd01},
	{0x1ff, 0x201},
	{0xfffd, 0xffff},
};

static const uint32_t values[] = {0, 1, 0x34, 0xff, 0x80000000, 0xffffffff, 0x48430000};

static void every_size(void)
{
	for (unsigned int r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++) {
		for (uint32_t port = ranges[r].first; port <= ranges[r].last; port++) {
			for (unsigned int size = 1; size <= 4; size *= 2) {
				(void)in((uint16_t)port, size);
				for (unsigned int v = 0; v < sizeof(values) / sizeof(values[0]);
					v++)
					out_safe((uint16_t)port, size, values[v]);
			}
		}
	}
	serial_restore();
}

/* KVM hands such an access over as one exit with a count. */
static void strings(void)
{
	static const uint16_t ports[] = {
		0x71, 0x3fd, 0x3ff, 0x602, 0x618, 0xcf8, 0xcfc, 0xcff, 0x1000};

	for (unsigned int i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		const void *from = arena;
		void *to = arena;
		uint64_t n = 600;

		__asm__ volatile("rep insb" : "+D"(to), "+c"(n) : "d"(ports[i]) : "memory");
		n = 300;
		__asm__ volatile("rep insl" : "+D"(to), "+c"(n) : "d"(ports[i]) : "memory");
		memset(arena, 0, 4096);
		n = 600;
		__asm__ volatile("rep outsb" : "+S"(from), "+c"(n) : "d"(ports[i]) : "memory");
		n = 300;
		__asm__ volatile("rep outsl" : "+S"(from), "+c"(n) : "d"(ports[i]) : "memory");
		steps += 4;
	}
	serial_restore();
}

/* The report mailbox, where there is one: out of order, too much, too little, wrong sizes. */
static void mailbox(void)
{
	static const uint32_t commands[] = {0, 1, 2, 3, 4, 0xffffffff};

	for (unsigned int words = 0; words < 30; words += words < 22 ? 7 : 1) {
		for (unsigned int c = 0; c < sizeof(commands) / sizeof(commands[0]); c++) {
			out(HC_SIM_PORT_COMMAND, 4, HC_SIM_CMD_BEGIN);
			for (unsigned int w = 0; w < words; w++)
				out(HC_SIM_PORT_DATA, 4, w == 16 ? 0 : (uint32_t)rnd());
			out(HC_SIM_PORT_COMMAND, 4, commands[c]);
			(void)in(HC_SIM_PORT_COMMAND, 4);
			(void)in(HC_SIM_PORT_LENGTH, 4);
			for (unsigned int w = 0; w < 12; w++)
				(void)in(HC_SIM_PORT_DATA, 1u << (w % 3));
			out(HC_SIM_PORT_LENGTH, 4, 0xffffffff);
			out(HC_SIM_PORT_SIGNATURE, 4, 0);
			out(HC_SIM_PORT_COMMAND, 2, HC_SIM_CMD_REPORT);
		}
	}
	for (unsigned int i = 0; i < 400; i++)
		(void)in(HC_SIM_PORT_DATA, 4);
}

void walk_ports(void)
{
	every_size();
	strings();
	mailbox();
}
