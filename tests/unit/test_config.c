/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's configuration: what is not understood is refused, what Firecracker takes is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vmm/config.h"

#define BOOT "\"boot-source\":{\"kernel_image_path\":\"k\"}"

static struct error err;

static int parse(struct vm_config *c, const char *text)
{
	memset(&err, 0, sizeof(err));
	vm_config_init(c);
	return vm_config_parse(c, text, strlen(text), "guest.json", &err);
}

static void refused(const char *text, int code, const char *where)
{
	struct vm_config c;
	int rc = parse(&c, text);

	if (!rc)
		rc = vm_config_check(&c, &err);
	if (rc != code || !strstr(err.where, where))
		print_error("%s: %d at \"%s\", found \"%s\"\n", text, rc, err.where, err.found);
	assert_int_equal(rc, code);
	assert_non_null(strstr(err.where, where));
	vm_config_fini(&c);
}

static void refuses_what_it_does_not_know(void **state)
{
	(void)state;
	refused("{" BOOT ",\"snapshot\":{}}", HC_EFORMAT, "guest.json");
	refused("{\"boot-source\":{\"kernel_image_path\":\"k\",\"kernel\":\"k\"}}", HC_EFORMAT,
		"boot-source");
	refused("{" BOOT ",\"machine-config\":{\"cpus\":1}}", HC_EFORMAT, "machine-config");
	refused("{" BOOT ",\"drives\":[{\"drive_id\":\"a\",\"path_on_host\":\"p\",\"x\":1}]}",
		HC_EFORMAT, "drives[0]");
	refused("{" BOOT ",\"vsock\":{\"guest_cid\":3,\"uds_path\":\"u\",\"x\":1}}", HC_EFORMAT,
		"vsock");
	refused("{" BOOT ",\"logger\":{\"x\":1}}", HC_EFORMAT, "logger");
	refused("{" BOOT ",\"confidential\":{\"policy\":1}}", HC_EFORMAT, "confidential");
}

static void refuses_parts_of_firecracker_that_are_not_built(void **state)
{
	(void)state;
	refused("{" BOOT ",\"network-interfaces\":[{\"iface_id\":\"eth0\"}]}", HC_EUNSUPPORTED,
		"network-interfaces");
	refused("{" BOOT ",\"balloon\":{\"amount_mib\":1}}", HC_EUNSUPPORTED, "balloon");
	refused("{" BOOT ",\"metrics\":{\"metrics_path\":\"m\"}}", HC_EUNSUPPORTED, "metrics");
	refused("{" BOOT ",\"mmds-config\":{\"version\":\"V2\"}}", HC_EUNSUPPORTED, "mmds-config");
	/* An empty entropy object asks Firecracker for the device. */
	refused("{" BOOT ",\"entropy\":{}}", HC_EUNSUPPORTED, "entropy");
	refused("{" BOOT ",\"cpu-config\":\"file\"}", HC_EUNSUPPORTED, "cpu-config");
	refused("{" BOOT ",\"drives\":[{\"drive_id\":\"a\",\"path_on_host\":\"p\","
		"\"rate_limiter\":{\"ops\":{}}}]}",
		HC_EUNSUPPORTED, "drives[0].rate_limiter");
	refused("{" BOOT ",\"drives\":[{\"drive_id\":\"a\",\"path_on_host\":\"p\","
		"\"socket\":\"s\"}]}",
		HC_EUNSUPPORTED, "drives[0].socket");
}

