/* SPDX-License-Identifier: Apache-2.0 */
/* Judging memory, limits and what the sandbox needs; against a guest's configuration if one is
 * named. */
#include <errno.h>
#include <string.h>

#include "vmm/check/report.h"

#define MIB 1048576ull

/* Of a guest with all there can be: 16 vCPUs, 16 drives, a vsock with its 64 connections. */
#define FILES_ENOUGH   256u
#define FILES_LEAST    64u
#define THREADS_ENOUGH 32u

/* hc-vmm itself, and what the host keeps for a guest beside its RAM. */
#define OVERHEAD (64 * MIB)

static void number(char *out, size_t cap, uint64_t value)
{
	if (value == HOST_UNLIMITED)
		snprintf(out, cap, "unlimited");
	else
		snprintf(out, cap, "%llu", (unsigned long long)value);
}

/* One limit that is a number: below `least` nothing works, below `enough` not everything. */
static void at_least(struct check_finding *f, const struct fact *limit, uint64_t least,
	uint64_t enough, const char *remedy)
{
	char text[32];

	number(text, sizeof(text), limit->value);
	report_found(f, "%s", text);
	report_needed(f, "%llu", (unsigned long long)enough);
	if (limit->rc) {
		report_unread(f, limit->rc)->outcome = CHECK_UNSURE;
		return;
	}
	if (limit->value >= enough)
		return;
	f->outcome = limit->value < least ? CHECK_MISSING : CHECK_LIMIT;
	report_remedy(f, "%s", remedy);
}

static void process_limits(struct check_report *r)
{
	const struct host *h = r->host;
	const struct host_limits *l = &h->limits;
	struct check_finding *f = report_add(r, "limits.files", ON_ALL, CHECK_OK);

	report_looked(f, "RLIMIT_NOFILE");
	at_least(f, &l->files, FILES_LEAST, FILES_ENOUGH,
		"ulimit -n 1024, or LimitNOFILE=1024 in the unit");
	f = report_add(r, "limits.processes", ON_ALL, CHECK_OK);
	report_looked(f, "RLIMIT_NPROC%s",
		h->user_rc || h->user.limits_bind ? "" : ", which does not bind this user");
	if (h->user_rc || h->user.limits_bind)
		at_least(f, &l->processes, 4, THREADS_ENOUGH,
			"ulimit -u 4096, or LimitNPROC=; a thread for each vCPU, and all that this "
			"user runs counts");
	else
		report_found(f, "not bound");
	f = report_add(r, "limits.locked-memory", ON_ALL, CHECK_NOTE);
	report_looked(f, "RLIMIT_MEMLOCK");
	report_found(f, "not needed: hc-vmm locks and registers no memory, on no platform");
}

static void address_space(struct check_report *r, const struct check_wants *wants)
{
	const struct fact *l = &r->host->limits.address_space;
	struct check_finding *f = report_add(r, "limits.address-space", ON_ALL, CHECK_OK);
	const uint64_t need = wants->ram_bytes + 512 * MIB;

	report_looked(f, "RLIMIT_AS");
	report_needed(f, "unlimited, or the guest's memory and 512 MiB");
	report_found(f, "unlimited");
	if (l->rc) {
		report_unread(f, l->rc)->outcome = CHECK_UNSURE;
		return;
	}
	if (l->value == HOST_UNLIMITED)
		return;
	report_found(f, "%llu MiB", (unsigned long long)(l->value / MIB));
	f->outcome = wants->ram_bytes && l->value < need ? CHECK_MISSING : CHECK_LIMIT;
	report_remedy(f, "ulimit -v unlimited");
}

static const char *group_name(const struct host_limits *l)
{
	switch (l->cgroup_version) {
	case 1:
		return "control groups, version 1";
	case 2:
		return "control groups, version 2";
	default:
		return "control groups";
	}
}

