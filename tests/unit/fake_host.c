/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_host.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"

#define PAGE 4096

static void fake_msi(void *ctx, uint64_t address, uint32_t data)
{
	struct fake_host *fh = ctx;

	fh->msi_count++;
	fh->msi_address = address;
	fh->msi_of[data % FAKE_VECTORS]++;
}

static int fake_bind(void *ctx, uint64_t gpa, int fd)
{
	struct fake_host *fh = ctx;

	if (fh->refuse_doorbells)
		return HC_EPLATFORM;
	if (fh->doorbells == FAKE_DOORBELLS)
		abort();
	fh->doorbell[fh->doorbells++] = (struct fake_doorbell){gpa, fd};
	return 0;
}

static void fake_unbind(void *ctx, uint64_t gpa, int fd)
{
	struct fake_host *fh = ctx;

	for (unsigned int i = 0; i < fh->doorbells; i++) {
		if (fh->doorbell[i].gpa != gpa || fh->doorbell[i].fd != fd)
			continue;
		fh->doorbell[i] = fh->doorbell[--fh->doorbells];
		return;
	}
	abort(); /* a device unbinds what it did not bind */
}

static struct fake_watch *find_watch(struct fake_host *fh, int fd)
{
	for (unsigned int i = 0; i < fh->watches; i++)
		if (fh->watch[i].fd == fd)
			return &fh->watch[i];
	return NULL;
}

static int fake_watch(void *ctx, int fd, uint32_t events,
	void (*fn)(void *dev, int fd, uint32_t events), void *dev)
{
	struct fake_host *fh = ctx;
	struct fake_watch *w = find_watch(fh, fd);
	struct stat st;

	if (fh->refuse_files && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return HC_EIO;
	if (!w) {
		if (fh->watches == FAKE_WATCHES)
			return HC_EBUSY;
		w = &fh->watch[fh->watches++];
	}
	*w = (struct fake_watch){fd, events, fn, dev};
	return 0;
}

static void fake_unwatch(void *ctx, int fd)
{
	struct fake_host *fh = ctx;
	struct fake_watch *w = find_watch(fh, fd);

	if (w)
		*w = fh->watch[--fh->watches];
}

static void fake_stop(void *ctx, int status)
{
	struct fake_host *fh = ctx;

	fh->stops++;
	fh->stop_status = status;
}

static void fake_complain(void *ctx, const char *device, const char *what)
{
	struct fake_host *fh = ctx;

	fh->complaints++;
	snprintf(fh->complaint, sizeof(fh->complaint), "%s: %s", device, what);
}

static const struct device_host_ops fake_ops = {
	.msi = fake_msi,
	.doorbell_bind = fake_bind,
	.doorbell_unbind = fake_unbind,
	.watch = fake_watch,
	.unwatch = fake_unwatch,
	.stop = fake_stop,
	.complain = fake_complain,
};

static int fake_is_shared(void *ctx, uint64_t gpa, uint64_t len)
{
	const struct fake_host *fh = ctx;

	return gpa + len <= fh->private_gpa || gpa >= fh->private_gpa + fh->private_len;
}

static uint8_t *guarded(size_t size)
{
	uint8_t *p = mmap(NULL, size + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + PAGE, size, PROT_READ | PROT_WRITE))
		abort();
	return p + PAGE;
}

void fake_host_init(struct fake_host *fh)
{
	memset(fh, 0, sizeof(*fh));
	fh->low = guarded(FAKE_LOW_SIZE);
	fh->high = guarded(FAKE_HIGH_SIZE);
	fh->mem.count = 2;
	fh->mem.ram[0] = (struct guest_ram){FAKE_LOW_GPA, FAKE_LOW_SIZE, fh->low};
	fh->mem.ram[1] = (struct guest_ram){FAKE_HIGH_GPA, FAKE_HIGH_SIZE, fh->high};
	fh->mem.is_shared = fake_is_shared;
	fh->mem.is_shared_ctx = fh;
	fh->host = (struct device_host){&fake_ops, fh, &fh->mem};
	if (pci_init(&fh->pci, &fh->host, &fh->ports, &fh->mmio))
		abort();
}

void fake_host_fini(struct fake_host *fh)
{
	munmap(fh->low - PAGE, FAKE_LOW_SIZE + 2 * PAGE);
	munmap(fh->high - PAGE, FAKE_HIGH_SIZE + 2 * PAGE);
}

void fake_host_mmio_write(struct fake_host *fh, uint64_t gpa, unsigned int size, uint64_t value)
{
	for (unsigned int i = 0; i < fh->doorbells; i++) {
		uint64_t one = 1;

		if (fh->doorbell[i].gpa != gpa)
			continue;
		if (write(fh->doorbell[i].fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
			abort();
		return;
	}
	bus_write(&fh->mmio, gpa, size, value);
}

uint64_t fake_host_mmio_read(struct fake_host *fh, uint64_t gpa, unsigned int size)
{
	return bus_read(&fh->mmio, gpa, size);
}

/* EPOLL* and POLL* bits are the same numbers for the ones in use. */
_Static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLHUP == POLLHUP, "same bits");

static unsigned int run_once(struct fake_host *fh)
{
	struct pollfd fds[FAKE_WATCHES];
	unsigned int n = 0, calls = 0;

	for (unsigned int i = 0; i < fh->watches; i++)
		if (fh->watch[i].events)
			fds[n++] = (struct pollfd){
				.fd = fh->watch[i].fd, .events = (short)fh->watch[i].events};
	if (n == 0 || poll(fds, n, 0) <= 0)
		return 0;
	for (unsigned int i = 0; i < n; i++) {
		/* It may be gone, or ask for something else, since poll. */
		const struct fake_watch *w = find_watch(fh, fds[i].fd);
		uint32_t got = (uint32_t)fds[i].revents;

		if (!w || !w->events || !(got & (w->events | POLLHUP | POLLERR)))
			continue;
		w->fn(w->dev, w->fd, got);
		calls++;
	}
	return calls;
}

unsigned int fake_host_run(struct fake_host *fh, unsigned int rounds)
{
	unsigned int calls = 0;

	for (unsigned int i = 0; i < rounds; i++) {
		unsigned int n = run_once(fh);

		if (n == 0)
			break;
		calls += n;
	}
	return calls;
}
