/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel, processor, memory: what files and CPUID say. Must judge nothing. */
#include "vmm/check/host.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

#define CPUID_HYPERVISOR 0x40000000u
#define CPUID_EXTENDED   0x80000000u
#define CPUID_SEV        0x8000001fu
#define CPUID_RMP        0x80000025u
#define FILE_MAX         65536
#define LOG_MAX          (1u << 20)

static const struct {
	const char *name, *path;
} params[PARAMS] = {
#define PARAM(module, name)                                                                        \
	{                                                                                          \
#module "." #name, "/sys/module/" #module "/parameters/" #name                     \
	}
	[PARAM_SEV] = PARAM(kvm_amd, sev),
	[PARAM_SEV_ES] = PARAM(kvm_amd, sev_es),
	[PARAM_SEV_SNP] = PARAM(kvm_amd, sev_snp),
	[PARAM_TDX] = PARAM(kvm_intel, tdx),
	[PARAM_EPT] = PARAM(kvm_intel, ept),
	[PARAM_EPTAD] = PARAM(kvm_intel, eptad),
	[PARAM_APICV] = PARAM(kvm_intel, enable_apicv),
	[PARAM_TDP_MMU] = PARAM(kvm, tdp_mmu),
	[PARAM_MMIO_CACHING] = PARAM(kvm, mmio_caching),
	[PARAM_VIRT_AT_LOAD] = PARAM(kvm, enable_virt_at_load),
#undef PARAM
};

const char *host_param_name(enum host_param param)
{
	return params[param].name;
}

const char *const host_flag_names[FLAGS] = {
	[FLAG_SVM] = "svm",
	[FLAG_VMX] = "vmx",
	[FLAG_SME] = "sme",
	[FLAG_SEV] = "sev",
	[FLAG_SEV_ES] = "sev_es",
	[FLAG_SEV_SNP] = "sev_snp",
	[FLAG_TDX_HOST] = "tdx_host_platform",
	[FLAG_MOVDIR64B] = "movdir64b",
	[FLAG_SELFSNOOP] = "ss",
};

struct fact host_read_number(const struct check_probe *probe, const char *path, int base)
{
	char text[64], *end;
	struct fact f = {.rc = probe->ops->read(probe->ctx, path, text, sizeof(text))};

	if (f.rc < 0)
		return f;
	errno = 0;
	f.value = strtoull(text, &end, base);
	/* "max", of a control group: no limit. */
	if (!strncmp(text, "max", 3))
		return (struct fact){.value = HOST_UNLIMITED};
	f.rc = end == text || errno ? -EINVAL : 0;
	return f;
}

const char *host_line(const char *text, const char *name)
{
	const size_t len = strlen(name);

	for (const char *p = text; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		if (!strncmp(p, name, len))
			return p + len;
	return NULL;
}

static void read_kernel(struct host *h, const struct check_probe *probe)
{
	h->uname_rc = probe->ops->uname(probe->ctx, &h->uname);
	if (h->uname_rc ||
		sscanf(h->uname.release, "%5u.%5u", &h->kernel_major, &h->kernel_minor) != 2)
		h->kernel_major = h->kernel_minor = 0;
	h->cmdline_rc =
		probe->ops->read(probe->ctx, "/proc/cmdline", h->cmdline, sizeof(h->cmdline));
}

static bool is_set(const char *config, const char *option)
{
	const char *value = host_line(config, option);

	return value && value[0] == '=' && (value[1] == 'y' || value[1] == 'm');
}

static void read_config(struct host *h, const struct check_probe *probe, char *buf, size_t cap)
{
	char path[128];

	snprintf(path, sizeof(path), "/boot/config-%s", h->uname.release);
	h->config_rc = h->uname_rc ? h->uname_rc : probe->ops->read(probe->ctx, path, buf, cap);
	if (h->config_rc < 0)
		return;
	h->config_rc = 0;
	h->config_sev = is_set(buf, "CONFIG_KVM_AMD_SEV");
	h->config_psp = is_set(buf, "CONFIG_CRYPTO_DEV_SP_PSP");
	h->config_tdx = is_set(buf, "CONFIG_INTEL_TDX_HOST") && is_set(buf, "CONFIG_KVM_INTEL_TDX");
}

static bool of_interest(const char *line, size_t len)
{
	static const char *const about[] = {
		"SEV-", "SEV ", "SEV:", "SNP:", "kvm_amd: ", "kvm_intel: ", "virt/tdx"};
	const char *at;

	for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++) {
		at = memmem(line, len, about[i], strlen(about[i]));
		if (at)
			return true;
	}
	return false;
}

