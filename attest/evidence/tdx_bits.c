/* SPDX-License-Identifier: Apache-2.0 */
/* Names of bits, in the order of the fields. */
#include "attest/evidence/tdx_bits.h"

#include "common/messages.h"

const struct evidence_bit tdx_td_attributes[] = {
	{TDX_ATTR_DEBUG, "debug", EVIDENCE_BIT_WEAKENS,
		N_("the host reads and writes the TD's memory")},
	{TDX_ATTR_HGS_PLUS_PROF, "hgs_plus_prof", EVIDENCE_BIT_WEAKENS,
		N_("the host watches the TD through HGS+")},
	{TDX_ATTR_PERF_PROF, "perf_prof", EVIDENCE_BIT_WEAKENS,
		N_("the host's performance counters go on counting inside the TD")},
	{TDX_ATTR_PMT_PROF, "pmt_prof", EVIDENCE_BIT_WEAKENS,
		N_("the host's core telemetry goes on inside the TD")},
	{TDX_ATTR_ICSSD, "icssd", EVIDENCE_BIT_NEUTRAL, N_("ICSSD, a bit of the security group")},
	{TDX_ATTR_SERVTD_EXT, "servtd_ext", EVIDENCE_BIT_NEUTRAL,
		N_("the extended binding of service TDs is in use")},
	{TDX_ATTR_LASS, "lass", EVIDENCE_BIT_NEUTRAL,
		N_("the TD may use linear address space separation")},
	{TDX_ATTR_SEPT_VE_DISABLE, "sept_ve_disable", EVIDENCE_BIT_PROTECTS,
		N_("a page that the host takes away stops the TD, it raises no exception in it")},
	{TDX_ATTR_MIGRATABLE, "migratable", EVIDENCE_BIT_WEAKENS,
		N_("a migration TD can take the TD's memory to another machine")},
	{TDX_ATTR_PKS, "pks", EVIDENCE_BIT_NEUTRAL,
		N_("the TD may use supervisor protection keys")},
	{TDX_ATTR_KL, "kl", EVIDENCE_BIT_NEUTRAL, N_("the TD may use Key Locker")},
	{TDX_ATTR_TPA, "tpa", EVIDENCE_BIT_NEUTRAL, N_("the TD is a provisioning agent of TDX")},
	{TDX_ATTR_PERFMON, "perfmon", EVIDENCE_BIT_NEUTRAL,
		N_("the TD may use performance counters of its own")},
	{0, NULL, EVIDENCE_BIT_NEUTRAL, NULL},
};

const struct evidence_bit tdx_xfam[] = {
	{1ULL << 0, "x87", EVIDENCE_BIT_FIXED, "x87"},
	{1ULL << 1, "sse", EVIDENCE_BIT_FIXED, "SSE"},
	{1ULL << 2, "avx", EVIDENCE_BIT_NEUTRAL, "AVX"},
	{1ULL << 5, "avx512_opmask", EVIDENCE_BIT_NEUTRAL, "AVX-512 opmask"},
	{1ULL << 6, "avx512_zmm_hi256", EVIDENCE_BIT_NEUTRAL, "AVX-512 ZMM0 to ZMM15"},
	{1ULL << 7, "avx512_hi16_zmm", EVIDENCE_BIT_NEUTRAL, "AVX-512 ZMM16 to ZMM31"},
	{1ULL << 8, "pt", EVIDENCE_BIT_NEUTRAL, N_("processor trace")},
	{1ULL << 9, "pkru", EVIDENCE_BIT_NEUTRAL, N_("protection keys")},
	{1ULL << 11, "cet_u", EVIDENCE_BIT_NEUTRAL, N_("control-flow enforcement, user")},
	{1ULL << 12, "cet_s", EVIDENCE_BIT_NEUTRAL, N_("control-flow enforcement, supervisor")},
	{1ULL << 14, "uintr", EVIDENCE_BIT_NEUTRAL, N_("user interrupts")},
	{1ULL << 15, "lbr", EVIDENCE_BIT_NEUTRAL, N_("last branch records")},
	{1ULL << 17, "amx_tilecfg", EVIDENCE_BIT_NEUTRAL, "AMX TILECFG"},
	{1ULL << 18, "amx_tiledata", EVIDENCE_BIT_NEUTRAL, "AMX TILEDATA"},
	{1ULL << 19, "apx", EVIDENCE_BIT_NEUTRAL, "APX"},
	{0, NULL, EVIDENCE_BIT_NEUTRAL, NULL},
};