static void group_pids(struct check_report *r)
{
	const struct host_limits *l = &r->host->limits;
	struct check_finding *f = report_add(r, "cgroup.pids", ON_ALL, CHECK_OK);

	report_looked(f, "%s: pids.max", group_name(l));
	if (l->pids.rc == -ENOENT) {
		report_found(f, "no limit in this process's groups");
		return;
	}
	at_least(f, &l->pids, 4, THREADS_ENOUGH, "raise pids.max (systemd: TasksMax=)");
}

static void group_memory(struct check_report *r, const struct check_wants *wants)
{
	const struct host_limits *l = &r->host->limits;
	const uint64_t need = wants->ram_bytes + OVERHEAD;
	struct check_finding *f = report_add(r, "cgroup.memory", ON_ALL, CHECK_OK);

	report_looked(f, "%s: %s", group_name(l),
		l->cgroup_version == 1 ? "memory.limit_in_bytes" : "memory.max");
	if (l->memory.rc == -ENOENT) {
		report_found(f, "no limit in this process's groups");
		return;
	}
	if (l->memory.rc) {
		report_unread(f, l->memory.rc)->outcome = CHECK_UNSURE;
		return;
	}
	if (l->memory.value == HOST_UNLIMITED) {
		report_found(f, "unlimited");
		return;
	}
	report_found(f, "%llu MiB", (unsigned long long)(l->memory.value / MIB));
	if (wants->ram_bytes)
		report_needed(f, "%llu MiB: the guest's, and 64",
			(unsigned long long)((need + MIB - 1) / MIB));
	if (wants->ram_bytes && l->memory.value < need) {
		f->outcome = CHECK_MISSING;
		report_remedy(f, "raise the limit (systemd: MemoryMax=), or give the guest less");
	} else if (!wants->ram_bytes) {
		f->outcome = CHECK_NOTE;
		report_remedy(f,
			"keep it above a guest's memory and 64 MiB; a confidential guest counts a "
			"shared page twice, up to its whole memory");
	}
}

/* ASIDs or key identifiers that this group may still take. */
static void group_misc(struct check_report *r, const char *id, unsigned int platform,
	const char *name, const struct fact *max, const struct fact *used)
{
	struct check_finding *f = report_add(r, id, platform, CHECK_OK);
	char text[32];

	report_looked(f, "control groups, misc: %s", name);
	report_needed(f, "1 for each guest");
	if (max->rc == -ENOENT) {
		f->outcome = CHECK_NOTE;
		report_found(f, "not counted here");
		return;
	}
	if (max->rc) {
		report_unread(f, max->rc)->outcome = CHECK_UNSURE;
		return;
	}
	number(text, sizeof(text), max->value);
	report_found(f, "%llu used of %s", used->rc ? 0ull : (unsigned long long)used->value, text);
	if (max->value && (used->rc || used->value < max->value))
		return;
	f->outcome = CHECK_MISSING;
	report_remedy(f, "%s",
		max->value ? "none is left: end another guest, or raise misc.max of this group"
			   : "this group may have none: raise misc.max");
}

static void ram(struct check_report *r, const struct check_wants *wants)
{
	const struct host_memory *m = &r->host->memory;
	struct check_finding *f = report_add(r, "memory.ram", ON_ALL, CHECK_OK);

	report_looked(f, "/proc/meminfo");
	if (m->total.rc || m->available.rc) {
		report_unread(f, m->total.rc ? m->total.rc : m->available.rc)->outcome =
			CHECK_UNSURE;
		return;
	}
	report_found(f, "%llu MiB available of %llu",
		(unsigned long long)(m->available.value / MIB),
		(unsigned long long)(m->total.value / MIB));
	report_needed(f, "64 MiB, the smallest guest");
	if (wants->ram_bytes)
		report_needed(
			f, "%llu MiB for this guest", (unsigned long long)(wants->ram_bytes / MIB));
	if (m->available.value >= (wants->ram_bytes ? wants->ram_bytes : 64 * MIB))
		return;
	f->outcome = wants->ram_bytes > m->total.value ? CHECK_MISSING : CHECK_LIMIT;
	report_remedy(f, "give the guest less, or end something else");
}

