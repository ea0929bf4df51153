/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allocator that fails when it is told to, for programs that try each allocation in turn. It
 * replaces the C library's in the program that includes this, once; not under AddressSanitizer,
 * which has one of its own: OWN_ALLOCATOR is 0 then.
 */
#ifndef HC_TESTS_FAULTS_H
#define HC_TESTS_FAULTS_H

#include <stdbool.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define OWN_ALLOCATOR 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OWN_ALLOCATOR 0
#endif
#endif
#ifndef OWN_ALLOCATOR
#define OWN_ALLOCATOR 1
#endif

#if OWN_ALLOCATOR

static long fail_at = -1; /* the allocation that fails; -1: none */
static long allocations;
static bool failed;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);

static bool fails(void)
{
	if (fail_at < 0 || allocations++ != fail_at)
		return false;
	failed = true;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

#if HC_CRYPTO_NETTLE
#include <gmp.h>

static void *grow(void *p, size_t old_size, size_t size)
{
	(void)old_size;
	return __libc_realloc(p, size);
}

static void release(void *p, size_t size)
{
	(void)size;
	free(p);
}

/* GMP ends the program where an allocation fails (attest/crypto/verify.h): it is left out here. */
static int leave_out_gmp(void **state)
{
	(void)state;
	mp_set_memory_functions(__libc_malloc, grow, release);
	return 0;
}
#define SETUP leave_out_gmp
#else
#define SETUP NULL
#endif

#else

#define SETUP NULL

#endif

#endif
