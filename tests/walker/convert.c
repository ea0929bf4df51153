/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest on guest_memfd that says which of its memory is private and which is shared, and checks
 * what it finds against a map of its own: a page that changed its state is zero, any other holds
 * what was written last. Two areas, one on each side of the 4 GiB hole, so in two slots. In between
 * it waits for a byte from the host, which looks from its side.
 */
#include "firmware/abi/layout.h"
#include "tests/walker/walker.h"

#define AREA_PAGES 4096u /* 16 MiB */
#define LOW_AREA   0x8000000ull
#define PAGE_WORDS (HC_PAGE_SIZE / 8)
#define SECRET     0x4554455243455348ull /* "HSECRETE", at the start of every page that is filled */

#define HC_MAP_GPA_RANGE 12
#define PRIVATE          0x10
#define PAGES_2M         0x1
#define PAGES_1G         0x2

struct area {
	uint64_t gpa;
	bool is_private[AREA_PAGES];
	uint64_t holds[AREA_PAGES]; /* what its words are; 0: zero */
};
static struct area areas[2];
static unsigned int area_count;

static bool on_amd(void)
{
	uint32_t a = 0, b, c, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
	return b == 0x68747541; /* "Auth" */
}

static int64_t hypercall(uint64_t nr, uint64_t gpa, uint64_t pages, uint64_t attributes)
{
	int64_t rc;

	steps++;
	if (on_amd())
		__asm__ volatile("vmmcall"
				 : "=a"(rc)
				 : "a"(nr), "b"(gpa), "c"(pages), "d"(attributes)
				 : "memory");
	else
		__asm__ volatile("vmcall"
				 : "=a"(rc)
				 : "a"(nr), "b"(gpa), "c"(pages), "d"(attributes)
				 : "memory");
	return rc;
}

static bool complain(const char *what, uint64_t n)
{
	say("CONVERT: ");
	say(what);
	say(" ");
	say_number(n);
	say("\n");
	return false;
}

/* A fifth GiB beside the four that are mapped. */
static void map_high(void)
{
	static uint64_t directory[512] __attribute__((aligned(4096)));
	uint64_t pml4, *pdpt;

	for (uint64_t i = 0; i < 512; i++)
		directory[i] = HC_RAM_HIGH_BASE | i << 21 | 0x83;
	__asm__ volatile("mov %%cr3, %0" : "=r"(pml4));
	pdpt = (uint64_t *)(*(uint64_t *)pml4 & ~0xfffull);
	pdpt[4] = (uint64_t)(uintptr_t)directory | 3;
	__asm__ volatile("mov %0, %%cr3" : : "r"(pml4) : "memory");
}

static volatile uint64_t *page_of(const struct area *a, uint32_t page)
{
	return (volatile uint64_t *)(a->gpa + (uint64_t)page * HC_PAGE_SIZE);
}

/* The words of a page are all different, and no page's are another's. */
static uint64_t word_of(uint64_t holds, unsigned int i)
{
	return !holds ? 0 : !i ? SECRET : holds * 0x9e3779b97f4a7c15 + i;
}

static void fill(struct area *a, uint32_t page)
{
	volatile uint64_t *p = page_of(a, page);

	a->holds[page] = rnd() | 1;
	for (unsigned int i = 0; i < PAGE_WORDS; i++)
		p[i] = word_of(a->holds[page], i);
	steps++;
}

static bool holds(const struct area *a, uint32_t page, unsigned int step)
{
	volatile uint64_t *p = page_of(a, page);

	for (unsigned int i = 0; i < PAGE_WORDS; i += step)
		if (p[i] != word_of(a->holds[page], i)) {
			return complain(a->holds[page] ? "not what was written: page at"
						       : "not zero: page at",
				a->gpa + (uint64_t)page * HC_PAGE_SIZE);
		}
	return true;
}

static bool all_hold(unsigned int step)
{
	bool good = true;

	for (unsigned int n = 0; n < area_count && good; n++)
		for (uint32_t page = 0; page < AREA_PAGES && good; page++)
			good = holds(&areas[n], page, step);
	return good;
}

static bool convert(struct area *a, uint32_t first, uint32_t count, bool to_private)
{
	/* The size of a page is a hint, with which nothing may change. */
	static const uint8_t sizes[] = {0, 0, 0, PAGES_2M, PAGES_1G};
	uint64_t gpa = a->gpa + (uint64_t)first * HC_PAGE_SIZE;
	int64_t rc = hypercall(
		HC_MAP_GPA_RANGE, gpa, count, (to_private ? PRIVATE : 0) | sizes[rnd() % 5]);

	if (rc)
		return complain("a proper conversion was refused:", (uint64_t)-rc);
	for (uint32_t i = first; i < first + count; i++) {
		if (a->is_private[i] != to_private)
			a->holds[i] = 0;
		a->is_private[i] = to_private;
	}
	return true;
}

static bool convert_all(bool to_private)
{
	bool good = true;

	for (unsigned int n = 0; n < area_count && good; n++)
		good = convert(&areas[n], 0, AREA_PAGES, to_private);
	return good;
}

