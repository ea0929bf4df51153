/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a guest's last word, on each platform's channel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "firmware/abi/codes.h"
#include "vmm/exit.h"
#include "vmm/refusal.h"

#define TERMINATE(set, reason) (0x100ull | (uint64_t)(set) << 12 | (uint64_t)(reason) << 16)

static void all_printable(const struct refusal *r)
{
	const size_t len = strnlen(r->words, sizeof(r->words));

	assert_in_range(len, 1, sizeof(r->words) - 1);
	for (size_t i = 0; i < len; i++)
		assert_in_range(r->words[i], ' ', '~');
}

static void says(const struct refusal *r, const char *part)
{
	if (!strstr(r->words, part))
		fail_msg("\"%s\" lacks \"%s\"", r->words, part);
}

static void no_code_is_cut_or_without_words(void **state)
{
	(void)state;
	for (unsigned int code = 0; code < 256; code++)
		for (unsigned int detail = 0; detail < 256; detail += 51) {
			struct refusal r;

			refusal_from_port(&r, (uint8_t)code, (uint8_t)detail);
			all_printable(&r);
			says(&r, "the firmware refused: ");
			says(&r, ". Do: ");
			assert_in_range(strlen(r.words), 1, sizeof(r.words) - 2);
			assert_int_equal(refusal_status(&r), VMM_EXIT_REFUSED);
		}
}

struct row {
	unsigned int number;
	const char *name, *meaning, *remedy;
};

#define ROW(number, name, meaning, remedy) {number, #name, meaning, remedy},
static const struct row rows[] = {HC_REFUSALS(ROW)};

static void every_refusal_has_its_words_on_every_channel(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t reg[REFUSAL_TDX_REGS] = {0};
		struct refusal port, snp, tdx;

		refusal_from_port(&port, (uint8_t)rows[i].number, 0);
		says(&port, rows[i].name);
		says(&port, rows[i].meaning);
		says(&port, rows[i].remedy);
		refusal_from_snp(&snp, TERMINATE(2, rows[i].number));
		assert_string_equal(snp.words, port.words);
		assert_int_equal(refusal_status(&snp), VMM_EXIT_REFUSED);
		reg[12] = 0x48430000 | rows[i].number;
		refusal_from_tdx(&tdx, reg);
		assert_string_equal(tdx.words, port.words);
		assert_int_equal(refusal_status(&tdx), VMM_EXIT_REFUSED);
	}
}

static void the_vector_of_an_exception_is_kept(void **state)
{
	uint64_t reg[REFUSAL_TDX_REGS] = {[12] = 0x48430d01};
	struct refusal r;

	(void)state;
	refusal_from_snp(&r, TERMINATE(3, 0x0d));
	says(&r, "EXCEPTION (code 0x01, detail 0x0d)");
	assert_int_equal(refusal_status(&r), VMM_EXIT_REFUSED);
	refusal_from_tdx(&r, reg);
	says(&r, "EXCEPTION (code 0x01, detail 0x0d)");
}

static void linux_and_the_specification_have_their_reasons(void **state)
{
	static const struct {
		unsigned int set, reason;
		const char *words;
	} known[] = {
		{0, 0, "no reason given (reason set 0, reason 0x00)"},
		{0, 1, "version of the GHCB protocol"},
		{0, 2, "SNP features"},
		{1, 0, "registered"},
		{1, 2, "PVALIDATE failed"},
		{1, 3, "VMPL 0"},
		{1, 12, "secure AVIC"},
		{0, 3, "a reason that hc-vmm does not know (reason set 0, reason 0x03)"},
		{1, 13, "does not know"},
		{1, 255, "does not know (reason set 1, reason 0xff)"},
		{4, 0, "does not know"},
		{15, 255, "does not know (reason set 15, reason 0xff)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct refusal r;

		refusal_from_snp(&r, TERMINATE(known[i].set, known[i].reason));
		says(&r, "the guest ended itself: ");
		says(&r, known[i].words);
		assert_int_equal(refusal_status(&r), VMM_EXIT_CRASHED);
	}
}

static void what_is_no_termination_request_is_no_refusal(void **state)
{
	/* The address of a GHCB; a request of another kind whose upper bits look like ours. */
	static const uint64_t values[] = {0x1234000, 0, 0x402004, 0x402101, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct refusal r;

		refusal_from_snp(&r, values[i]);
		says(&r, "gave no reason (0x");
		all_printable(&r);
		assert_int_equal(refusal_status(&r), VMM_EXIT_CRASHED);
	}
}

static uint64_t eight(const char *text)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < 8 && text[i]; i++)
		value |= (uint64_t)(uint8_t)text[i] << 8 * i;
	return value;
}

#define MESSAGE (1u << 14 | 1u << 15 | 1u << 3 | 1u << 7 | 1u << 6 | 1u << 8 | 1u << 9 | 1u << 2)