static void refuses_values_that_would_be_ignored(void **state)
{
	(void)state;
	refused("{" BOOT ",\"machine-config\":{\"smt\":true}}", HC_EUNSUPPORTED, "smt");
	refused("{" BOOT ",\"machine-config\":{\"track_dirty_pages\":true}}", HC_EUNSUPPORTED,
		"track_dirty_pages");
	refused("{" BOOT ",\"machine-config\":{\"cpu_template\":\"T2\"}}", HC_EUNSUPPORTED,
		"cpu_template");
	refused("{" BOOT ",\"machine-config\":{\"huge_pages\":\"2M\"}}", HC_EUNSUPPORTED,
		"huge_pages");
	refused("{" BOOT ",\"confidential\":{\"memory\":\"about\"}}", HC_EUNSUPPORTED, "memory");
	refused("{" BOOT ",\"confidential\":{\"memory_backing\":\"memfd\"}}", HC_EUNSUPPORTED,
		"confidential.memory_backing");
	refused("{" BOOT ",\"machine-config\":{\"huge_pages\":\"Transparent\"},"
		"\"confidential\":{\"memory_backing\":\"guest_memfd\"}}",
		HC_EUNSUPPORTED, "confidential.memory_backing");
	refused("{" BOOT ",\"confidential\":{\"platform\":\"sev-snp\","
		"\"memory_backing\":\"guest_memfd\"}}",
		HC_EUNSUPPORTED, "confidential.memory_backing");
	refused("{" BOOT ",\"confidential\":{\"platform\":\"sgx\"}}", HC_EUNSUPPORTED, "platform");
	refused("{" BOOT ",\"logger\":{\"level\":\"Loud\"}}", HC_EFORMAT, "log level");
}

static void refuses_numbers_out_of_range_and_wrong_types(void **state)
{
	(void)state;
	refused("{" BOOT ",\"machine-config\":{\"vcpu_count\":0}}", HC_ERANGE, "vcpu_count");
	refused("{" BOOT ",\"machine-config\":{\"vcpu_count\":17}}", HC_ERANGE, "vcpu_count");
	refused("{" BOOT ",\"machine-config\":{\"vcpu_count\":\"2\"}}", HC_EFORMAT, "vcpu_count");
	refused("{" BOOT ",\"machine-config\":{\"mem_size_mib\":62}}", HC_ERANGE, "mem_size_mib");
	refused("{" BOOT ",\"machine-config\":{\"mem_size_mib\":129}}", HC_ERANGE, "mem_size_mib");
	refused("{" BOOT ",\"machine-config\":{\"mem_size_mib\":9223372036854775807}}", HC_ERANGE,
		"mem_size_mib");
	refused("{" BOOT ",\"vsock\":{\"guest_cid\":2,\"uds_path\":\"u\"}}", HC_ERANGE,
		"guest_cid");
	refused("{" BOOT ",\"vsock\":{\"guest_cid\":4294967295,\"uds_path\":\"u\"}}", HC_ERANGE,
		"guest_cid");
	refused("{" BOOT ",\"drives\":{}}", HC_EFORMAT, "drives");
	refused("{" BOOT ",\"drives\":[1]}", HC_EFORMAT, "drives[0]");
	refused("{\"boot-source\":[]}", HC_EFORMAT, "boot-source");
	refused("[]", HC_EFORMAT, "guest.json");
}

static void refuses_what_is_missing_or_twice(void **state)
{
	(void)state;
	refused("{}", HC_EMISSING, "kernel_image_path");
	refused("{" BOOT ",\"drives\":[{\"path_on_host\":\"p\"}]}", HC_EMISSING, "drive_id");
	refused("{" BOOT ",\"drives\":[{\"drive_id\":\"p\"}]}", HC_EMISSING, "path_on_host");
	refused("{" BOOT ",\"vsock\":{\"guest_cid\":3}}", HC_EMISSING, "uds_path");
	refused("{" BOOT ",\"drives\":[{\"drive_id\":\"a\",\"path_on_host\":\"p\"},"
		"{\"drive_id\":\"a\",\"path_on_host\":\"q\"}]}",
		HC_EFORMAT, "drive_id");
	refused("{" BOOT
		",\"drives\":[{\"drive_id\":\"a\",\"path_on_host\":\"p\",\"is_root_device\":true},"
		"{\"drive_id\":\"b\",\"path_on_host\":\"q\",\"is_root_device\":true}]}",
		HC_EFORMAT, "is_root_device");
	refused("{" BOOT "," BOOT "}", HC_EFORMAT, "guest.json");
}

