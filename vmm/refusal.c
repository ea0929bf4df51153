/* SPDX-License-Identifier: Apache-2.0 */
/* The words for a guest's last word. Must believe none of it: a guest can write what it likes. */
#include "vmm/refusal.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "firmware/abi/codes.h"
#include "vmm/exit.h"

static const struct {
	uint8_t code;
	const char *name, *meaning, *remedy;
} firmware_refusals[] = {
#define ROW(number, name, meaning, remedy) {number, #name, meaning, remedy},
	HC_REFUSALS(ROW)
#undef ROW
};

void refusal_from_port(struct refusal *out, uint8_t code, uint8_t detail)
{
	out->firmware = true;
	for (size_t i = 0; i < sizeof(firmware_refusals) / sizeof(firmware_refusals[0]); i++)
		if (firmware_refusals[i].code == code) {
			snprintf(out->words, sizeof(out->words),
				"the firmware refused: %s (code 0x%02x, detail 0x%02x): %s. Do: %s",
				firmware_refusals[i].name, code, detail,
				firmware_refusals[i].meaning, firmware_refusals[i].remedy);
			return;
		}
	snprintf(out->words, sizeof(out->words),
		"the firmware refused: unknown code 0x%02x, detail 0x%02x. Do: use firmware and "
		"hc-vmm of one release",
		code, detail);
}

/* GHCB 2.03, 2.3.1: bits 11:0 the request, 15:12 the reason set, 23:16 the reason. */
#define GHCB_TERMINATE  0x100
#define GHCB_REQUEST(v) ((v)&0xfff)
#define GHCB_SET(v)     ((unsigned int)((v) >> 12 & 0xf))
#define GHCB_REASON(v)  ((uint8_t)((v) >> 16))

/* Set 0: the specification's. Set 1: Linux's (arch/x86/include/asm/sev-common.h). */
static const char *const ghcb_reasons[2][13] = {
	{
		"no reason given",
		"it does not know this version of the GHCB protocol",
		"it needs SNP features that this host does not offer",
	},
	{
		"its GHCB could not be registered",
		"a page could not be made private or shared",
		"PVALIDATE failed",
		"it does not run at VMPL 0",
		"a CPUID value was not accepted",
		"CPUID could not be asked of the host",
		"the secrets page is not valid",
		"the secrets page names no SVSM",
		"an SVSM says that the guest runs at VMPL 0",
		"the calling area of the SVSM is misplaced",
		"the secure TSC could not be set up",
		"the calling area of the SVSM could not be moved",
		"the secure AVIC could not be set up",
	},
};

static const char *ghcb_reason(unsigned int set, uint8_t reason)
{
	const char *words = NULL;

	if (set < 2 && reason < sizeof(ghcb_reasons[0]) / sizeof(ghcb_reasons[0][0]))
		words = ghcb_reasons[set][reason];
	return words ? words : "a reason that hc-vmm does not know";
}

void refusal_from_snp(struct refusal *out, uint64_t value)
{
	const unsigned int set = GHCB_SET(value);
	const uint8_t reason = GHCB_REASON(value);

	if (GHCB_REQUEST(value) == GHCB_TERMINATE && set == HC_REFUSE_SNP_REASON_SET) {
		refusal_from_port(out, reason, 0);
		return;
	}
	if (GHCB_REQUEST(value) == GHCB_TERMINATE && set == HC_REFUSE_SNP_VECTOR_SET) {
		refusal_from_port(out, HC_REFUSE_EXCEPTION, reason);
		return;
	}
	out->firmware = false;
	if (GHCB_REQUEST(value) == GHCB_TERMINATE)
		snprintf(out->words, sizeof(out->words),
			"the guest ended itself: %s (reason set %u, reason 0x%02x). Do: see the "
			"guest's console; the words are its own",
			ghcb_reason(set, reason), set, reason);
	else
		snprintf(out->words, sizeof(out->words),
			"the guest ended itself and gave no reason (0x%llx). Do: see its console",
			(unsigned long long)value);
}

enum { RCX = 1, RDX = 2, RBX = 3, RSI = 6, RDI = 7, R12 = 12 };

/* Of R12: R13 is an address. Bits 31:0 are the guest's code. */
#define FATAL_GPA_VALID (1ull << 63)
#define FATAL_TEXT      64

/* The text in its registers' order, those that RCX does not name left out. */
static void fatal_text(char out[FATAL_TEXT + 1], const uint64_t reg[REFUSAL_TDX_REGS])
{
	static const uint8_t order[FATAL_TEXT / 8] = {14, 15, RBX, RDI, RSI, 8, 9, RDX};
	size_t len = 0;

	for (size_t i = 0; i < sizeof(order); i++)
		for (unsigned int byte = 0; byte < 8; byte++) {
			const uint8_t c = (uint8_t)(reg[order[i]] >> 8 * byte);

			if (!(reg[RCX] >> order[i] & 1) || !c)
				continue;
			out[len++] = c >= ' ' && c < 0x7f ? (char)c : '?';
		}
	out[len] = '\0';
}

void refusal_from_tdx(struct refusal *out, const uint64_t reg[REFUSAL_TDX_REGS])
{
	char text[FATAL_TEXT + 1];

	if (reg[R12] >> 16 == HC_REFUSE_MAGIC) {
		refusal_from_port(out, (uint8_t)reg[R12], (uint8_t)(reg[R12] >> 8));
		return;
	}
	out->firmware = false;
	fatal_text(text, reg);
	snprintf(out->words, sizeof(out->words),
		"the guest ended itself: code 0x%08x, \"%s\"%s. Do: see the guest's console; the "
		"words are its own",
		(uint32_t)reg[R12], text,
		reg[R12] & FATAL_GPA_VALID ? " (and more in its memory, which is not read)" : "");
}

int refusal_status(const struct refusal *r)
{
	return r->firmware ? VMM_EXIT_REFUSED : VMM_EXIT_CRASHED;
}

void refusal_log(const struct log *log, const struct refusal *r, bool by_kernel)
{
	if (r->firmware && by_kernel)
		log_line(log, LOG_LEVEL_WARN,
			"what follows was written by the guest's kernel, not by the firmware");
	log_line(log, LOG_LEVEL_ERROR, "%s", r->words);
}
