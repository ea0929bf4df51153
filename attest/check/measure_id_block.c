/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-measure id-block: makes and reads back the ID block and ID authentication information of an
 * SNP launch, and prints digests of keys as reports carry them. Never prints a private key.
 */
#include <getopt.h>

#include "attest/check/measure_command.h"
#include "attest/measure/id_block.h"
#include "common/base64.h"
#include "common/file.h"
#include "common/hex.h"

#define KEY_MAX 8192 /* bytes of a key file */

struct request {
	struct snp_id_block block;
	const char *key, *author_key, *key_digest, *block_file, *auth_file, *measurement;
	bool verify;
};

static const struct option options[] = {
	{"key", required_argument, NULL, 'k'},
	{"author-key", required_argument, NULL, 'a'},
	{"key-digest", required_argument, NULL, 'd'},
	{"verify", no_argument, NULL, 'v'},
	{"measurement", required_argument, NULL, 'm'},
	{"policy", required_argument, NULL, 'p'},
	{"guest-svn", required_argument, NULL, 's'},
	{"family-id", required_argument, NULL, 'f'},
	{"image-id", required_argument, NULL, 'i'},
	{"block", required_argument, NULL, 'B'},
	{"auth", required_argument, NULL, 'A'},
	{0},
};

static int take_field(struct request *r, int option, const char *word, struct error *err)
{
	uint64_t number;
	int ret;

	switch (option) {
	case 'm':
		r->measurement = optarg;
		return hex_decode(r->block.ld, sizeof(r->block.ld), optarg, "--measurement", err);
	case 'p':
		return measure_number(&r->block.policy, optarg, UINT64_MAX, "--policy", err);
	case 's':
		ret = measure_number(&number, optarg, UINT32_MAX, "--guest-svn", err);
		r->block.guest_svn = (uint32_t)number;
		return ret;
	case 'f':
		return hex_decode(
			r->block.family_id, sizeof(r->block.family_id), optarg, "--family-id", err);
	case 'i':
		return hex_decode(
			r->block.image_id, sizeof(r->block.image_id), optarg, "--image-id", err);
	}
	return measure_bad_option(word, err);
}

static int take_option(struct request *r, int option, const char *word, struct error *err)
{
	switch (option) {
	case 'k':
		r->key = optarg;
		return 0;
	case 'a':
		r->author_key = optarg;
		return 0;
	case 'd':
		r->key_digest = optarg;
		return 0;
	case 'v':
		r->verify = true;
		return 0;
	case 'B':
		r->block_file = optarg;
		return 0;
	case 'A':
		r->auth_file = optarg;
		return 0;
	}
	return take_field(r, option, word, err);
}

static int check(const struct request *r, struct error *err)
{
	if (!r->key + !r->key_digest + !r->verify != 2) {
		error_fail(err, HC_EUSAGE, "id-block", "not exactly one task");
		return error_expected(err, "one of --key, --key-digest and --verify");
	}
	if (r->verify && (!r->block_file || !r->auth_file))
		return error_fail(err, HC_EUSAGE, "--verify", "without --block and --auth");
	if (r->key && !r->measurement)
		return error_fail(err, HC_EUSAGE, "--measurement", "not given");
	return 0;
}

