/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `hc-vmm check` concludes: findings, each with what was looked at, found and needed, and what
 * to do; and from them a verdict for each platform. Identifiers are stable: operators' tools read
 * them (docs/check.schema.json).
 */
#ifndef HC_VMM_CHECK_REPORT_H
#define HC_VMM_CHECK_REPORT_H

#include <stdio.h>

#include "vmm/check/host.h"

enum check_platform { CHECK_PLAIN, CHECK_SIM_SNP, CHECK_SEV_SNP, CHECK_TDX, CHECK_PLATFORMS };

/* Sets of platforms. */
#define ON_PLAIN  (1u << CHECK_PLAIN)
#define ON_SIM    (1u << CHECK_SIM_SNP)
#define ON_SNP    (1u << CHECK_SEV_SNP)
#define ON_TDX    (1u << CHECK_TDX)
#define ON_ALL    (ON_PLAIN | ON_SIM | ON_SNP | ON_TDX)
#define ON_SHARED (ON_PLAIN | ON_SIM)
#define ON_SEALED (ON_SNP | ON_TDX)

/* From good to bad; a platform is as good as the worst of its findings. */
enum check_outcome {
	CHECK_OK,
	CHECK_NOTE,    /* worth knowing, and no harm */
	CHECK_LIMIT,   /* works, with a limit */
	CHECK_UNSURE,  /* could not be looked at, and may be such a limit */
	CHECK_UNKNOWN, /* could not be looked at, and a guest needs it */
	CHECK_MISSING, /* a guest needs it */
};

enum check_verdict { CHECK_USABLE, CHECK_LIMITED, CHECK_NOT_KNOWN, CHECK_UNUSABLE };

struct check_finding {
	const char *id;         /* "kvm.device" */
	unsigned int platforms; /* ON_* */
	enum check_outcome outcome;
	char looked[128]; /* path, ioctl, CPUID leaf */
	char found[320], needed[160], remedy[640];
	const char *follows; /* id of the finding this one is a consequence of; NULL: none */
};

#define CHECK_FINDINGS_MAX 64

struct check_report {
	unsigned int platforms; /* asked about */
	const struct host *host;
	size_t count;
	bool full; /* a finding had no place: a bug */
	struct check_finding finding[CHECK_FINDINGS_MAX];
	struct check_finding unwanted; /* where findings go that nobody asked for */
};

/* What else the judgement depends on: this hc-vmm and what it is asked to run. */
struct check_wants {
	unsigned int platforms; /* ON_* to report about */
	unsigned int built;     /* ON_* that this hc-vmm can run */
	/* The firmware image of each platform: NULL where it is there, else the path without one.
	 */
	const char *no_image[CHECK_PLATFORMS];
	const char *sim_state; /* its folder, and whether it holds a root: */
	bool sim_ready;
	/* A guest's configuration; all 0: none was named. */
	unsigned int vcpus;
	uint64_t ram_bytes;
	bool certificates; /* confidential.certificates: reports are to carry them */
	bool huge_pages;
	bool guest_memfd;       /* "memory_backing" */
	uint64_t policy;        /* guest policy of an SNP launch */
	uint64_t td_attributes; /* of a TD, beside those that every TD has */
};

/* All findings about the platforms wanted. `host` is borrowed by the report. */
void judge(struct check_report *out, const struct host *host, const struct check_wants *wants);
enum check_verdict report_verdict(const struct check_report *r, enum check_platform platform);

const char *report_platform_name(enum check_platform platform); /* "sev-snp" */
const char *report_verdict_name(enum check_verdict verdict);    /* "usable with limits" */
const char *report_outcome_name(enum check_outcome outcome);    /* "ok" */
/* "Milan", "Genoa", ...; NULL for a processor that is not known. */
const char *report_product(const struct host_cpu *cpu);

/* Output: words for a person, JSON for a program. Both give 0 or -1 (errno; memory, a full disk).
 */
int report_print_text(const struct check_report *r, FILE *out);
int report_print_json(const struct check_report *r, FILE *out);

/* For the judges. Text longer than its place is cut; a test sees to it that none is. */
struct check_finding *report_add(
	struct check_report *r, const char *id, unsigned int platforms, enum check_outcome outcome);
void report_looked(struct check_finding *f, const char *fmt, ...) HC_PRINTF(2, 3);
void report_found(struct check_finding *f, const char *fmt, ...) HC_PRINTF(2, 3);
void report_needed(struct check_finding *f, const char *fmt, ...) HC_PRINTF(2, 3);
void report_remedy(struct check_finding *f, const char *fmt, ...) HC_PRINTF(2, 3);
/* found becomes "not known: REASON"; returns f. */
struct check_finding *report_unread(struct check_finding *f, int rc);
/* f follows from the first of these findings (ids, up to NULL) that is missing or unknown. */
void report_follows(struct check_report *r, struct check_finding *f, const char *const ids[]);

/* The judges, in order. */
void judge_machine(struct check_report *r, const struct check_wants *wants);
void judge_kvm(struct check_report *r, const struct check_wants *wants);
/* SEV-SNP's or TDX's VM type: what comes of all that `causes` are about. */
void judge_vm_type(struct check_report *r, const char *id, enum check_platform platform,
	const char *const causes[], const char *remedy);
/*
 * KVM offers such guests, which no circumstance can gainsay: these findings (ids, up to NULL) stay
 * as notes where they were worse.
 */
void judge_settled(struct check_report *r, const char *const ids[]);
/* What sev-snp and tdx both need of memory, for the one of these types that is offered. */
void judge_private_memory(struct check_report *r, unsigned int platforms);
/* What the kernel's log says of SEV and TDX, as notes. */
void judge_log(struct check_report *r, unsigned int platforms);
void judge_snp(struct check_report *r, const struct check_wants *wants);
void judge_snp_firmware(struct check_report *r, const struct check_wants *wants);
void judge_tdx(struct check_report *r, const struct check_wants *wants);
void judge_limits(struct check_report *r, const struct check_wants *wants);

#endif
