/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-vmm check on the software KVM: the measurement of its speed, in which every failure is one,
 * and what it says of itself on each kernel, asked without a word too many and with nothing left
 * open.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "tests/model/kvm_model.h"
#include "tests/model/psp_model.h"
#include "tests/model/tdx_module.h"
#include "tests/unit/fake_node.h"

static const struct kvm_model_step fault = {.fn = kvm_model_error, .error = EFAULT};
static const struct kvm_model_step interrupted = {.fn = kvm_model_error, .error = EINTR};
static const struct kvm_model_step round_done = {
	.fn = kvm_model_out, .gpa = 0x10, .size = 1, .value = 0};
static const struct kvm_model_step died = {.fn = kvm_model_exit, .reason = KVM_EXIT_SHUTDOWN};

static int measured(const struct kvm_model_step *steps, size_t count, unsigned int fail_at,
	uint64_t *per_s, unsigned int *calls)
{
	struct kvm_model *m = kvm_model_new(KVM_MODEL_7_3, NULL);
	char leaks[256];
	int rc;

	assert_non_null(m);
	m->script[0][0].steps = steps;
	m->script[0][0].count = count;
	m->fail_at = fail_at;
	m->fail_with = ENOMEM;
	*per_s = 0;
	rc = speed_measure(&kvm_model_sys, m, per_s);
	assert_string_equal(kvm_model_leaks(m, leaks, sizeof(leaks)), "");
	assert_string_equal(kvm_model_complaints(m), "");
	if (calls)
		*calls = m->calls;
	kvm_model_free(m);
	return rc;
}

static void what_ends_otherwise_than_the_loop_is_no_speed(void **state)
{
	const struct kvm_model_step later[] = {round_done, round_done, died};
	uint64_t per_s;

	(void)state;
	assert_int_equal(measured(&fault, 1, 0, &per_s, NULL), -EFAULT);
	assert_int_equal(measured(&died, 1, 0, &per_s, NULL), -EIO);
	assert_int_equal(measured(later, 3, 0, &per_s, NULL), -EIO);
	assert_true(per_s == 0);
}

static void an_entry_that_the_timer_ends_is_told_apart(void **state)
{
	uint64_t per_s;

	(void)state;
	assert_int_equal(measured(&interrupted, 1, 0, &per_s, NULL), -ETIMEDOUT);
	assert_true(per_s == 0);
}

static void what_was_done_before_the_timer_counts(void **state)
{
	const struct kvm_model_step steps[] = {round_done, round_done, round_done, interrupted};
	uint64_t per_s;

	(void)state;
	assert_int_equal(measured(steps, 4, 0, &per_s, NULL), 0);
	assert_true(per_s > 0);
}

static void each_call_that_fails_is_an_error(void **state)
{
	unsigned int calls;
	uint64_t per_s;

	(void)state;
	measured(&fault, 1, 0, &per_s, &calls);
	assert_in_range(calls, 10, 40);
	for (unsigned int i = 1; i <= calls; i++) {
		assert_true(measured(&fault, 1, i, &per_s, NULL) < 0);
		assert_true(per_s == 0);
	}
}

static void the_timer_and_its_signal_are_as_before(void **state)
{
	struct sigaction before, after;
	struct itimerval timer;
	uint64_t per_s;

	(void)state;
	sigaction(SIGALRM, NULL, &before);
	measured(&fault, 1, 0, &per_s, NULL);
	sigaction(SIGALRM, NULL, &after);
	getitimer(ITIMER_REAL, &timer);
	assert_true(before.sa_handler == after.sa_handler);
	assert_int_equal(timer.it_value.tv_sec + timer.it_value.tv_usec, 0);
}

/* --- what KVM says of itself --- */

static struct fake_node node; /* the rest of the machine */

static int no_speed(void *ctx, uint64_t *loops_per_s)
{
	(void)ctx, (void)loops_per_s;
	return -EIO;
}

static int on_node_stat(void *ctx, const char *path, struct check_file *out)
{
	(void)ctx;
	return fake_node_ops.stat(&node, path, out);
}

static void ask(struct host *h, struct kvm_model *m)
{
	struct check_ops ops = fake_node_ops;
	const struct check_probe probe = {.ops = &ops, .ctx = m};
	char leaks[256];

	ops.kvm = &kvm_model_sys;
	ops.speed = no_speed;
	ops.stat = on_node_stat;
	memset(h, 0, sizeof(*h));
	host_read_kvm(h, &probe);
	assert_string_equal(kvm_model_leaks(m, leaks, sizeof(leaks)), "");
	assert_string_equal(kvm_model_complaints(m), "");
	kvm_model_free(m);
}

