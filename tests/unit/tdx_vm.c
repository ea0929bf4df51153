/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tdx_vm.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm/cpuid.h"
#include "vmm/platform/kinds.h"
#include "vmm/ram.h"

static const uint8_t page[HC_PAGE_SIZE] = {0xf4};
static const struct fw_region region = {
	.gpa = HC_TEXT_GPA,
	.pages = 1,
	.type = HC_PAGE_NORMAL,
	.data = page,
};

void tdx_vm_open(struct tdx_vm *t)
{
	memset(t, 0, sizeof(*t));
	vm_config_init(&t->config);
	t->config.vcpu_count = 2;
	t->m = tdx_module_new(KVM_MODEL_7_3);
	if (!t->m)
		abort();
	tdx_module(t->m)->supported_xfam = 0x602e7; /* a Xeon of the fourth generation */
	t->log = (struct log){
		.fd = memfd_create("log", 0), .level = LOG_LEVEL_DEBUG, .program = "test"};
	t->vm.config = &t->config;
	t->vm.log = &t->log;
	t->vm.platform = &platform_tdx;
	t->vm.status = VM_RUNNING;
	pthread_mutex_init(&t->vm.lock, NULL);
	vm_host_init(&t->vm);
	if (t->log.fd < 0 || loop_init(&t->vm.loop, &t->vm.lock, &t->err) ||
		kvm_open(&t->vm.kvm, &kvm_model_sys, t->m, &t->err) ||
		ram_open(&t->vm.mem, t->config.ram_bytes, false, &t->err))
		abort();
}

void tdx_vm_close(struct tdx_vm *t)
{
	platform_destroy(&t->vm);
	for (uint32_t i = 0; i < t->vm.vcpus; i++)
		kvm_close_vcpu(&t->vm.kvm, &t->vm.vcpu[i]);
	kvm_close(&t->vm.kvm);
	ram_close(&t->vm.mem);
	loop_fini(&t->vm.loop);
	pthread_mutex_destroy(&t->vm.lock);
	vm_config_fini(&t->config);
	close(t->log.fd);
	kvm_model_free(t->m);
}

int tdx_vm_create(struct tdx_vm *t)
{
	int rc = platform_create(&t->vm, &t->err);

	return rc ? rc : platform_map_memory(&t->vm, &t->vm.mem.ram[0], &t->err);
}

int tdx_vm_vcpus(struct tdx_vm *t)
{
	struct kvm_cpuid_table table;
	int rc = 0;

	for (uint32_t i = 0; i < t->config.vcpu_count && !rc; i++) {
		rc = kvm_create_vcpu(&t->vm.kvm, i, &t->vm.vcpu[i], &t->err);
		if (rc)
			return rc;
		t->vm.vcpus++;
		rc = kvm_supported_cpuid(&t->vm.kvm, &table, &t->err);
		if (!rc)
			rc = cpuid_fix(&table, i, t->config.vcpu_count, true, &t->err);
		if (!rc)
			rc = platform_fit_cpuid(&t->vm, i, &table, &t->err);
		if (!rc)
			rc = kvm_set_cpuid(&t->vm.kvm, &t->vm.vcpu[i], &table, &t->err);
	}
	return rc;
}

int tdx_vm_seal(struct tdx_vm *t)
{
	int rc = platform_load(&t->vm, &region, page, &t->err);

	for (uint32_t i = 0; i < t->vm.vcpus && !rc; i++)
		rc = platform_reset_vcpu(&t->vm, i, &t->err);
	return rc ? rc : platform_seal(&t->vm, &t->err);
}

unsigned int tdx_vm_logged(struct tdx_vm *t, const char *text)
{
	static char all[0x10000];
	ssize_t len = pread(t->log.fd, all, sizeof(all) - 1, 0);
	unsigned int count = 0;

	if (len < 0)
		abort();
	all[len] = '\0';
	for (const char *at = all; (at = strstr(at, text)); at++)
		count++;
	return count;
}