static void refuses_paths_that_are_empty(void **state)
{
	(void)state;
	refused("{\"boot-source\":{\"kernel_image_path\":\"\"}}", HC_EFORMAT, "kernel_image_path");
	refused("{\"boot-source\":{\"kernel_image_path\":\"k\",\"initrd_path\":\"\"}}", HC_EFORMAT,
		"initrd_path");
	refused("{" BOOT ",\"vsock\":{\"guest_cid\":3,\"uds_path\":\"\"}}", HC_EFORMAT, "uds_path");
	refused("{" BOOT ",\"logger\":{\"log_path\":\"\"}}", HC_EFORMAT, "log_path");
	refused("{" BOOT ",\"drives\":[{\"drive_id\":\"a\",\"path_on_host\":\"\"}]}", HC_EFORMAT,
		"path_on_host");
	refused("{" BOOT ",\"confidential\":{\"firmware\":\"\"}}", HC_EFORMAT, "firmware");
}

static void refuses_more_drives_than_there_are_slots_for(void **state)
{
	char text[4096] = "{" BOOT ",\"drives\":[", one[128];

	(void)state;
	for (int i = 0; i <= VM_DRIVES_MAX; i++) {
		snprintf(one, sizeof(one), "%s{\"drive_id\":\"d%d\",\"path_on_host\":\"p\"}",
			i ? "," : "", i);
		strcat(text, one);
	}
	strcat(text, "]}");
	refused(text, HC_ERANGE, "drives");
}

static const char from_firecracker[] =
	"{\"boot-source\":{\"kernel_image_path\":\"vmlinux.bin\",\"initrd_path\":null,"
	"\"boot_args\":\"console=ttyS0 reboot=k panic=1 pci=off\"},"
	"\"drives\":[{\"drive_id\":\"data\",\"partuuid\":null,\"is_root_device\":false,"
	"\"cache_type\":\"Writeback\",\"is_read_only\":false,\"path_on_host\":\"data.img\","
	"\"io_engine\":\"Async\",\"rate_limiter\":null,\"socket\":null},"
	"{\"drive_id\":\"rootfs\",\"is_root_device\":true,\"cache_type\":\"Unsafe\","
	"\"is_read_only\":true,\"path_on_host\":\"rootfs.ext4\",\"io_engine\":\"Sync\"}],"
	"\"machine-config\":{\"vcpu_count\":2,\"mem_size_mib\":1024,\"smt\":false,"
	"\"cpu_template\":\"None\",\"track_dirty_pages\":false,\"huge_pages\":\"None\"},"
	"\"cpu-config\":null,\"balloon\":null,\"network-interfaces\":[],"
	"\"vsock\":{\"guest_cid\":3,\"uds_path\":\"/tmp/v.sock\",\"vsock_id\":\"1\"},"
	"\"logger\":{\"log_path\":\"log\",\"level\":\"Warning\",\"show_level\":true,"
	"\"show_log_origin\":true,\"module\":\"api_server\"},"
	"\"metrics\":null,\"mmds-config\":null,\"entropy\":null,\"pmem\":[]}";

static void takes_a_file_of_firecrackers_unchanged(void **state)
{
	struct hc_manifest_device dev[HC_DEVICES_MAX];
	char cmdline[HC_CMDLINE_MAX + 1];
	struct vm_config c;

	(void)state;
	assert_int_equal(parse(&c, from_firecracker), 0);
	assert_int_equal(vm_config_check(&c, &err), 0);
	assert_string_equal(c.kernel_path, "vmlinux.bin");
	assert_null(c.initrd_path);
	assert_int_equal(c.vcpu_count, 2);
	assert_int_equal(c.ram_bytes, 1024ULL << 20);
	assert_string_equal(c.drive[0].id, "rootfs");
	assert_true(c.drive[0].read_only);
	assert_string_equal(c.drive[1].path, "data.img");
	assert_int_equal(c.log_level, LOG_LEVEL_WARN);
	assert_true(vm_config_drops_pci_off(&c));
	assert_int_equal(vm_config_cmdline(&c, cmdline, &err), 0);
	assert_string_equal(cmdline, "console=ttyS0 reboot=k panic=1 root=/dev/vda ro");
	assert_int_equal(vm_config_devices(&c, dev), 3);
	assert_int_equal(dev[0].slot, 1);
	assert_int_equal(dev[0].virtio_id, 2);
	assert_int_equal(dev[0].flags, 1);
	assert_int_equal(dev[1].flags, 0);
	assert_int_equal(dev[2].slot, 3);
	assert_int_equal(dev[2].virtio_id, 19);
	vm_config_fini(&c);
}

