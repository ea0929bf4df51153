/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The string functions that the compiler and libfdt call. Compiled so that the compiler does not
 * turn them into calls of themselves.
 */
#include <string.h>

#include "firmware/cpu.h"

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
	cpu_copy(to, from, len);
	return to;
}

void *memmove(void *to, const void *from, size_t len)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	if (d <= s || (uintptr_t)d - (uintptr_t)s >= len) {
		cpu_copy(to, from, len);
		return to;
	}
	while (len-- > 0)
		d[len] = s[len];
	return to;
}

void *memset(void *to, int value, size_t len)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(len) : "a"(value) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const uint8_t *x = a, *y = b;

	for (size_t i = 0; i < len; i++) {
		if (x[i] != y[i])
			return x[i] - y[i];
	}
	return 0;
}

void *memchr(const void *p, int c, size_t len)
{
	const uint8_t *x = p;

	for (size_t i = 0; i < len; i++) {
		if (x[i] == (uint8_t)c)
			return (void *)(uintptr_t)(x + i);
	}
	return NULL;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

size_t strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t max)
{
	for (size_t i = 0; i < max; i++) {
		if (a[i] != b[i] || a[i] == 0)
			return (uint8_t)a[i] - (uint8_t)b[i];
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)(uintptr_t)last;
}
