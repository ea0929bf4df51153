/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 16550A, polled. The guest can fill the output buffer and nothing else; it is drained on the
 * device thread whenever the descriptor takes it.
 */
#include "vmm/device/serial.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "firmware/abi/layout.h"

enum {
	REG_DATA = 0, /* RBR, THR; DLL with DLAB */
	REG_IER = 1,  /* DLM with DLAB */
	REG_IIR = 2,  /* read; FCR on write */
	REG_LCR = 3,
	REG_MCR = 4,
	REG_LSR = 5,
	REG_MSR = 6,
	REG_SCR = 7,
	PORTS = 8,
};

#define IER_RX       0x01
#define IER_TX       0x02
#define IER_BITS     0x0f
#define IIR_NONE     0x01
#define IIR_TX       0x02
#define IIR_RX       0x04
#define IIR_FIFO     0xc0
#define FCR_ENABLE   0x01
#define FCR_CLEAR_RX 0x02
#define LCR_DLAB     0x80
#define MCR_DTR      0x01
#define MCR_RTS      0x02
#define MCR_OUT1     0x04
#define MCR_OUT2     0x08
#define MCR_LOOP     0x10
#define MCR_BITS     0x1f
#define LSR_DATA     0x01
#define LSR_OVERRUN  0x02
#define LSR_THRE     0x20
#define LSR_TEMT     0x40
#define MSR_CTS      0x10
#define MSR_DSR      0x20
#define MSR_RI       0x40
#define MSR_DCD      0x80

static void on_output(void *dev, int fd, uint32_t events);
static void on_input(void *dev, int fd, uint32_t events);

static void watch_output(struct serial *s, bool armed)
{
	if (!s->out_watched || s->out_armed == armed)
		return;
	if (s->host->ops->watch(s->host->ctx, s->out_fd, armed ? EPOLLOUT : 0, on_output, s) == 0)
		s->out_armed = armed;
}

static void watch_input(struct serial *s)
{
	if (s->in_watched)
		(void)s->host->ops->watch(s->host->ctx, s->in_fd,
			s->in_count < SERIAL_IN_BYTES ? EPOLLIN : 0, on_input, s);
}

/* Nobody will ever read: forget the descriptor. */
static void output_lost(struct serial *s)
{
	if (s->out_watched)
		s->host->ops->unwatch(s->host->ctx, s->out_fd);
	s->out_watched = s->out_armed = false;
	s->out_fd = -1;
	s->out_count = 0;
}

/* One write of what is buffered; the caller knows that it does not block. */
static void flush_once(struct serial *s)
{
	ssize_t n = write(s->out_fd, s->out, s->out_count);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0) {
		output_lost(s);
		return;
	}
	s->out_count -= (unsigned int)n;
	memmove(s->out, s->out + n, s->out_count);
}

static void on_output(void *dev, int fd, uint32_t events)
{
	struct serial *s = dev;

	(void)fd, (void)events;
	if (s->out_count)
		flush_once(s);
	if (!s->out_count)
		watch_output(s, false);
}

static void receive(struct serial *s, uint8_t byte)
{
	if (s->in_count == SERIAL_IN_BYTES) {
		s->overrun = true;
		return;
	}
	s->in[(s->in_head + s->in_count++) % SERIAL_IN_BYTES] = byte;
}

static void on_input(void *dev, int fd, uint32_t events)
{
	struct serial *s = dev;
	uint8_t bytes[SERIAL_IN_BYTES];
	ssize_t n;

	(void)events;
	if (s->in_count == SERIAL_IN_BYTES)
		return;
	n = read(fd, bytes, SERIAL_IN_BYTES - s->in_count);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) { /* end of input */
		s->host->ops->unwatch(s->host->ctx, fd);
		s->in_watched = false;
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		receive(s, bytes[i]);
	watch_input(s);
}

static void transmit(struct serial *s, uint8_t byte)
{
	if (s->mcr & MCR_LOOP) {
		receive(s, byte);
		return;
	}
	if (s->out_fd < 0 || s->out_count == SERIAL_OUT_BYTES)
		return;
	s->out[s->out_count++] = byte;
	if (s->out_watched)
		watch_output(s, true);
	else
		flush_once(s); /* a regular file, which epoll does not take */
}

static uint8_t take(struct serial *s)
{
	uint8_t byte;

	if (s->in_count == 0)
		return 0;
	byte = s->in[s->in_head];
	s->in_head = (s->in_head + 1) % SERIAL_IN_BYTES;
	s->in_count--;
	/* One byte of room is as good as many: the next poll of the guest finds the rest. */
	if (s->in_count == SERIAL_IN_BYTES - 1 || s->in_count == 0)
		watch_input(s);
	return byte;
}

