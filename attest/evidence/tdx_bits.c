/* SPDX-License-Identifier: Apache-2.0 */
/* Names of bits, in the order of the fields. */
#include "attest/evidence/tdx_bits.h"

#include <stdio.h>
#include <string.h>

#include "common/messages.h"

const struct tdx_bit tdx_td_attributes[] = {
	{TDX_ATTR_DEBUG, "debug", TDX_BIT_WEAKENS, N_("the host reads and writes the TD's memory")},
	{TDX_ATTR_HGS_PLUS_PROF, "hgs_plus_prof", TDX_BIT_WEAKENS,
		N_("the host watches the TD through HGS+")},
	{TDX_ATTR_PERF_PROF, "perf_prof", TDX_BIT_WEAKENS,
		N_("the host's performance counters go on counting inside the TD")},
	{TDX_ATTR_PMT_PROF, "pmt_prof", TDX_BIT_WEAKENS,
		N_("the host's core telemetry goes on inside the TD")},
	{TDX_ATTR_ICSSD, "icssd", TDX_BIT_NEUTRAL, N_("ICSSD, a bit of the security group")},
	{TDX_ATTR_SERVTD_EXT, "servtd_ext", TDX_BIT_NEUTRAL,
		N_("the extended binding of service TDs is in use")},
	{TDX_ATTR_LASS, "lass", TDX_BIT_NEUTRAL,
		N_("the TD may use linear address space separation")},
	{TDX_ATTR_SEPT_VE_DISABLE, "sept_ve_disable", TDX_BIT_PROTECTS,
		N_("a page that the host takes away stops the TD, it raises no exception in it")},
	{TDX_ATTR_MIGRATABLE, "migratable", TDX_BIT_WEAKENS,
		N_("a migration TD can take the TD's memory to another machine")},
	{TDX_ATTR_PKS, "pks", TDX_BIT_NEUTRAL, N_("the TD may use supervisor protection keys")},
	{TDX_ATTR_KL, "kl", TDX_BIT_NEUTRAL, N_("the TD may use Key Locker")},
	{TDX_ATTR_TPA, "tpa", TDX_BIT_NEUTRAL, N_("the TD is a provisioning agent of TDX")},
	{TDX_ATTR_PERFMON, "perfmon", TDX_BIT_NEUTRAL,
		N_("the TD may use performance counters of its own")},
	{0, NULL, TDX_BIT_NEUTRAL, NULL},
};

const struct tdx_bit tdx_xfam[] = {
	{1ULL << 0, "x87", TDX_BIT_FIXED, "x87"},
	{1ULL << 1, "sse", TDX_BIT_FIXED, "SSE"},
	{1ULL << 2, "avx", TDX_BIT_NEUTRAL, "AVX"},
	{1ULL << 5, "avx512_opmask", TDX_BIT_NEUTRAL, "AVX-512 opmask"},
	{1ULL << 6, "avx512_zmm_hi256", TDX_BIT_NEUTRAL, "AVX-512 ZMM0 to ZMM15"},
	{1ULL << 7, "avx512_hi16_zmm", TDX_BIT_NEUTRAL, "AVX-512 ZMM16 to ZMM31"},
	{1ULL << 8, "pt", TDX_BIT_NEUTRAL, N_("processor trace")},
	{1ULL << 9, "pkru", TDX_BIT_NEUTRAL, N_("protection keys")},
	{1ULL << 11, "cet_u", TDX_BIT_NEUTRAL, N_("control-flow enforcement, user")},
	{1ULL << 12, "cet_s", TDX_BIT_NEUTRAL, N_("control-flow enforcement, supervisor")},
	{1ULL << 14, "uintr", TDX_BIT_NEUTRAL, N_("user interrupts")},
	{1ULL << 15, "lbr", TDX_BIT_NEUTRAL, N_("last branch records")},
	{1ULL << 17, "amx_tilecfg", TDX_BIT_NEUTRAL, "AMX TILECFG"},
	{1ULL << 18, "amx_tiledata", TDX_BIT_NEUTRAL, "AMX TILEDATA"},
	{1ULL << 19, "apx", TDX_BIT_NEUTRAL, "APX"},
	{0, NULL, TDX_BIT_NEUTRAL, NULL},
};

const struct tdx_bit *tdx_bit_find(const struct tdx_bit *table, const char *name)
{
	for (; table->mask; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

static const char *name_of(const struct tdx_bit *table, uint64_t mask)
{
	for (; table->mask; table++)
		if (table->mask == mask)
			return table->name;
	return NULL;
}

void tdx_bits_format(const struct tdx_bit *table, uint64_t value, char *buf, size_t cap)
{
	size_t used = 0;

	snprintf(buf, cap, "none");
	for (unsigned int bit = 0; bit < 64 && used < cap; bit++) {
		const char *name = name_of(table, 1ULL << bit), *comma = used ? ", " : "";
		int n;

		if (!(value >> bit & 1))
			continue;
		n = name ? snprintf(buf + used, cap - used, "%s%s", comma, name)
			 : snprintf(buf + used, cap - used, "%sbit %u", comma, bit);
		used += n > 0 ? (size_t)n : 0;
	}
}
