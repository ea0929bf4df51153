/* SPDX-License-Identifier: Apache-2.0 */
/* The report as a structure, and the verdicts it comes to. */
#include "vmm/check/report.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static const char *const platform_names[CHECK_PLATFORMS] = {
	[CHECK_PLAIN] = "plain",
	[CHECK_SIM_SNP] = "sim-snp",
	[CHECK_SEV_SNP] = "sev-snp",
	[CHECK_TDX] = "tdx",
};

static const char *const verdict_names[] = {
	[CHECK_USABLE] = "usable",
	[CHECK_LIMITED] = "usable with limits",
	[CHECK_NOT_KNOWN] = "not known",
	[CHECK_UNUSABLE] = "not usable",
};

static const char *const outcome_names[] = {
	[CHECK_OK] = "ok",
	[CHECK_NOTE] = "note",
	[CHECK_LIMIT] = "limit",
	[CHECK_UNSURE] = "unknown",
	[CHECK_UNKNOWN] = "unknown",
	[CHECK_MISSING] = "missing",
};

const char *report_platform_name(enum check_platform platform)
{
	return platform_names[platform];
}

const char *report_verdict_name(enum check_verdict verdict)
{
	return verdict_names[verdict];
}

const char *report_outcome_name(enum check_outcome outcome)
{
	return outcome_names[outcome];
}

struct check_finding *report_add(
	struct check_report *r, const char *id, unsigned int platforms, enum check_outcome outcome)
{
	struct check_finding *f = &r->unwanted;

	if (platforms & r->platforms) {
		r->full = r->count == CHECK_FINDINGS_MAX;
		if (!r->full)
			f = &r->finding[r->count++];
	}
	*f = (struct check_finding){
		.id = id, .platforms = platforms & r->platforms, .outcome = outcome};
	return f;
}

/* Some of it comes from files and logs: what no terminal and no JSON should get goes. */
static void printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

#define WRITE(field)                                                                               \
	do {                                                                                       \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, fmt);                                                               \
		vsnprintf(f->field, sizeof(f->field), fmt, args);                                  \
		va_end(args);                                                                      \
		printable(f->field);                                                               \
	} while (0)

void report_looked(struct check_finding *f, const char *fmt, ...)
{
	WRITE(looked);
}

void report_found(struct check_finding *f, const char *fmt, ...)
{
	WRITE(found);
}

void report_needed(struct check_finding *f, const char *fmt, ...)
{
	WRITE(needed);
}

void report_remedy(struct check_finding *f, const char *fmt, ...)
{
	WRITE(remedy);
}

struct check_finding *report_unread(struct check_finding *f, int rc)
{
	report_found(f, "not known: %s", error_errno_text(-rc));
	return f;
}

static bool stands_in_the_way(const struct check_report *r, const char *id)
{
	for (size_t i = 0; i < r->count; i++)
		if (!strcmp(r->finding[i].id, id) && r->finding[i].outcome >= CHECK_UNKNOWN)
			return true;
	return false;
}

void report_follows(struct check_report *r, struct check_finding *f, const char *const ids[])
{
	for (; *ids; ids++)
		if (strcmp(*ids, f->id) && stands_in_the_way(r, *ids)) {
			f->follows = *ids;
			return;
		}
}

enum check_verdict report_verdict(const struct check_report *r, enum check_platform platform)
{
	enum check_outcome worst = CHECK_OK;

	for (size_t i = 0; i < r->count; i++)
		if ((r->finding[i].platforms >> platform & 1) && r->finding[i].outcome > worst)
			worst = r->finding[i].outcome;
	switch (worst) {
	case CHECK_OK:
	case CHECK_NOTE:
		return CHECK_USABLE;
	case CHECK_LIMIT:
	case CHECK_UNSURE:
		return CHECK_LIMITED;
	case CHECK_UNKNOWN:
		return CHECK_NOT_KNOWN;
	case CHECK_MISSING:
		break;
	}
	return CHECK_UNUSABLE;
}

/* CPUID 1, family and model together. Intel's: those whose parts have TDX. */
static const struct {
	char vendor[13];
	unsigned int family, from, to;
	const char *name;
} products[] = {
	{"AuthenticAMD", 0x17, 0x00, 0x0f, "EPYC 7001 (Naples)"},
	{"AuthenticAMD", 0x17, 0x30, 0x3f, "EPYC 7002 (Rome)"},
	{"AuthenticAMD", 0x19, 0x00, 0x0f, "EPYC 7003 (Milan)"},
	{"AuthenticAMD", 0x19, 0x10, 0x1f, "EPYC 9004 (Genoa)"},
	{"AuthenticAMD", 0x19, 0xa0, 0xaf, "EPYC 9004/8004 (Bergamo, Siena)"},
	{"AuthenticAMD", 0x1a, 0x00, 0x1f, "EPYC 9005 (Turin)"},
	{"GenuineIntel", 0x06, 0x8f, 0x8f, "Xeon 4th generation (Sapphire Rapids)"},
	{"GenuineIntel", 0x06, 0xcf, 0xcf, "Xeon 5th generation (Emerald Rapids)"},
	{"GenuineIntel", 0x06, 0xad, 0xae, "Xeon 6 (Granite Rapids)"},
	{"GenuineIntel", 0x06, 0xaf, 0xaf, "Xeon 6 (Sierra Forest)"},
};

const char *report_product(const struct host_cpu *cpu)
{
	for (size_t i = 0; i < sizeof(products) / sizeof(products[0]); i++)
		if (!strcmp(cpu->vendor, products[i].vendor) && cpu->family == products[i].family &&
			cpu->model >= products[i].from && cpu->model <= products[i].to)
			return products[i].name;
	return NULL;
}

void judge(struct check_report *r, const struct host *host, const struct check_wants *wants)
{
	*r = (struct check_report){.platforms = wants->platforms, .host = host};
	judge_machine(r, wants);
	judge_kvm(r, wants);
	judge_snp(r, wants);
	judge_tdx(r, wants);
	judge_limits(r, wants);
}