static void accepted(const char *text)
{
	struct vm_config c;
	int rc = parse(&c, text);

	if (!rc)
		rc = vm_config_check(&c, &err);
	if (rc)
		print_error("%s: %d at \"%s\", found \"%s\"\n", text, rc, err.where, err.found);
	assert_int_equal(rc, 0);
	vm_config_fini(&c);
}

/* As Firecracker's own tests and guides have them, release by release. */
static void takes_what_asks_for_nothing(void **state)
{
	(void)state;
	accepted("{" BOOT ",\"drives\":[],\"machine-config\":null,\"vsock\":null,\"logger\":null,"
		 "\"balloon\":null,\"network-interfaces\":[],\"metrics\":null,"
		 "\"mmds-config\":null,\"entropy\":null,\"cpu-config\":null,\"pmem\":[],"
		 "\"memory-hotplug\":null,\"serial\":null,\"confidential\":null}");
	accepted("{" BOOT ",\"machine-config\":{\"vcpu_count\":2,\"mem_size_mib\":1024,"
		 "\"ht_enabled\":false,\"track_dirty_pages\":false,\"cpu_template\":null}}");
	accepted("{" BOOT ",\"drives\":[{\"drive_id\":\"rootfs\",\"path_on_host\":\"p\","
		 "\"is_root_device\":true,\"is_read_only\":false,\"rate_limiter\":"
		 "{\"bandwidth\":null,\"ops\":null}}]}");
	refused("{" BOOT ",\"machine-config\":{\"ht_enabled\":true}}", HC_EUNSUPPORTED,
		"machine-config.ht_enabled");
	refused("{" BOOT ",\"serial\":{\"serial_out_path\":\"s\"}}", HC_EUNSUPPORTED, "serial");
	refused("{" BOOT ",\"entropy\":{\"rate_limiter\":null}}", HC_EUNSUPPORTED, "entropy");
	refused("{" BOOT ",\"mmds-config\":{\"network_interfaces\":[\"1\"]}}", HC_EUNSUPPORTED,
		"mmds-config");
}

static void every_truncation_is_refused(void **state)
{
	struct vm_config c;

	(void)state;
	for (size_t len = 0; len + 1 < strlen(from_firecracker); len++) {
		vm_config_init(&c);
		assert_int_equal(vm_config_parse(&c, from_firecracker, len, "t", &err), HC_EFORMAT);
		vm_config_fini(&c);
	}
}

/* A flipped bit may make another path or text, but never more than the limits allow. */
static void no_flipped_bit_gets_past_the_limits(void **state)
{
	char text[sizeof(from_firecracker)];
	struct vm_config c;

	(void)state;
	memcpy(text, from_firecracker, sizeof(text));
	for (size_t bit = 0; bit < 8 * (sizeof(text) - 1); bit++) {
		text[bit / 8] ^= (char)(1 << bit % 8);
		vm_config_init(&c);
		if (!vm_config_parse(&c, text, strlen(from_firecracker), "t", &err) &&
			!vm_config_check(&c, &err)) {
			assert_in_range(c.vcpu_count, 1, HC_VCPUS_MAX);
			assert_in_range(c.ram_bytes, HC_RAM_MIN, HC_RAM_MAX);
			assert_in_range(c.drive_count, 0, VM_DRIVES_MAX);
		}
		vm_config_fini(&c);
		text[bit / 8] ^= (char)(1 << bit % 8);
	}
}

