/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of one call: the allocator is wrapped, and the call runs on a stack painted before. */
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/bench/snp_speed.h"

#define STACK_SIZE (4U << 20)
#define PAINT      0xa5

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static bool counting;
static struct memory now;
static size_t live;

static void *took(void *p, size_t size)
{
	if (!counting || !p)
		return p;
	now.allocations++;
	now.bytes += size;
	live += malloc_usable_size(p);
	if (live > now.peak_heap)
		now.peak_heap = live;
	return p;
}

static void gave(void *p)
{
	size_t size = counting && p ? malloc_usable_size(p) : 0;

	live -= size < live ? size : live;
}

void *malloc(size_t size)
{
	return took(__libc_malloc(size), size);
}

void *calloc(size_t count, size_t size)
{
	return took(__libc_calloc(count, size), count * size);
}

void *realloc(void *p, size_t size)
{
	gave(p);
	return took(__libc_realloc(p, size), size);
}

void free(void *p)
{
	gave(p);
	__libc_free(p);
}

struct job {
	void (*call)(void *);
	void *ctx;
};

static void *run(void *arg)
{
	const struct job *job = arg;

	counting = true;
	job->call(job->ctx);
	counting = false;
	return NULL;
}

/* The thread's own data lies at the top of the stack too, and is counted with it. */
static size_t painted_over(const uint8_t *stack)
{
	size_t i = 0;

	while (i < STACK_SIZE && stack[i] == PAINT)
		i++;
	return STACK_SIZE - i;
}

static void on_stack(uint8_t *stack, struct job *job)
{
	pthread_attr_t attr;
	pthread_t thread;

	memset(stack, PAINT, STACK_SIZE);
	if (pthread_attr_init(&attr) || pthread_attr_setstack(&attr, stack, STACK_SIZE) ||
		pthread_create(&thread, &attr, run, job) || pthread_join(thread, NULL))
		abort();
	pthread_attr_destroy(&attr);
}

static void nothing(void *ctx)
{
	(void)ctx;
}

struct memory memory_of(void (*call)(void *), void *ctx)
{
	uint8_t *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	struct job empty = {nothing, NULL}, job = {call, ctx};
	size_t without;

	if (stack == MAP_FAILED)
		abort();
	on_stack(stack, &empty);
	without = painted_over(stack);
	now = (struct memory){0};
	live = 0;
	on_stack(stack, &job);
	now.peak_stack = painted_over(stack) - without;
	munmap(stack, STACK_SIZE);
	return now;
}
