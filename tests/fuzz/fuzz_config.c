/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a guest's configuration; what is accepted stays within the boot contract. */
#include <stdlib.h>
#include <string.h>

#include "vmm/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hc_manifest_device dev[HC_DEVICES_MAX];
	char cmdline[HC_CMDLINE_MAX + 1];
	struct guest_inputs in;
	struct vm_config c;
	struct error err;

	vm_config_init(&c);
	if (!vm_config_parse(&c, (const char *)data, size, "fuzz", &err) &&
		!vm_config_check(&c, &err)) {
		if (vm_config_inputs(&c, cmdline, &in, &err) || strlen(cmdline) > HC_CMDLINE_MAX)
			abort();
		if (in.vcpu_count < 1 || in.vcpu_count > HC_VCPUS_MAX ||
			vm_config_devices(&c, dev) >= HC_DEVICES_MAX)
			abort();
	}
	vm_config_fini(&c);
	return 0;
}