static void the_command_line_is_what_is_measured(void **state)
{
	static const struct {
		const char *args, *more, *expected;
	} cases[] = {
		{"\"a  b\"", "", "a  b"}, /* not touched without a reason */
		{"\"\"", "", ""},
		{"\"pci=off\"", "", ""},
		{"\"a pci=off  b xpci=off pci=offx\"", "", "a b xpci=off pci=offx"},
		{"\"a\"", ",\"partuuid\":\"0eaa91a0-01\"", "a root=PARTUUID=0eaa91a0-01 rw"},
		{"\"\"", ",\"is_read_only\":true", "root=/dev/vda ro"},
		{"null", "", "console=ttyS0 quiet panic=1"},
	};
	char text[512], cmdline[HC_CMDLINE_MAX + 1];
	struct vm_config c;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
			"{\"boot-source\":{\"kernel_image_path\":\"k\",\"boot_args\":%s}%s%s%s}",
			cases[i].args,
			*cases[i].more ? ",\"drives\":[{\"drive_id\":\"r\",\"path_on_host\":\"p\","
					 "\"is_root_device\":true"
				       : "",
			cases[i].more, *cases[i].more ? "}]" : "");
		assert_int_equal(parse(&c, text), 0);
		assert_int_equal(vm_config_cmdline(&c, cmdline, &err), 0);
		assert_string_equal(cmdline, cases[i].expected);
		vm_config_fini(&c);
	}
}

static void a_command_line_is_never_cut(void **state)
{
	char args[HC_CMDLINE_MAX + 2], cmdline[HC_CMDLINE_MAX + 1];
	struct vm_config c;

	(void)state;
	memset(args, 'a', sizeof(args));
	args[HC_CMDLINE_MAX] = '\0';
	vm_config_init(&c);
	assert_int_equal(vm_config_set(&c, "cmdline", args, &err), 0);
	assert_int_equal(vm_config_cmdline(&c, cmdline, &err), 0);
	assert_int_equal(strlen(cmdline), HC_CMDLINE_MAX);
	assert_int_equal(vm_config_set(&c, "drive", "p,root", &err), 0);
	assert_int_equal(vm_config_cmdline(&c, cmdline, &err), HC_ERANGE);
	args[HC_CMDLINE_MAX] = 'a';
	args[HC_CMDLINE_MAX + 1] = '\0';
	vm_config_fini(&c);
	vm_config_init(&c);
	assert_int_equal(vm_config_set(&c, "cmdline", args, &err), 0);
	assert_int_equal(vm_config_cmdline(&c, cmdline, &err), HC_ERANGE);
	vm_config_fini(&c);
}

static void a_partuuid_cannot_smuggle_in_parameters(void **state)
{
	char cmdline[HC_CMDLINE_MAX + 1];
	struct vm_config c;

	(void)state;
	assert_int_equal(
		parse(&c, "{" BOOT ",\"drives\":[{\"drive_id\":\"r\",\"path_on_host\":\"p\","
			  "\"is_root_device\":true,\"partuuid\":\"1 init=/bin/sh\"}]}"),
		0);
	assert_int_equal(vm_config_cmdline(&c, cmdline, &err), HC_EFORMAT);
	vm_config_fini(&c);
}

static void overrides_take_only_what_they_understand(void **state)
{
	static const char *const bad[][2] = {
		{"kernels", "k"},
		{"vcpus", "0"},
		{"vcpus", "17"},
		{"vcpus", "2x"},
		{"vcpus", "-1"},
		{"vcpus", ""},
		{"vcpus", " 2"},
		{"memory", "99999999999999999999"},
		{"memory-backing", ""},
		{"vsock", "3"},
		{"vsock", "2:u"},
		{"vsock", "3:"},
		{"vsock", "99999999999999999:u"},
		{"drive", "p,rw"},
		{"drive", "p,"},
		{"log-level", "x"},
	};
	struct vm_config c;

	(void)state;
	vm_config_init(&c);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!vm_config_set(&c, bad[i][0], bad[i][1], &err))
			fail_msg("--%s \"%s\" was taken", bad[i][0], bad[i][1]);
	assert_int_equal(c.vcpu_count, 1);
	assert_int_equal(c.drive_count, 0);
	assert_null(c.vsock_path);
	vm_config_fini(&c);
}