/* The first lines that matter, their "<6>" and what no terminal should get taken out. */
static void read_log(struct host *h, const struct check_probe *probe, char *buf, size_t cap)
{
	h->log_rc = probe->ops->log(probe->ctx, buf, cap);
	if (h->log_rc < 0)
		return;
	h->log_rc = 0;
	for (const char *p = buf; *p && h->log_lines < HOST_LOG_LINES;) {
		size_t len = strcspn(p, "\n");
		const char *text = *p == '<' && memchr(p, '>', len) ? strchr(p, '>') + 1 : p;
		char *out = h->log[h->log_lines];

		if (of_interest(p, len)) {
			snprintf(out, HOST_LOG_LINE, "%.*s", (int)(len - (size_t)(text - p)), text);
			for (; *out; out++)
				if (!isprint((unsigned char)*out))
					*out = '?';
			h->log_lines++;
		}
		p += len + (p[len] == '\n');
	}
}

static void registers_text(char *out, const uint32_t *reg, const char *order)
{
	for (; *order; order++, out += 4)
		put_le32((uint8_t *)out, reg[*order - 'a']);
	*out = '\0';
	for (char *p = out - 1; *p == ' '; p--)
		*p = '\0';
}

static void printable(char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

static void read_cpuid(struct host_cpu *cpu, const struct check_probe *probe)
{
	const struct check_ops *ops = probe->ops;
	uint32_t r[4], max;

	ops->cpuid(probe->ctx, 0, 0, r);
	registers_text(cpu->vendor, r, "bdc");
	printable(cpu->vendor);
	ops->cpuid(probe->ctx, 1, 0, r);
	cpu->family = r[0] >> 8 & 0xf;
	cpu->model = (r[0] >> 4 & 0xf) | (r[0] >> 12 & 0xf0);
	if (cpu->family == 0xf)
		cpu->family += r[0] >> 20 & 0xff;
	cpu->in_vm = r[2] >> 31;
	if (cpu->in_vm) {
		ops->cpuid(probe->ctx, CPUID_HYPERVISOR, 0, r);
		registers_text(cpu->hypervisor, r, "bcd");
		printable(cpu->hypervisor);
	}
	ops->cpuid(probe->ctx, CPUID_EXTENDED, 0, r);
	max = r[0];
	for (uint32_t i = 0; max >= CPUID_EXTENDED + 4 && i < 3; i++) {
		ops->cpuid(probe->ctx, CPUID_EXTENDED + 2 + i, 0, r);
		registers_text(cpu->brand + 16 * i, r, "abcd");
	}
	printable(cpu->brand);
	if (max >= CPUID_SEV)
		ops->cpuid(probe->ctx, CPUID_SEV, 0, cpu->sev);
	if (max >= CPUID_RMP)
		ops->cpuid(probe->ctx, CPUID_RMP, 0, cpu->segments);
}

static void read_flags(struct host_cpu *cpu, const struct check_probe *probe, char *buf, size_t cap)
{
	const char *flags = NULL;

	cpu->flags_rc = probe->ops->read(probe->ctx, "/proc/cpuinfo", buf, cap);
	if (cpu->flags_rc >= 0)
		flags = host_line(buf, "flags");
	if (cpu->flags_rc >= 0)
		cpu->flags_rc = flags ? 0 : -EINVAL;
	while (flags && *flags && *flags != '\n') {
		size_t len = strcspn(flags, " \t:\n");

		for (int i = 0; i < FLAGS; i++)
			if (strlen(host_flag_names[i]) == len &&
				!strncmp(flags, host_flag_names[i], len))
				cpu->flag[i] = true;
		flags += len;
		flags += strspn(flags, " \t:");
	}
}

static struct fact yes_or_no(const struct check_probe *probe, const char *path)
{
	char text[8];
	struct fact f = {.rc = probe->ops->read(probe->ctx, path, text, sizeof(text))};

	if (f.rc < 0)
		return f;
	f.rc = strchr("YyNn01", text[0]) && text[0] ? 0 : -EINVAL;
	f.value = text[0] == 'Y' || text[0] == 'y' || text[0] == '1';
	return f;
}

static struct fact kilobytes(const char *meminfo, const char *name)
{
	const char *value = host_line(meminfo, name);
	char *end = NULL;
	struct fact f = {.rc = -EINVAL};

	if (!value)
		return f;
	f.value = strtoull(value, &end, 10) * 1024;
	f.rc = end == value ? -EINVAL : 0;
	return f;
}

#define POOL "/sys/kernel/mm/hugepages/hugepages-"

static void read_memory(
	struct host_memory *m, const struct check_probe *probe, char *buf, size_t cap)
{
	const char *open, *close;
	int rc = probe->ops->read(probe->ctx, "/proc/meminfo", buf, cap);

	m->total.rc = m->available.rc = rc;
	if (rc >= 0) {
		m->total = kilobytes(buf, "MemTotal:");
		m->available = kilobytes(buf, "MemAvailable:");
	}
	m->huge_2m = host_read_number(probe, POOL "2048kB/nr_hugepages", 10);
	m->huge_2m_free = host_read_number(probe, POOL "2048kB/free_hugepages", 10);
	m->huge_1g = host_read_number(probe, POOL "1048576kB/nr_hugepages", 10);
	m->huge_1g_free = host_read_number(probe, POOL "1048576kB/free_hugepages", 10);
	m->thp_rc = probe->ops->read(
		probe->ctx, "/sys/kernel/mm/transparent_hugepage/enabled", buf, cap);
	if (m->thp_rc < 0)
		return;
	open = strchr(buf, '[');
	close = open ? strchr(open, ']') : NULL;
	m->thp_rc = close && close - open <= (ptrdiff_t)sizeof(m->thp) ? 0 : -EINVAL;
	if (!m->thp_rc)
		snprintf(m->thp, sizeof(m->thp), "%.*s", (int)(close - open - 1), open + 1);
}

/* "[disabled]": hibernation is off for good; no such file: it was not built. */
static void read_hibernation(struct host *h, const struct check_probe *probe)
{
	char text[128];
	int rc = probe->ops->read(probe->ctx, "/sys/power/disk", text, sizeof(text));

	h->hibernation.rc = rc < 0 && rc != -ENOENT ? rc : 0;
	h->hibernation.value = rc > 0 && !strstr(text, "[disabled]");
}

/* The end of the highest "System RAM". Those who are not root see zeros. */
static struct fact ram_end(const struct check_probe *probe, char *buf, size_t cap)
{
	int rc = probe->ops->read(probe->ctx, "/proc/iomem", buf, cap);
	struct fact f = {.rc = rc < 0 ? rc : 0};

	for (const char *p = buf; !f.rc && *p; p += strcspn(p, "\n"), p += *p == '\n') {
		unsigned long long from, to;

		if (*p != ' ' && sscanf(p, "%16llx-%16llx", &from, &to) == 2 &&
			memmem(p, strcspn(p, "\n"), ": System RAM", 12) && to + 1 > f.value)
			f.value = to + 1;
	}
	if (!f.rc && f.value <= 1)
		f.rc = -EACCES;
	return f;
}

#define MSR_SYSCFG   0xc0010010u
#define MSR_RMP_BASE 0xc0010132u
#define MSR_RMP_END  0xc0010133u
#define MSR_RMP_CFG  0xc0010136u

static struct fact msr(const struct check_probe *probe, uint32_t index)
{
	struct fact f = {0};

	f.rc = probe->ops->msr(probe->ctx, index, &f.value);
	return f;
}

static void read_rmp(struct host *h, const struct check_probe *probe, char *buf, size_t cap)
{
	struct host_snp *s = &h->snp;

	s->ram_end = ram_end(probe, buf, cap);
	s->syscfg = msr(probe, MSR_SYSCFG);
	s->rmp_base = msr(probe, MSR_RMP_BASE);
	s->rmp_end = msr(probe, MSR_RMP_END);
	s->rmp_cfg = msr(probe, MSR_RMP_CFG);
}

static int ask_quote_service(const struct check_probe *probe, const struct quote_address *at)
{
	return at->vsock ? probe->ops->connect(probe->ctx, NULL, at->cid, at->port)
			 : probe->ops->connect(probe->ctx, at->path, 0, 0);
}

/* As qgsd is told by its own file: a vsock port, or else a Unix socket of a fixed name. */
static void read_quote_service(
	struct host *h, const struct check_probe *probe, char *buf, size_t cap)
{
	struct quote_address *at = &h->quote;
	const char *port = NULL;

	*at = (struct quote_address){.cid = 1, .path = "/var/run/tdx-qgs/qgs.socket"};
	if (probe->ops->read(probe->ctx, "/etc/qgs.conf", buf, cap) >= 0)
		port = host_line(buf, "port");
	if (port)
		at->port = (uint32_t)strtoul(port + strspn(port, " \t="), NULL, 10);
	at->vsock = at->port;
	h->quote_rc = ask_quote_service(probe, at);
	if (h->quote_rc && at->vsock) {
		at->cid = 2; /* a host speaks to itself as 1, or as 2 without the loopback transport
			      */
		h->quote_rc = ask_quote_service(probe, at);
	}
}

void host_read(struct host *h, const struct check_probe *probe, const struct quote_address *quote)
{
	char *buf = malloc(LOG_MAX);
	const size_t cap = buf ? LOG_MAX : 1;
	char none;

	*h = (struct host){0};
	if (!buf)
		buf = &none; /* then all that is read is empty, and so unknown */
	read_kernel(h, probe);
	read_config(h, probe, buf, cap);
	read_log(h, probe, buf, cap);
	h->user_rc = probe->ops->user(probe->ctx, &h->user);
	read_cpuid(&h->cpu, probe);
	read_flags(&h->cpu, probe, buf, cap);
	for (int i = 0; i < PARAMS; i++)
		h->param[i] = yes_or_no(probe, params[i].path);
	h->smt = host_read_number(probe, "/sys/devices/system/cpu/smt/active", 10);
	read_memory(&h->memory, probe, buf, cap);
	read_hibernation(h, probe);
	h->iommu_rc =
		probe->ops->entry(probe->ctx, "/sys/class/iommu", "", h->iommu, sizeof(h->iommu));
	h->seccomp_rc = probe->ops->seccomp(probe->ctx);
	if (!strcmp(h->cpu.vendor, "AuthenticAMD"))
		read_rmp(h, probe, buf, cap);
	if (quote) {
		h->quote = *quote;
		h->quote_rc = ask_quote_service(probe, quote);
	} else if (!strcmp(h->cpu.vendor, "GenuineIntel")) {
		read_quote_service(h, probe, buf, cap);
	}
	host_read_limits(h, probe);
	host_read_kvm(h, probe);
	if (buf != &none)
		free(buf);
}