static int read_request(struct request *r, int argc, char **argv, struct error *err)
{
	int option, ret = 0;

	*r = (struct request){.block.policy = SNP_POLICY_DEFAULT};
	while (ret == 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		ret = take_option(r, option, argv[optind - 1], err);
	if (ret == 0)
		ret = measure_no_more(argc, argv, err);
	return ret ? ret : check(r, err);
}

static void print_hex(const char *name, const uint8_t *data, size_t len)
{
	char text[2 * SHA384_SIZE + 1];

	hex_encode(text, data, len);
	printf("%s%s%s\n", name, name[0] ? " " : "", text);
}

static int key_digest(const struct request *r, struct error *err)
{
	struct bytes file = {0};
	struct crypto_ec_public key;
	uint8_t digest[SHA384_SIZE];
	int ret = file_read(&file, r->key_digest, KEY_MAX, err);

	if (ret == 0)
		ret = snp_key_read(&key, bytes_view(&file), err);
	if (ret == 0)
		ret = snp_key_digest(digest, &key, err);
	if (ret == 0)
		print_hex("", digest, sizeof(digest));
	bytes_free(&file);
	return ret;
}

static void print_keys(const struct snp_id_keys *keys)
{
	print_hex("id-key-digest", keys->id_key_digest, SHA384_SIZE);
	if (keys->author)
		print_hex("author-key-digest", keys->author_key_digest, SHA384_SIZE);
}

static int verify(const struct request *r, struct error *err)
{
	struct bytes block = {0}, auth = {0};
	struct snp_id_block fields;
	struct snp_id_keys keys;
	int ret = file_read(&block, r->block_file, SNP_ID_BLOCK_SIZE, err);

	if (ret == 0)
		ret = file_read(&auth, r->auth_file, SNP_ID_AUTH_SIZE, err);
	if (ret == 0)
		ret = snp_id_auth_verify(&keys, bytes_view(&block), bytes_view(&auth), err);
	if (ret == 0)
		ret = snp_id_block_parse(&fields, bytes_view(&block), err);
	if (ret == 0 && r->measurement && memcmp(fields.ld, r->block.ld, SHA384_SIZE) != 0)
		ret = error_fail(err, HC_EMISMATCH, "ID block: measurement", "another one");
	if (ret == 0) {
		print_hex("measurement", fields.ld, sizeof(fields.ld));
		print_hex("family-id", fields.family_id, sizeof(fields.family_id));
		print_hex("image-id", fields.image_id, sizeof(fields.image_id));
		printf("guest-svn %u\npolicy 0x%llx\n", fields.guest_svn,
			(unsigned long long)fields.policy);
		print_keys(&keys);
	}
	bytes_free(&block);
	bytes_free(&auth);
	return ret;
}

static int read_key(struct crypto_ec_key **out, const char *path, struct error *err)
{
	struct bytes file = {0};
	int ret = file_read(&file, path, KEY_MAX, err);

	if (ret == 0)
		ret = crypto_ec_from_pem(out, (const char *)file.data, file.len, err);
	bytes_free(&file);
	return ret;
}

static void print_base64(const char *name, const uint8_t *data, size_t len)
{
	char text[(SNP_ID_AUTH_SIZE + 2) / 3 * 4 + 1];

	base64_encode(BASE64_STD, text, data, len);
	printf("%s %s\n", name, text);
}

static int write_out(
	const struct request *r, const uint8_t *block, const uint8_t *auth, struct error *err)
{
	struct snp_id_keys keys;
	int ret = snp_id_auth_verify(&keys, (struct view){block, SNP_ID_BLOCK_SIZE},
		(struct view){auth, SNP_ID_AUTH_SIZE}, err);

	if (ret == 0 && r->block_file)
		ret = file_write(r->block_file, block, SNP_ID_BLOCK_SIZE, 0644, err);
	if (ret == 0 && r->auth_file)
		ret = file_write(r->auth_file, auth, SNP_ID_AUTH_SIZE, 0644, err);
	if (ret)
		return ret;
	print_base64("id-block", block, SNP_ID_BLOCK_SIZE);
	print_base64("id-auth", auth, SNP_ID_AUTH_SIZE);
	print_keys(&keys);
	return 0;
}

static int build(const struct request *r, struct error *err)
{
	uint8_t block[SNP_ID_BLOCK_SIZE], auth[SNP_ID_AUTH_SIZE];
	struct crypto_ec_key *key = NULL, *author = NULL;
	int ret = snp_id_block_encode(block, &r->block, err);

	if (ret == 0)
		ret = read_key(&key, r->key, err);
	if (ret == 0 && r->author_key)
		ret = read_key(&author, r->author_key, err);
	if (ret == 0)
		ret = snp_id_auth_build(auth, block, key, author, err);
	if (ret == 0)
		ret = write_out(r, block, auth, err);
	crypto_ec_free(key);
	crypto_ec_free(author);
	return ret;
}

int measure_id_block(int argc, char **argv, struct error *err)
{
	struct request r;
	int ret = read_request(&r, argc, argv, err);

	if (ret)
		return ret;
	if (r.key_digest)
		return key_digest(&r, err);
	return r.verify ? verify(&r, err) : build(&r, err);
}
