/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text on the page: what comes out holds no markup of its own, is UTF-8, and says the same as a
 * cleaned text would. And any text as what a format made: refill never leaves its room.
 */
#include <stdlib.h>

#include "attest/result/html.h"
#include "common/refill.h"
#include "common/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_html(const char *text)
{
	struct bytes out = {0};
	struct html h = {.bytes = &out};
	char *copy;

	html_text(&h, text);
	if (h.rc || bytes_append(&out, "", 1))
		abort();
	if (strpbrk((const char *)out.data, "<>\"'"))
		abort();
	/* Nothing is left to be cleaned. */
	copy = strdup((const char *)out.data);
	if (!copy)
		abort();
	text_clean(copy);
	if (strcmp(copy, (const char *)out.data) != 0)
		abort();
	free(copy);
	bytes_free(&out);
}

static void fill(const char *filled, const char *format, const char *translation)
{
	char small[16];

	memset(small, 'x', sizeof(small));
	refill(small, sizeof(small), filled, format, translation);
	if (!memchr(small, '\0', sizeof(small)))
		abort();
}

static void check_refill(const char *text)
{
	static const char *const formats[][2] = {{"at most %zu bytes", "au plus %zu octets"},
		{"%s: %s", "%2$s : %1$s"}, {"%s", "« %s »"}, {"100%% of %d, %d", "%d %% de %d"},
		{"found", "trouvé"}};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		fill(text, formats[i][0], formats[i][1]);
	/* As a format too: nothing is printed with it. */
	fill("filled, 12", text, "translated");
	fill("filled, 12", "filled, %d", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	check_html(text);
	check_refill(text);
	free(text);
	return 0;
}
