/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/snp_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "attest/measure/measure.h"
#include "vmm/launch.h"

/* Never run: the model's guests are scripts. */
static const uint8_t code[] = {0xf4};
static const struct kvm_model_step power_off[] = {MODEL_OFF};

static void configure(struct snp_scene *s, unsigned int vcpus, uint64_t mib, const char *members)
{
	snprintf(s->guest.config, sizeof(s->guest.config),
		"{\"boot-source\":{\"kernel_image_path\":\"%s\"},"
		"\"machine-config\":{\"vcpu_count\":%u,\"mem_size_mib\":%llu},"
		"\"confidential\":{\"platform\":\"sev-snp\",\"firmware\":\"%s\"%s}}",
		s->guest.kernel, vcpus, (unsigned long long)mib, s->guest.firmware, members);
}

static void new_model(struct snp_scene *s, enum kvm_model_kernel kernel)
{
	s->m = psp_model_new(kernel);
	assert_non_null(s->m);
	s->psp = psp_model_of(s->m);
	MODEL_SCRIPT(s->m, 0, 0, power_off);
}

void snp_scene_open(struct snp_scene *s, enum kvm_model_kernel kernel, unsigned int vcpus,
	uint64_t mib, const char *members)
{
	tiny_guest_make(&s->guest, HC_PLATFORM_SNP, code, sizeof(code), "}");
	configure(s, vcpus, mib, members);
	new_model(s, kernel);
}

void snp_scene_again(struct snp_scene *s, enum kvm_model_kernel kernel, unsigned int vcpus,
	uint64_t mib, const char *members)
{
	kvm_model_free(s->m);
	configure(s, vcpus, mib, members);
	new_model(s, kernel);
	unlink(s->guest.log);
}

void snp_scene_close(struct snp_scene *s)
{
	kvm_model_free(s->m);
	tiny_guest_remove(&s->guest);
}

int snp_scene_run(struct snp_scene *s)
{
	char text[256];
	struct tiny_run run;
	int status;

	tiny_guest_start(&run, &s->guest, &kvm_model_sys, s->m);
	status = tiny_guest_wait(&run, text, sizeof(text));
	assert_string_equal(kvm_model_leaks(s->m, text, sizeof(text)), "");
	assert_string_equal(kvm_model_complaints(s->m), "");
	for (uint32_t i = 1; i <= PSP_ASIDS; i++)
		assert_false(s->psp->asid_used[i]);
	return status;
}

bool snp_scene_logged(const struct snp_scene *s, const char *text)
{
	return strstr(tiny_guest_log(&s->guest), text) != NULL;
}

void snp_scene_predict(const struct snp_scene *s, uint8_t digest[SHA384_SIZE])
{
	struct staging staging = {0};
	struct hc_manifest manifest;
	struct bytes file = {0};
	struct vm_config config;
	struct fw_image image;
	struct error err;

	vm_config_init(&config);
	assert_int_equal(
		vm_config_parse(&config, s->guest.config, strlen(s->guest.config), "test", &err),
		0);
	assert_int_equal(launch_firmware(&config, &file, &image, &err), 0);
	assert_int_equal(staging_open(&staging, config.kernel_path, NULL, &err), 0);
	assert_int_equal(launch_manifest(&config, &staging, &manifest, &err), 0);
	assert_int_equal(
		measure_snp(digest, &image, &manifest, SNP_SEV_FEATURES, NULL, NULL, &err), 0);
	staging_close(&staging);
	bytes_free(&file);
	vm_config_fini(&config);
}
