/* SPDX-License-Identifier: Apache-2.0 */
/* The mailbox in front of the simulated processor: every misuse a guest can think of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#if HC_SIM
#include "tests/unit/sim_state.h"
#include "vmm/sim/sim_mailbox.h"

#define WORDS (HC_SIM_REQUEST_SIZE / 4)

static struct sim_psp *psp;
static struct sim_mailbox mb;

static int setup(void **state)
{
	static uint8_t page[4096];

	sim_state_setup(state);
	assert_int_equal(sim_psp_new(&psp, sim_state_dir(), NULL), 0);
	assert_int_equal(sim_psp_launch_start(psp, SIM_PSP_POLICY_DEFAULT, NULL), 0);
	assert_int_equal(sim_psp_launch_update(psp, HC_PAGE_NORMAL, 0x1000, page, NULL), 0);
	assert_int_equal(sim_psp_launch_finish(psp, NULL, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	sim_psp_free(psp);
	return sim_state_teardown(state);
}

static int each(void **state)
{
	(void)state;
	sim_mailbox_init(&mb, psp);
	return 0;
}

static uint32_t status(void)
{
	return sim_mailbox_in(&mb, HC_SIM_PORT_COMMAND, 4);
}

static uint32_t length(void)
{
	return sim_mailbox_in(&mb, HC_SIM_PORT_LENGTH, 4);
}

static void command(uint32_t value)
{
	sim_mailbox_out(&mb, HC_SIM_PORT_COMMAND, 4, value);
}

static void words(unsigned int count, uint32_t value)
{
	for (unsigned int i = 0; i < count; i++)
		sim_mailbox_out(&mb, HC_SIM_PORT_DATA, 4, value);
}

/* report_data of `fill`, VMPL 0, any key */
static void request(uint32_t fill)
{
	command(HC_SIM_CMD_BEGIN);
	words(16, fill);
	words(8, 0);
}

static void refused(void)
{
	assert_int_equal(status(), HC_SIM_STATUS_BAD_REQUEST);
	assert_int_equal(length(), 0);
	/* and the request is gone: the command alone does not work any more */
	command(HC_SIM_CMD_REPORT);
	assert_int_equal(status(), HC_SIM_STATUS_BAD_REQUEST);
}

static void recovers(void)
{
	request(7);
	command(HC_SIM_CMD_REPORT);
	assert_int_equal(status(), HC_SIM_STATUS_READY);
	assert_int_equal(length(), SIM_PSP_RESPONSE_SIZE);
}

static void refuses_a_command_before_begin(void **state)
{
	(void)state;
	command(HC_SIM_CMD_REPORT);
	refused();
	command(HC_SIM_CMD_EXT_REPORT);
	refused();
	recovers();
}

static void refuses_unknown_commands(void **state)
{
	static const uint32_t bad[] = {0, 4, 0x101, 0x80000001, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request(1);
		command(bad[i]);
		refused();
	}
	recovers();
}

static void refuses_every_number_of_words_but_24(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < WORDS; n++) {
		command(HC_SIM_CMD_BEGIN);
		words(n, 0);
		command(n % 2 ? HC_SIM_CMD_REPORT : HC_SIM_CMD_EXT_REPORT);
		refused();
	}
	command(HC_SIM_CMD_BEGIN);
	words(WORDS + 1, 0); /* refused at the word, before any command */
	refused();
	command(HC_SIM_CMD_BEGIN);
	words(1000, 0xffffffff);
	refused();
	recovers();
}

static void refuses_data_without_begin_or_after_the_answer(void **state)
{
	(void)state;
	words(1, 0);
	refused();
	recovers();
	words(1, 0);
	refused();
	recovers();
}

static void refuses_reading_before_and_beyond_the_answer(void **state)
{
	(void)state;
	assert_int_equal(sim_mailbox_in(&mb, HC_SIM_PORT_DATA, 4), UINT32_MAX);
	refused();
	request(1);
	assert_int_equal(sim_mailbox_in(&mb, HC_SIM_PORT_DATA, 4), UINT32_MAX);
	refused();
	recovers();
	for (uint32_t left = SIM_PSP_RESPONSE_SIZE; left > 0; left -= 4) {
		assert_int_equal(length(), left);
		sim_mailbox_in(&mb, HC_SIM_PORT_DATA, 4);
		assert_int_equal(status(), HC_SIM_STATUS_READY);
	}
	assert_int_equal(length(), 0);
	assert_int_equal(sim_mailbox_in(&mb, HC_SIM_PORT_DATA, 4), UINT32_MAX);
	refused();
	recovers();
}

static void refuses_every_width_but_four(void **state)
{
	static const unsigned int widths[] = {0, 1, 2, 3, 8, 16};
	static const uint16_t ports[] = {
		HC_SIM_PORT_SIGNATURE, HC_SIM_PORT_COMMAND, HC_SIM_PORT_DATA, HC_SIM_PORT_LENGTH};

	(void)state;
	for (size_t p = 0; p < 4; p++) {
		for (size_t w = 0; w < 6; w++) {
			request(1);
			assert_int_equal(sim_mailbox_in(&mb, ports[p], widths[w]), UINT32_MAX);
			refused();
			request(1);
			sim_mailbox_out(&mb, ports[p], widths[w], HC_SIM_CMD_REPORT);
			refused();
		}
	}
	recovers();
}