static void overrides_replace_the_file(void **state)
{
	struct vm_config c;

	(void)state;
	assert_int_equal(parse(&c, from_firecracker), 0);
	assert_int_equal(vm_config_set(&c, "kernel", "other", &err), 0);
	assert_int_equal(vm_config_set(&c, "vcpus", "16", &err), 0);
	assert_int_equal(vm_config_set(&c, "memory", "256", &err), 0);
	assert_int_equal(vm_config_set(&c, "memory-backing", "guest_memfd", &err), 0);
	assert_true(c.guest_memfd);
	assert_int_equal(vm_config_set(&c, "memory-backing", "anonymous", &err), 0);
	assert_false(c.guest_memfd);
	assert_int_equal(vm_config_set(&c, "vsock", "7:u:v", &err), 0);
	assert_int_equal(vm_config_set(&c, "drive", "third.img,ro", &err), 0);
	assert_int_equal(vm_config_set(&c, "log-level", "off", &err), 0);
	assert_int_equal(vm_config_check(&c, &err), 0);
	assert_string_equal(c.kernel_path, "other");
	assert_int_equal(c.vcpu_count, 16);
	assert_int_equal(c.ram_bytes, 256ULL << 20);
	assert_int_equal(c.vsock_cid, 7);
	assert_string_equal(c.vsock_path, "u:v");
	assert_int_equal(c.drive_count, 3);
	assert_string_equal(c.drive[2].path, "third.img");
	assert_true(c.drive[2].read_only);
	assert_true(c.log_off);
	vm_config_fini(&c);
}

#define SIM  "\"platform\":\"sim-snp\""
#define TDX  "\"platform\":\"tdx\""
#define FILL "5555555555555555555555555555555555555555555555555555555555555555"

static void refuses_an_identity_that_is_half_or_that_nobody_would_use(void **state)
{
	(void)state;
	refused("{" BOOT ",\"confidential\":{" SIM ",\"id_block\":\"b\"}}", HC_EMISSING,
		"id_block");
	refused("{" BOOT ",\"confidential\":{" SIM ",\"id_auth\":\"a\"}}", HC_EMISSING, "id_auth");
	refused("{" BOOT ",\"confidential\":{" SIM ",\"author_key\":true}}", HC_EMISSING,
		"author_key");
	refused("{" BOOT ",\"confidential\":{" SIM ",\"author_key\":1}}", HC_EFORMAT, "author_key");
	refused("{" BOOT ",\"confidential\":{" SIM ",\"id_block\":\"\",\"id_auth\":\"a\"}}",
		HC_EFORMAT, "id_block");
	refused("{" BOOT ",\"confidential\":{" SIM ",\"host_data\":\"55\"}}", HC_EFORMAT,
		"host_data");
	refused("{" BOOT ",\"confidential\":{" SIM ",\"host_data\":\"" FILL
		"\",\"tenant_policy\":\"p\"}}",
		HC_EFORMAT, "host_data");
	refused("{" BOOT ",\"confidential\":{\"host_data\":\"" FILL "\"}}", HC_EUNSUPPORTED,
		"host_data");
	refused("{" BOOT ",\"confidential\":{\"platform\":\"plain\",\"id_block\":\"b\",\"id_auth\":"
		"\"a\"}}",
		HC_EUNSUPPORTED, "id_block");
}

static void takes_an_identity(void **state)
{
	struct vm_config c;

	(void)state;
	assert_int_equal(parse(&c, "{" BOOT ",\"confidential\":{" SIM
				   ",\"id_block\":\"b\",\"id_auth\":\"a\",\"author_key\":false,"
				   "\"host_data\":\"" FILL "\"}}"),
		0);
	assert_int_equal(vm_config_check(&c, &err), 0);
	assert_string_equal(c.id_block_path, "b");
	assert_string_equal(c.id_auth_path, "a");
	assert_int_equal(c.author_key, VM_AUTHOR_KEY_NO);
	assert_true(c.has_host_data);
	assert_int_equal(c.host_data[31], 0x55);
	assert_int_equal(vm_config_set(&c, "host-data", "5", &err), HC_EFORMAT);
	assert_int_equal(vm_config_set(&c, "tenant-policy", "p", &err), 0);
	assert_string_equal(c.tenant_policy_path, "p");
	vm_config_fini(&c);
}