static void private_memory_is_there(const struct host_kvm *k)
{
	const struct fact *const needed[] = {
		&k->user_memory2, &k->memory_fault, &k->attributes, &k->gmem};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		assert_int_equal(needed[i]->rc, 0);
		assert_true(needed[i]->value);
	}
	assert_true(k->exit_hypercall.value >> KVM_HC_MAP_GPA_RANGE & 1);
	assert_true(k->attributes.value & KVM_MEMORY_ATTRIBUTE_PRIVATE);
	assert_null(k->lacks);
}

static void an_snp_host_says_what_its_kernel_has(void **state)
{
	static const struct {
		enum kvm_model_kernel kernel;
		bool policy, certs;
	} kernels[] = {{KVM_MODEL_6_11, false, false}, {KVM_MODEL_6_16, false, false},
		{KVM_MODEL_7_0, true, true}, {KVM_MODEL_7_3, true, true}};
	static struct host h;

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		fake_node_snp(&node);
		ask(&h, psp_model_new(kernels[i].kernel));
		assert_true(h.kvm.vm_types.value >> KVM_X86_SNP_VM & 1);
		private_memory_is_there(&h.kvm);
		assert_int_equal(h.kvm.vmsa_features.rc, 0);
		assert_int_equal(h.kvm.policy_bits.rc, kernels[i].policy ? 0 : -ENXIO);
		assert_int_equal(h.kvm.req_certs.rc, kernels[i].certs ? 0 : -ENXIO);
		assert_int_equal(h.kvm.tdx_rc, -ENOTTY);
		assert_true(h.snp.open_rc >= 0);
		assert_int_equal(h.snp.status_rc, 0);
		assert_int_equal(h.snp.status.api_major, 1);
		assert_int_equal(h.snp.status.api_minor, 58);
		assert_int_equal(h.snp.status.state, 1);
	}
}

static void a_tdx_host_says_what_its_module_has(void **state)
{
	static struct host h;
	struct kvm_model *m;
	uint64_t xfam;

	(void)state;
	for (enum kvm_model_kernel kernel = KVM_MODEL_6_16; kernel <= KVM_MODEL_7_3; kernel++) {
		fake_node_tdx(&node);
		m = tdx_module_new(kernel);
		assert_non_null(m);
		xfam = tdx_module(m)->supported_xfam;
		ask(&h, m);
		assert_true(h.kvm.vm_types.value >> KVM_X86_TDX_VM & 1);
		private_memory_is_there(&h.kvm);
		assert_int_equal(h.kvm.tdx_rc, 0);
		assert_true(h.kvm.tdx.supported_attrs >> 28 & 1);
		assert_true(h.kvm.tdx.supported_xfam == xfam);
		assert_int_equal(h.kvm.tdx_vcpus.rc, 0);
		assert_true(h.kvm.tdx_vcpus.value >= 1);
		assert_in_range(h.kvm.tdx.cpuid.nent, 1, 256);
		assert_int_equal(h.kvm.vmsa_features.rc, -ENXIO);
	}
}

static void a_plain_host_says_that_it_has_neither(void **state)
{
	static struct host h;

	(void)state;
	fake_node_snp(&node);
	fake_node_refuse(&node, "/dev/sev", -ENOENT);
	ask(&h, kvm_model_new(KVM_MODEL_7_3, NULL));
	assert_int_equal(h.kvm.vm_types.value & 0x3c, 0);
	assert_int_equal(h.kvm.tdx_rc, -ENOTTY);
	assert_int_equal(h.kvm.policy_bits.rc, -ENXIO);
	assert_int_equal(h.snp.file_rc, -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_ends_otherwise_than_the_loop_is_no_speed),
		cmocka_unit_test(an_entry_that_the_timer_ends_is_told_apart),
		cmocka_unit_test(what_was_done_before_the_timer_counts),
		cmocka_unit_test(each_call_that_fails_is_an_error),
		cmocka_unit_test(the_timer_and_its_signal_are_as_before),
		cmocka_unit_test(an_snp_host_says_what_its_kernel_has),
		cmocka_unit_test(a_tdx_host_says_what_its_module_has),
		cmocka_unit_test(a_plain_host_says_that_it_has_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