static uint8_t line_status(struct serial *s)
{
	uint8_t lsr = 0;

	if (s->in_count)
		lsr |= LSR_DATA;
	if (s->overrun)
		lsr |= LSR_OVERRUN;
	s->overrun = false;
	if (s->out_count < SERIAL_OUT_BYTES)
		lsr |= LSR_THRE | LSR_TEMT;
	return lsr;
}

/* In loopback the outputs come back as inputs: RTS-CTS, DTR-DSR, OUT1-RI, OUT2-DCD. */
static uint8_t modem_status(const struct serial *s)
{
	uint8_t msr = 0;

	if (!(s->mcr & MCR_LOOP))
		return MSR_CTS | MSR_DSR | MSR_DCD;
	if (s->mcr & MCR_RTS)
		msr |= MSR_CTS;
	if (s->mcr & MCR_DTR)
		msr |= MSR_DSR;
	if (s->mcr & MCR_OUT1)
		msr |= MSR_RI;
	if (s->mcr & MCR_OUT2)
		msr |= MSR_DCD;
	return msr;
}

static uint8_t interrupt_id(struct serial *s)
{
	uint8_t fifo = s->fcr & FCR_ENABLE ? IIR_FIFO : 0;

	if (s->ier & IER_RX && s->in_count)
		return fifo | IIR_RX;
	if (s->ier & IER_TX && s->thr_pending && s->out_count < SERIAL_OUT_BYTES) {
		s->thr_pending = false;
		return fifo | IIR_TX;
	}
	return fifo | IIR_NONE;
}

static uint64_t serial_read(void *dev, uint64_t offset, unsigned int size)
{
	struct serial *s = dev;

	if (size != 1)
		return UINT64_MAX;
	switch (offset) {
	case REG_DATA:
		return s->lcr & LCR_DLAB ? s->dll : take(s);
	case REG_IER:
		return s->lcr & LCR_DLAB ? s->dlm : s->ier;
	case REG_IIR:
		return interrupt_id(s);
	case REG_LCR:
		return s->lcr;
	case REG_MCR:
		return s->mcr;
	case REG_LSR:
		return line_status(s);
	case REG_MSR:
		return modem_status(s);
	}
	return s->scr;
}

static void write_data(struct serial *s, uint8_t value)
{
	if (s->lcr & LCR_DLAB) {
		s->dll = value;
		return;
	}
	transmit(s, value);
	s->thr_pending = true;
}

static void write_ier(struct serial *s, uint8_t value)
{
	if (s->lcr & LCR_DLAB) {
		s->dlm = value;
		return;
	}
	if (value & IER_TX && !(s->ier & IER_TX))
		s->thr_pending = true;
	s->ier = value & IER_BITS;
}

static void write_fcr(struct serial *s, uint8_t value)
{
	s->fcr = value & FCR_ENABLE;
	if (!(value & FCR_CLEAR_RX))
		return;
	s->in_head = s->in_count = 0;
	watch_input(s);
}

static void serial_write(void *dev, uint64_t offset, unsigned int size, uint64_t value)
{
	struct serial *s = dev;
	uint8_t byte = (uint8_t)value;

	if (size != 1)
		return;
	switch (offset) {
	case REG_DATA:
		write_data(s, byte);
		break;
	case REG_IER:
		write_ier(s, byte);
		break;
	case REG_IIR:
		write_fcr(s, byte);
		break;
	case REG_LCR:
		s->lcr = byte;
		break;
	case REG_MCR:
		s->mcr = byte & MCR_BITS;
		break;
	case REG_SCR:
		s->scr = byte;
		break;
	}
}

static const struct bus_ops serial_ops = {.read = serial_read, .write = serial_write};

int serial_init(
	struct serial *s, const struct device_host *host, struct bus *ports, int in_fd, int out_fd)
{
	int rc = bus_add(ports, HC_PORT_SERIAL, PORTS, &serial_ops, s);

	*s = (struct serial){.host = host, .in_fd = in_fd, .out_fd = out_fd, .dll = 12};
	if (rc)
		return rc;
	/* epoll refuses regular files and /dev/null: those take output at once. */
	if (out_fd >= 0)
		s->out_watched = s->out_armed =
			host->ops->watch(host->ctx, out_fd, EPOLLOUT, on_output, s) == 0;
	if (in_fd >= 0)
		s->in_watched = host->ops->watch(host->ctx, in_fd, EPOLLIN, on_input, s) == 0;
	return 0;
}

void serial_fini(struct serial *s)
{
	struct pollfd ready = {.fd = s->out_fd, .events = POLLOUT};

	while (s->out_fd >= 0 && s->out_count && poll(&ready, 1, 0) == 1 && ready.revents & POLLOUT)
		flush_once(s);
	if (s->out_watched)
		s->host->ops->unwatch(s->host->ctx, s->out_fd);
	if (s->in_watched)
		s->host->ops->unwatch(s->host->ctx, s->in_fd);
	s->out_watched = s->in_watched = false;
}
