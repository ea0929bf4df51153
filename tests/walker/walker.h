/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that walks off every edge of the devices. Freestanding, no interrupts, no SSE; every
 * access is one that real guests can make. Ends with "WALKER DONE n" and S5, or with "WALKER
 * FAULT".
 */
#ifndef HC_WALKER_H
#define HC_WALKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_DESC  0x0000u /* offsets in the arena, per queue */
#define RING_AVAIL 0x1000u
#define RING_USED  0x2000u
#define RING_SIZE  0x4000u
#define DATA_AT    0x10000u
#define ARENA_SIZE 0x40000u
#define QUEUE_LEN  16

#define BAR_COMMON 0x0000
#define BAR_ISR    0x1000
#define BAR_DEVICE 0x2000
#define BAR_NOTIFY 0x3000
#define BAR_MSIX   0x4000
#define BAR_SIZE   0x8000

struct device {
	unsigned int slot, queues;
	uint16_t type; /* virtio: 2 block, 19 vsock */
	uint32_t bar;
	uint16_t avail[4];
};

extern uint8_t arena[ARENA_SIZE];
extern uint64_t steps;   /* things tried */
extern uint64_t ram_end; /* of the RAM below 3 GiB */
extern struct device devices[8];
extern unsigned int device_count;

/* main.c */
void *memset(void *to, int value, size_t len);
void *memcpy(void *to, const void *from, size_t len);
uint64_t rnd(void);
void say(const char *text);
void say_number(uint64_t n);
void serial_restore(void);

/* ports.c */
void out(uint16_t port, unsigned int size, uint32_t value);
uint32_t in(uint16_t port, unsigned int size);
/* As out, unless it would end the VM or garble the console. */
void out_safe(uint16_t port, unsigned int size, uint32_t value);
void walk_ports(void);

/* mem.c */
uint64_t load(uint64_t at, unsigned int size);
void store(uint64_t at, unsigned int size, uint64_t value);

/* pci.c */
uint32_t config_read(unsigned int slot, unsigned int offset, unsigned int size);
void config_write(unsigned int slot, unsigned int offset, unsigned int size, uint32_t value);
void find_devices(void);
/* Everything of configuration space back to where it works. */
void place_device(const struct device *d);
void walk_config(void);
void walk_bars(void);
void walk_msix(void);
void walk_windows(void);

/* virtio.c */
uint8_t status_of(const struct device *d);
bool start_device(struct device *d);
void desc(unsigned int q, unsigned int i, uint64_t addr, uint32_t len, unsigned int flags,
	unsigned int next);
void publish(struct device *d, unsigned int q, uint16_t head);
void kick(const struct device *d, unsigned int q);
/* Wait until the device used what was published, or gave up. True if it used it. */
bool settled(const struct device *d, unsigned int q);
uint64_t arena_at(unsigned int offset);
void walk_queues(struct device *d);
void walk_rings(struct device *d);

/* requests.c: each ends with a proper request; false if that does not work any more. */
bool walk_block(struct device *d);
bool walk_vsock(struct device *d);
/* A packet on the transmit queue that has to be answered on the receive queue. */
void send_to_nobody(struct device *d);

/* What is written comes back. */
bool block_answers(struct device *d);

/* convert.c: for a guest on guest_memfd; `high`: it has RAM from 4 GiB. False: the host is wrong.
 */
bool walk_conversions(unsigned int rounds, bool high);

/* random.c */
void walk_at_random(unsigned int rounds);

#endif