static uint32_t random_count(uint32_t most)
{
	static const uint32_t scales[] = {1, 2, 8, 64, 64, 512, AREA_PAGES};
	uint32_t count = 1 + (uint32_t)(rnd() % scales[rnd() % 7]);

	return count < most ? count : most;
}

static bool random_round(void)
{
	struct area *a = &areas[rnd() % area_count];
	uint32_t first = (uint32_t)(rnd() % AREA_PAGES), count = random_count(AREA_PAGES - first);
	uint32_t last = first + count - 1;
	bool good;

	for (unsigned int i = 0; i < 4; i++)
		fill(a, first + (uint32_t)(rnd() % count));
	good = convert(a, first, count, rnd() & 1);
	for (unsigned int i = 0; i < 8 && good; i++)
		good = holds(a, first + (uint32_t)(rnd() % count), 1);
	/* Where a conversion went too far or not far enough. */
	return good && holds(a, first, 1) && holds(a, last, 1) &&
	       (!first || holds(a, first - 1, 1)) &&
	       (last == AREA_PAGES - 1 || holds(a, last + 1, 1));
}

static bool refused(uint64_t nr, uint64_t gpa, uint64_t pages, uint64_t attributes)
{
	return hypercall(nr, gpa, pages, attributes) ||
	       complain("taken, and should not be: a request at", gpa);
}

/* None of it may change anything. */
static bool hostile(void)
{
	const uint64_t low = areas[0].gpa;
	bool good = refused(HC_MAP_GPA_RANGE, low + 1, 1, PRIVATE) &&
		    refused(HC_MAP_GPA_RANGE, low, 0, PRIVATE) &&
		    refused(HC_MAP_GPA_RANGE, low, 1, PRIVATE | 0x20) &&
		    refused(HC_MAP_GPA_RANGE, low, 1, PRIVATE | 0x3) &&
		    refused(HC_MAP_GPA_RANGE, low, 1, 1ull << 63) &&
		    refused(HC_MAP_GPA_RANGE, low, UINT64_MAX / HC_PAGE_SIZE, PRIVATE) &&
		    refused(HC_MAP_GPA_RANGE, low, UINT64_MAX, PRIVATE) &&
		    refused(HC_MAP_GPA_RANGE, ram_end - HC_PAGE_SIZE, 2, PRIVATE) &&
		    refused(HC_MAP_GPA_RANGE, ram_end, 1, PRIVATE) &&
		    refused(HC_MAP_GPA_RANGE, HC_STAGING_GPA, 1, PRIVATE) &&
		    refused(HC_MAP_GPA_RANGE, HC_LAPIC_GPA, 1, 0) &&
		    refused(HC_MAP_GPA_RANGE, HC_RAM_HIGH_BASE - HC_PAGE_SIZE, 2, 0) &&
		    refused(HC_MAP_GPA_RANGE, 1ull << 45, 1, PRIVATE) &&
		    refused(HC_MAP_GPA_RANGE, 0 - (uint64_t)HC_PAGE_SIZE, 1, PRIVATE) &&
		    refused(HC_MAP_GPA_RANGE + 1000, low, 1, PRIVATE);

	return good && all_hold(1);
}

/* A device is kept from private pages, and gets to them again when they are shared. */
static bool devices_know(struct device *d)
{
	uint64_t at = arena_at(DATA_AT + 0x1000);

	if (!block_answers(d))
		return complain("the drive does not answer", 0);
	if (hypercall(HC_MAP_GPA_RANGE, at, 1, PRIVATE))
		return complain("a proper conversion was refused:", at);
	if (block_answers(d))
		return complain("the drive reached private memory at", at);
	if (hypercall(HC_MAP_GPA_RANGE, at, 1, 0))
		return complain("a proper conversion was refused:", at);
	return block_answers(d) || complain("the drive does not reach shared memory at", at);
}

static void await_host(const char *what)
{
	say("CONVERT ");
	say(what);
	say("\n");
	while (!(in(HC_PORT_SERIAL + 5, 1) & 1))
		;
	(void)in(HC_PORT_SERIAL, 1);
}

static bool fill_all(void)
{
	if (!all_hold(1))
		return complain("memory is not zero at the start", 0);
	for (unsigned int n = 0; n < area_count; n++)
		for (uint32_t page = 0; page < AREA_PAGES; page++)
			fill(&areas[n], page);
	/* They are shared: nothing may come of this. */
	return convert_all(false) && all_hold(1);
}

static bool try_at_random(unsigned int rounds)
{
	bool good = all_hold(1);

	for (unsigned int i = 0; i < rounds && good; i++)
		good = random_round();
	good = good && all_hold(1) && hostile();
	for (unsigned int i = 0; i < device_count && good; i++)
		good = devices[i].type != 2 || devices_know(&devices[i]);
	return good && convert_all(true) && convert_all(false);
}

bool walk_conversions(unsigned int rounds, bool high)
{
	areas[0].gpa = LOW_AREA;
	areas[1].gpa = HC_RAM_HIGH_BASE;
	area_count = high ? 2 : 1;
	map_high();
	if (!fill_all())
		return false;
	await_host("FILLED");
	if (!convert_all(true))
		return false;
	await_host("DROPPED");
	if (!try_at_random(rounds))
		return false;
	await_host("ENDING");
	return all_hold(1);
}
