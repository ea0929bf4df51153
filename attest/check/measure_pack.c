/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-measure igvm pack: a guest of hc-vmm, or the firmware alone, as one IGVM file, and the digest
 * of its launch. The file holds what hc-vmm would give the guest, the host's device tree for
 * exactly this machine included; only kernel and initrd lie elsewhere (igvm_pack.h).
 */
#include <stdio.h>

#include "attest/check/measure_command.h"
#include "attest/check/measure_guest.h"
#include "attest/measure/id_block.h"
#include "attest/measure/igvm_pack.h"
#include "common/file.h"
#include "common/hex.h"
#include "vmm/hostfdt.h"

struct request {
	struct measure_guest guest;
	const char *output;
	uint64_t policy;
};

struct parts {
	struct hc_manifest manifest;
	uint8_t fdt[HC_HOSTFDT_SIZE] __attribute__((aligned(8)));
	struct bytes id_block, id_auth, file;
	uint8_t digest[SHA384_SIZE];
};

static const struct option options[] = {
	MEASURE_GUEST_OPTIONS,
	{"vcpus", required_argument, NULL, 'o'},
	{"id-block", required_argument, NULL, 'o'},
	{"id-auth", required_argument, NULL, 'o'},
	{"policy", required_argument, NULL, 'p'},
	{"output", required_argument, NULL, 'w'},
	{0},
};

static int read_request(struct request *r, int argc, char **argv, struct error *err)
{
	int at = 0, option, ret = measure_guest_config(&r->guest, argc, argv, options, err);

	while (ret == 0 && (option = getopt_long(argc, argv, "", options, &at)) != -1) {
		if (option == 'o')
			ret = vm_config_set(&r->guest.config, options[at].name, optarg, err);
		else if (option == 'p')
			ret = measure_number(&r->policy, optarg, UINT64_MAX, "--policy", err);
		else if (option == 'w')
			r->output = optarg;
		else if (option != 'c')
			ret = measure_bad_option(argv[optind - 1], err);
	}
	if (ret == 0)
		ret = measure_no_more(argc, argv, err);
	if (ret == 0 && !r->output)
		ret = error_fail(err, HC_EUSAGE, "--output", "not given");
	if (ret == 0 && !(r->policy & SNP_POLICY_MBO)) {
		error_fail(err, HC_EUSAGE, "--policy", "0x%llx", (unsigned long long)r->policy);
		ret = error_expected(err, "bit 17 set");
	}
	return ret;
}

/* RAM as hc-vmm lays it out; nobody looks at the pointers. */
static void memory_of(struct guest_memory *mem, uint64_t bytes)
{
	const uint64_t low = bytes < HC_RAM_LOW_END ? bytes : HC_RAM_LOW_END;

	*mem = (struct guest_memory){.count = 1, .ram[0] = {.gpa = 0, .size = low}};
	if (bytes > low)
		mem->ram[mem->count++] =
			(struct guest_ram){.gpa = HC_RAM_HIGH_BASE, .size = bytes - low};
}

static int make_tree(struct parts *p, const struct measure_guest *guest, struct error *err)
{
	struct guest_memory mem;
	const struct hostfdt tree = {
		.mem = &mem,
		.vcpu_count = guest->config.vcpu_count,
		.has_initrd = guest->initrd.len != 0,
		.initrd_offset = igvm_initrd_offset(bytes_view(&guest->kernel)),
	};

	memory_of(&mem, guest->config.ram_bytes);
	return hostfdt_build(p->fdt, &tree, err);
}

static int make_parts(struct parts *p, struct measure_guest *guest, struct error *err)
{
	int ret = measure_guest_blobs(guest, err);

	guest->packed = true;
	if (ret == 0)
		ret = measure_guest_manifest(guest, &p->manifest, err);
	return ret ? ret : make_tree(p, guest, err);
}