static void fatal(uint64_t reg[REFUSAL_TDX_REGS], uint64_t mask)
{
	static const uint8_t order[8] = {14, 15, 3, 7, 6, 8, 9, 2};
	static const char text[65] =
		"TD misconfiguration: SEPT_VE_DISABLE attribute must be set. 1234";

	memset(reg, 0, REFUSAL_TDX_REGS * sizeof(reg[0]));
	for (size_t i = 0; i < 8; i++)
		reg[order[i]] = eight(text + 8 * i);
	reg[1] = mask;
}

static void the_text_of_a_fatal_error_is_in_its_registers_order(void **state)
{
	uint64_t reg[REFUSAL_TDX_REGS];
	struct refusal r;

	(void)state;
	fatal(reg, MESSAGE | 1u << 12 | 1u << 13);
	reg[12] = 7;
	refusal_from_tdx(&r, reg);
	says(&r, "code 0x00000007, \"TD misconfiguration: SEPT_VE_DISABLE attribute must be set. "
		 "1234\". Do:");
	assert_int_equal(refusal_status(&r), VMM_EXIT_CRASHED);
}

static void registers_that_the_mask_leaves_out_are_not_shown(void **state)
{
	uint64_t reg[REFUSAL_TDX_REGS];
	struct refusal r;

	(void)state;
	fatal(reg, 1u << 14);
	refusal_from_tdx(&r, reg);
	says(&r, "\"TD misco\"");
	fatal(reg, 0);
	refusal_from_tdx(&r, reg);
	says(&r, "\"\"");
}

static void no_byte_of_a_fatal_error_reaches_the_log_raw(void **state)
{
	struct refusal r;

	(void)state;
	for (unsigned int byte = 1; byte < 256; byte++) {
		uint64_t reg[REFUSAL_TDX_REGS];

		for (size_t i = 0; i < REFUSAL_TDX_REGS; i++)
			reg[i] = byte * 0x0101010101010101ull;
		reg[1] = UINT64_MAX;
		refusal_from_tdx(&r, reg);
		all_printable(&r);
		says(&r, ". Do: ");
	}
}

static void an_address_given_is_said_and_not_read(void **state)
{
	uint64_t reg[REFUSAL_TDX_REGS] = {[12] = 1ull << 63 | 5, [13] = 0xdeadbeef000};
	struct refusal r;

	(void)state;
	refusal_from_tdx(&r, reg);
	says(&r, "code 0x00000005");
	says(&r, "more in its memory");
}

/* Bits above the number that the firmware writes: another's word, whatever it looks like. */
static void a_magic_number_with_more_above_is_no_refusal(void **state)
{
	uint64_t reg[REFUSAL_TDX_REGS] = {[12] = 1ull << 63 | 0x48430040};
	struct refusal r;

	(void)state;
	refusal_from_tdx(&r, reg);
	assert_false(r.firmware);
	reg[12] = 0x148430040;
	refusal_from_tdx(&r, reg);
	assert_false(r.firmware);
}

static size_t logged(char *out, size_t cap, const struct refusal *r, bool by_kernel)
{
	struct log log = {.level = LOG_LEVEL_WARN, .program = "t"};
	int ends[2];
	ssize_t n;

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	log.fd = ends[1];
	refusal_log(&log, r, by_kernel);
	close(ends[1]);
	n = read(ends[0], out, cap - 1);
	close(ends[0]);
	assert_true(n > 0);
	out[n] = '\0';
	return (size_t)n;
}

static void the_log_says_whose_words_they_are(void **state)
{
	char text[2048];
	struct refusal r;

	(void)state;
	refusal_from_port(&r, HC_REFUSE_KERNEL_DIGEST, 0);
	logged(text, sizeof(text), &r, true);
	assert_non_null(strstr(text, "written by the guest's kernel"));
	assert_non_null(strstr(text, "KERNEL_DIGEST"));
	logged(text, sizeof(text), &r, false);
	assert_null(strstr(text, "written by the guest's kernel"));
	assert_non_null(strstr(text, "KERNEL_DIGEST"));
	refusal_from_snp(&r, TERMINATE(1, 2));
	logged(text, sizeof(text), &r, true);
	assert_null(strstr(text, "not by the firmware"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_code_is_cut_or_without_words),
		cmocka_unit_test(every_refusal_has_its_words_on_every_channel),
		cmocka_unit_test(the_vector_of_an_exception_is_kept),
		cmocka_unit_test(linux_and_the_specification_have_their_reasons),
		cmocka_unit_test(what_is_no_termination_request_is_no_refusal),
		cmocka_unit_test(the_text_of_a_fatal_error_is_in_its_registers_order),
		cmocka_unit_test(registers_that_the_mask_leaves_out_are_not_shown),
		cmocka_unit_test(no_byte_of_a_fatal_error_reaches_the_log_raw),
		cmocka_unit_test(an_address_given_is_said_and_not_read),
		cmocka_unit_test(a_magic_number_with_more_above_is_no_refusal),
		cmocka_unit_test(the_log_says_whose_words_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