static void a_quote_service_is_for_tdx_and_has_an_address(void **state)
{
	struct vm_config c;

	(void)state;
	refused("{" BOOT ",\"confidential\":{" SIM ",\"quote_service\":\"unix:/q\"}}",
		HC_EUNSUPPORTED, "quote_service");
	refused("{" BOOT ",\"confidential\":{" TDX ",\"quote_service\":\"/q\"}}", HC_EFORMAT,
		"quote_service");
	refused("{" BOOT ",\"confidential\":{" TDX ",\"quote_service\":\"\"}}", HC_EFORMAT,
		"quote_service");
	refused("{" BOOT ",\"confidential\":{" TDX ",\"quote_service\":4050}}", HC_EFORMAT,
		"quote_service");
	assert_int_equal(
		parse(&c, "{" BOOT ",\"confidential\":{" TDX ",\"quote_service\":\"unix:/q\"}}"),
		0);
	assert_int_equal(vm_config_check(&c, &err), 0);
	assert_string_equal(c.quote_service, "unix:/q");
	assert_int_equal(vm_config_set(&c, "quote-service", "vsock:2:4050", &err), 0);
	assert_int_equal(vm_config_check(&c, &err), 0);
	assert_string_equal(c.quote_service, "vsock:2:4050");
	vm_config_fini(&c);
}

static void exact_memory_goes_into_the_manifest_and_wide_does_not(void **state)
{
	char cmdline[HC_CMDLINE_MAX + 1];
	struct guest_inputs in;
	struct vm_config c;

	(void)state;
	assert_int_equal(
		parse(&c, "{" BOOT
			  ",\"confidential\":{\"memory\":\"exact\",\"platform\":\"sim-snp\"}}"),
		0);
	assert_int_equal(vm_config_inputs(&c, cmdline, &in, &err), 0);
	assert_int_equal(in.platform, HC_PLATFORM_SIM_SNP);
	assert_int_equal(in.ram_min, 128ULL << 20);
	assert_int_equal(in.ram_max, 128ULL << 20);
	c.ram_exact = false;
	assert_int_equal(vm_config_inputs(&c, cmdline, &in, &err), 0);
	assert_int_equal(in.ram_min, 0);
	assert_int_equal(in.ram_max, 0);
	vm_config_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_it_does_not_know),
		cmocka_unit_test(refuses_parts_of_firecracker_that_are_not_built),
		cmocka_unit_test(refuses_values_that_would_be_ignored),
		cmocka_unit_test(refuses_numbers_out_of_range_and_wrong_types),
		cmocka_unit_test(refuses_what_is_missing_or_twice),
		cmocka_unit_test(refuses_paths_that_are_empty),
		cmocka_unit_test(refuses_more_drives_than_there_are_slots_for),
		cmocka_unit_test(takes_a_file_of_firecrackers_unchanged),
		cmocka_unit_test(takes_what_asks_for_nothing),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(no_flipped_bit_gets_past_the_limits),
		cmocka_unit_test(the_command_line_is_what_is_measured),
		cmocka_unit_test(a_command_line_is_never_cut),
		cmocka_unit_test(a_partuuid_cannot_smuggle_in_parameters),
		cmocka_unit_test(overrides_take_only_what_they_understand),
		cmocka_unit_test(overrides_replace_the_file),
		cmocka_unit_test(refuses_an_identity_that_is_half_or_that_nobody_would_use),
		cmocka_unit_test(takes_an_identity),
		cmocka_unit_test(a_quote_service_is_for_tdx_and_has_an_address),
		cmocka_unit_test(exact_memory_goes_into_the_manifest_and_wide_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