/* What a launch of the file measures; nothing of a plain one. */
static int digest_of(struct parts *p, enum hc_platform platform, struct error *err)
{
	struct igvm igvm;
	int ret = igvm_parse(&igvm, bytes_view(&p->file), err);

	if (ret == 0 && (platform == HC_PLATFORM_TDX || platform == HC_PLATFORM_SIM_TDX))
		ret = igvm_measure_tdx(p->digest, &igvm, NULL, NULL, err);
	else if (ret == 0 && platform != HC_PLATFORM_PLAIN)
		ret = igvm_measure_snp(p->digest, &igvm, NULL, NULL, err);
	return ret;
}

/* The pair has to be good, and for this launch: what is in a file is not checked again. */
static int read_identity(struct parts *p, const struct vm_config *config, struct error *err)
{
	struct snp_id_keys keys;
	struct snp_id_block block;
	int ret = file_read(&p->id_block, config->id_block_path, SNP_ID_BLOCK_SIZE, err);

	if (ret == 0)
		ret = file_read(&p->id_auth, config->id_auth_path, SNP_ID_AUTH_SIZE, err);
	if (ret == 0)
		ret = snp_id_auth_verify(
			&keys, bytes_view(&p->id_block), bytes_view(&p->id_auth), err);
	if (ret == 0)
		ret = snp_id_block_parse(&block, bytes_view(&p->id_block), err);
	if (ret == 0 && memcmp(p->digest, block.ld, sizeof(p->digest)) != 0) {
		error_fail(err, HC_EMISMATCH, "ID block: launch digest", "not this file's");
		ret = error_remedy(
			err, "sign the digest that igvm pack prints without an ID block");
	}
	return ret;
}

/* Once without the ID block, which has to be for the digest of the rest, and once with it. */
static int write_parts(struct parts *p, struct igvm_guest *guest, const struct vm_config *config,
	struct error *err)
{
	int ret = igvm_pack(&p->file, guest, err);

	if (ret == 0)
		ret = digest_of(p, guest->image->platform, err);
	if (ret || !config->id_block_path)
		return ret;
	ret = read_identity(p, config, err);
	if (ret)
		return ret;
	bytes_free(&p->file);
	guest->id_block = p->id_block.data;
	guest->id_auth = p->id_auth.data;
	return igvm_pack(&p->file, guest, err);
}

static void print_digest(const struct parts *p, enum hc_platform platform)
{
	char text[2 * SHA384_SIZE + 1];

	if (platform == HC_PLATFORM_PLAIN)
		return;
	hex_encode(text, p->digest, SHA384_SIZE);
	puts(text);
}

static int pack(struct request *r, struct parts *p, struct error *err)
{
	const bool alone = !r->guest.config.kernel_path;
	struct igvm_guest guest = {.image = &r->guest.image, .policy = r->policy};
	int ret = measure_guest_firmware(&r->guest, err);

	if (ret == 0 && !alone)
		ret = make_parts(p, &r->guest, err);
	if (ret)
		return ret;
	if (!alone) {
		guest.manifest = &p->manifest;
		guest.hostfdt = p->fdt;
		guest.kernel = bytes_view(&r->guest.kernel);
		guest.initrd = bytes_view(&r->guest.initrd);
	}
	ret = write_parts(p, &guest, &r->guest.config, err);
	if (ret == 0)
		ret = file_write(r->output, p->file.data, p->file.len, 0644, err);
	if (ret == 0 && !alone)
		print_digest(p, guest.image->platform);
	return ret;
}

int measure_igvm_pack(int argc, char **argv, struct error *err)
{
	static struct parts parts;
	struct request r = {.policy = SNP_POLICY_DEFAULT};
	int ret;

	measure_guest_init(&r.guest);
	ret = read_request(&r, argc, argv, err);
	if (ret == 0)
		ret = pack(&r, &parts, err);
	bytes_free(&parts.id_block);
	bytes_free(&parts.id_auth);
	bytes_free(&parts.file);
	measure_guest_free(&r.guest);
	return ret;
}