static void refuses_every_port_that_is_not_one_of_its_own(void **state)
{
	(void)state;
	for (uint16_t port = SIM_MAILBOX_PORT_FIRST - 2;
		port < SIM_MAILBOX_PORT_FIRST + SIM_MAILBOX_PORT_COUNT + 2; port++) {
		if (port != HC_SIM_PORT_COMMAND && port != HC_SIM_PORT_DATA) {
			request(1);
			sim_mailbox_out(&mb, port, 4, HC_SIM_CMD_REPORT);
			refused();
		}
		if (port % 4 || port < SIM_MAILBOX_PORT_FIRST ||
			port >= SIM_MAILBOX_PORT_FIRST + SIM_MAILBOX_PORT_COUNT) {
			request(1);
			assert_int_equal(sim_mailbox_in(&mb, port, 4), UINT32_MAX);
			refused();
		}
	}
	recovers();
}

static void a_new_begin_drops_request_and_answer(void **state)
{
	(void)state;
	command(HC_SIM_CMD_BEGIN);
	words(WORDS - 1, 9);
	command(HC_SIM_CMD_BEGIN);
	assert_int_equal(status(), HC_SIM_STATUS_IDLE);
	words(1, 9);
	command(HC_SIM_CMD_REPORT);
	refused();
	recovers();
	command(HC_SIM_CMD_BEGIN);
	assert_int_equal(length(), 0);
	assert_int_equal(sim_mailbox_in(&mb, HC_SIM_PORT_DATA, 4), UINT32_MAX);
	refused();
}

static void a_request_serves_once(void **state)
{
	(void)state;
	recovers();
	command(HC_SIM_CMD_REPORT);
	refused();
}

static void says_failed_where_there_is_no_guest_yet(void **state)
{
	struct sim_psp *early;

	(void)state;
	assert_int_equal(sim_psp_new(&early, sim_state_dir(), NULL), 0);
	sim_mailbox_init(&mb, early);
	request(1);
	command(HC_SIM_CMD_REPORT);
	assert_int_equal(status(), HC_SIM_STATUS_FAILED);
	assert_int_equal(length(), 0);
	sim_psp_free(early);
}

static void a_refusal_of_the_firmware_is_an_answer_without_a_report(void **state)
{
	(void)state;
	command(HC_SIM_CMD_BEGIN);
	words(16, 1);
	words(8, 0x01010101); /* VMPL and key selection out of range */
	command(HC_SIM_CMD_EXT_REPORT);
	assert_int_equal(status(), HC_SIM_STATUS_READY);
	assert_int_equal(length(), HC_SIM_RESPONSE_HEADER);
	assert_int_equal(sim_mailbox_in(&mb, HC_SIM_PORT_DATA, 4), 0x16);
	assert_int_equal(sim_mailbox_in(&mb, HC_SIM_PORT_DATA, 4), 0);
}

static void gives_the_report_and_the_certificates(void **state)
{
	struct view certs = sim_psp_certificates(psp);
	uint8_t got[SIM_PSP_RESPONSE_SIZE + HC_SIM_CERTS_MAX];
	uint32_t len;

	(void)state;
	assert_int_equal(sim_mailbox_in(&mb, HC_SIM_PORT_SIGNATURE, 4), HC_SIM_SIGNATURE);
	assert_int_equal(status(), HC_SIM_STATUS_IDLE);
	request(0x44332211);
	command(HC_SIM_CMD_EXT_REPORT);
	assert_int_equal(status(), HC_SIM_STATUS_READY);
	len = length();
	assert_int_equal(len, SIM_PSP_RESPONSE_SIZE + certs.len);
	for (uint32_t i = 0; i < len; i += 4)
		put_le32(got + i, sim_mailbox_in(&mb, HC_SIM_PORT_DATA, 4));
	assert_int_equal(get_le32(got), 0);
	assert_int_equal(get_le32(got + 4), SIM_PSP_REPORT_SIZE);
	assert_int_equal(get_le32(got + HC_SIM_RESPONSE_HEADER), 5);
	assert_int_equal(get_le32(got + HC_SIM_RESPONSE_HEADER + 0x50), 0x44332211);
	assert_memory_equal(got + SIM_PSP_RESPONSE_SIZE, certs.data, certs.len);
}

#define TEST(name) cmocka_unit_test_setup(name, each)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_a_command_before_begin),
		TEST(refuses_unknown_commands),
		TEST(refuses_every_number_of_words_but_24),
		TEST(refuses_data_without_begin_or_after_the_answer),
		TEST(refuses_reading_before_and_beyond_the_answer),
		TEST(refuses_every_width_but_four),
		TEST(refuses_every_port_that_is_not_one_of_its_own),
		TEST(a_new_begin_drops_request_and_answer),
		TEST(a_request_serves_once),
		TEST(says_failed_where_there_is_no_guest_yet),
		TEST(a_refusal_of_the_firmware_is_an_answer_without_a_report),
		TEST(gives_the_report_and_the_certificates),
	};

	return cmocka_run_group_tests_name("sim_mailbox", tests, setup, teardown);
}
#else
int main(void)
{
	puts("1..1\nok 1 - sim_mailbox # SKIP built with SIM=0");
	return 0;
}
#endif