static void huge_pages(struct check_report *r, const struct check_wants *wants)
{
	const struct host_memory *m = &r->host->memory;
	struct check_finding *f = report_add(r, "memory.huge-pages", ON_ALL, CHECK_OK);

	report_looked(f, "/sys/kernel/mm/transparent_hugepage/enabled");
	report_needed(f, "always or madvise, for \"huge_pages\": \"Transparent\"");
	if (m->thp_rc < 0) {
		report_unread(f, m->thp_rc)->outcome =
			wants->huge_pages ? CHECK_UNSURE : CHECK_NOTE;
		return;
	}
	report_found(f, "%s", m->thp);
	if (!strcmp(m->thp, "always") || !strcmp(m->thp, "madvise"))
		return;
	f->outcome = wants->huge_pages ? CHECK_LIMIT : CHECK_NOTE;
	report_remedy(f, "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
}

static void pool(
	char *out, size_t cap, const char *size, const struct fact *all, const struct fact *unused)
{
	if (all->rc || unused->rc)
		snprintf(out, cap, "%s: no pool", size);
	else
		snprintf(out, cap, "%s: %llu free of %llu", size, (unsigned long long)unused->value,
			(unsigned long long)all->value);
}

static void pools(struct check_report *r)
{
	const struct host_memory *m = &r->host->memory;
	struct check_finding *f = report_add(r, "memory.huge-page-pools", ON_ALL, CHECK_NOTE);
	char two[64], one[64];

	pool(two, sizeof(two), "2 MiB", &m->huge_2m, &m->huge_2m_free);
	pool(one, sizeof(one), "1 GiB", &m->huge_1g, &m->huge_1g_free);
	report_looked(f, "/sys/kernel/mm/hugepages");
	report_found(f, "%s; %s. hc-vmm takes none of them", two, one);
	if ((!m->huge_2m.rc && m->huge_2m.value) || (!m->huge_1g.rc && m->huge_1g.value))
		report_remedy(f, "what is reserved there is lost to hc-vmm's guests");
}

static void sandbox(struct check_report *r)
{
	const struct host *h = r->host;
	struct check_finding *f = report_add(r, "sandbox.seccomp", ON_ALL, CHECK_OK);

	report_looked(f, "seccomp(SECCOMP_GET_ACTION_AVAIL, KILL_PROCESS)");
	report_needed(f, "without its filter hc-vmm starts no guest");
	report_found(f, "there");
	if (h->seccomp_rc) {
		f->outcome = CHECK_MISSING;
		report_found(f, "%s", error_errno_text(-h->seccomp_rc));
		report_remedy(f,
			"use a kernel with CONFIG_SECCOMP_FILTER; in a container, one whose "
			"own filter allows seccomp(2)");
	}
	f = report_add(r, "sandbox.user", ON_ALL, CHECK_OK);
	report_looked(f, "geteuid(2)");
	report_needed(f, "an ordinary user that owns nothing else");
	if (h->user_rc) {
		report_unread(f, h->user_rc)->outcome = CHECK_NOTE;
		return;
	}
	report_found(f, "%s (%u)", h->user.name, h->user.uid);
	if (h->user.uid)
		return;
	f->outcome = CHECK_NOTE;
	report_remedy(f,
		"hc-vmm drops its capabilities, and stays the user it was: start it as an "
		"ordinary user of the group that may open /dev/kvm, and check as that user");
}

void judge_limits(struct check_report *r, const struct check_wants *wants)
{
	const struct host_limits *l = &r->host->limits;

	ram(r, wants);
	huge_pages(r, wants);
	pools(r);
	process_limits(r);
	address_space(r, wants);
	group_pids(r);
	group_memory(r, wants);
	if (!strcmp(r->host->cpu.vendor, "AuthenticAMD"))
		group_misc(r, "cgroup.sev-es", ON_SNP, "sev_es", &l->sev_es_max, &l->sev_es_used);
	if (!strcmp(r->host->cpu.vendor, "GenuineIntel"))
		group_misc(r, "cgroup.tdx", ON_TDX, "tdx", &l->tdx_max, &l->tdx_used);
	sandbox(r);
}
