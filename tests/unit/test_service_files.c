/* SPDX-License-Identifier: Apache-2.0 */
/* What hc-verifierd reads and writes: resources, configuration, kept evidence, listening sockets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "attest/service/archive.h"
#include "attest/service/config.h"
#include "attest/service/listen.h"
#include "attest/service/resource.h"
#include "common/file.h"

static char top[64];

static int make_top(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/hc-service-XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int remove_top(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	return system(command);
}

static const char *path(const char *name)
{
	static char text[4][400];
	static unsigned int next;
	char *out = text[next++ % 4];

	snprintf(out, sizeof(text[0]), "%s/%s", top, name);
	return out;
}

static void put(const char *name, const char *content)
{
	assert_int_equal(file_write(path(name), content, strlen(content), 0600, NULL), 0);
}

static void resource_names_that_are_not_three_plain_components_are_refused(void **state)
{
	static const char *const bad[] = {"", "/", "//", "a", "a/b", "a/b/", "a/b/c/", "a/b/c/d",
		"/a/b/c", "a//c", "./b/c", "../b/c", "a/../c", "a/b/..", "a/b/.c", ".a/b/c",
		"a/b/c d", "a/b/c%2e", "a/b/c\n", "a\\b/c/d", "a/b/\xc3\xa9", "a/b/c?x", "a/b/*",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/b/c"};
	struct resource_name name;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(resource_name_parse(bad[i], &name, NULL), HC_EFORMAT);
	assert_int_equal(resource_name_parse("A-1/b_2/c.3", &name, NULL), 0);
	assert_string_equal(name.repository, "A-1");
	assert_string_equal(name.type, "b_2");
	assert_string_equal(name.tag, "c.3");
}

static int get(const char *text, struct bytes *out)
{
	struct resource_store *store;
	struct resource_name name;
	int rc;

	assert_int_equal(resource_folder_new(&store, path("res"), NULL), 0);
	assert_int_equal(resource_name_parse(text, &name, NULL), 0);
	rc = store->ops->get(store, &name, out, NULL);
	store->ops->free(store);
	return rc;
}

static void the_folder_store_reads_regular_files_below_it_and_nothing_else(void **state)
{
	struct bytes out = {0};

	(void)state;
	assert_int_equal(mkdir(path("res"), 0700), 0);
	assert_int_equal(mkdir(path("res/a"), 0700), 0);
	assert_int_equal(mkdir(path("res/a/b"), 0700), 0);
	assert_int_equal(mkdir(path("res/a/b/folder"), 0700), 0);
	assert_int_equal(mkfifo(path("res/a/b/fifo"), 0600), 0);
	put("outside", "outside");
	put("res/a/b/one", "content");
	put("res/a/b/empty", "");
	assert_int_equal(symlink("one", path("res/a/b/link")), 0);
	assert_int_equal(symlink("b", path("res/a/linked")), 0);
	assert_int_equal(symlink("..", path("res/up")), 0);
	assert_int_equal(get("a/b/none", &out), HC_EMISSING);
	assert_int_equal(get("a/x/one", &out), HC_EMISSING);
	assert_int_equal(get("a/b/folder", &out), HC_EMISSING);
	assert_int_equal(get("a/b/fifo", &out), HC_EMISSING);
	assert_int_equal(get("a/b/link", &out), HC_EMISSING);
	assert_int_equal(get("a/linked/one", &out), HC_EMISSING);
	assert_int_equal(get("up/res/a", &out), HC_EMISSING);
	assert_int_equal(get("a/b/empty", &out), 0);
	assert_int_equal(out.len, 0);
	assert_int_equal(get("a/b/one", &out), 0);
	assert_int_equal(out.len, 7);
	assert_memory_equal(out.data, "content", 7);
	bytes_free(&out);
}

static void a_resource_above_the_limit_is_an_error(void **state)
{
	char *big = calloc(1, RESOURCE_SIZE_MAX + 1);
	struct bytes out = {0};

	(void)state;
	assert_non_null(big);
	assert_int_equal(
		file_write(path("res/a/b/big"), big, RESOURCE_SIZE_MAX + 1, 0600, NULL), 0);
	assert_int_equal(get("a/b/big", &out), HC_ERANGE);
	bytes_free(&out);
	assert_int_equal(file_write(path("res/a/b/big"), big, RESOURCE_SIZE_MAX, 0600, NULL), 0);
	assert_int_equal(get("a/b/big", &out), 0);
	bytes_free(&out);
	free(big);
}

static void a_resource_folder_must_be_there(void **state)
{
	struct resource_store *store;

	(void)state;
	assert_int_equal(resource_folder_new(&store, path("nothing"), NULL), HC_EMISSING);
	assert_null(store);
	assert_int_equal(resource_folder_new(&store, path("outside"), NULL), HC_EIO);
}

#define NEEDED                                                                                     \
	"\"listen\":[\"127.0.0.1:0\"],\"tls\":{\"certificate\":\"c\",\"key\":\"k\"},"              \
	"\"policy\":\"p\",\"resources\":\"r\",\"signing_key\":\"s\""

static int load(const char *text, struct config *config)
{
	put("config.json", text);
	return config_load(config, path("config.json"), NULL);
}

static void configurations_with_anything_wrong_are_refused(void **state)
{
	static const char *const bad[] = {"", "[]", "{}", "{" NEEDED, "{" NEEDED ",\"x\":1}",
		"{" NEEDED ",\"issuer\":1}", "{" NEEDED ",\"policy\":\"q\"}",
		"{" NEEDED ",\"roots\":\"r\"}", "{" NEEDED ",\"roots\":[1]}",
		"{" NEEDED ",\"roots\":[\"\"]}", "{" NEEDED ",\"session_seconds\":0}",
		"{" NEEDED ",\"session_seconds\":-1}", "{" NEEDED ",\"token_seconds\":86401}",
		"{" NEEDED ",\"body_bytes_max\":2097153}", "{" NEEDED ",\"sessions_max\":0}",
		"{" NEEDED ",\"evidence_dir\":\"\"}", "{" NEEDED ",\"evidence_dir\":1}",
		"{" NEEDED ",\"log\":{\"level\":\"Loud\"}}", "{" NEEDED ",\"log\":{\"x\":1}}",
		"{" NEEDED ",\"log\":\"file\"}",
		"{\"listen\":[],\"tls\":{\"certificate\":\"c\",\"key\":\"k\"},\"policy\":\"p\","
		"\"resources\":\"r\",\"signing_key\":\"s\"}",
		"{\"listen\":[\"127.0.0.1:0\"],\"tls\":{\"certificate\":\"c\"},\"policy\":\"p\","
		"\"resources\":\"r\",\"signing_key\":\"s\"}",
		"{\"listen\":[\"127.0.0.1:0\"],\"tls\":{\"certificate\":\"c\",\"key\":\"k\","
		"\"password\":\"x\"},\"policy\":\"p\",\"resources\":\"r\",\"signing_key\":\"s\"}"};
	struct config config;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int rc = load(bad[i], &config);

		if (!rc)
			print_error("accepted: %s\n", bad[i]);
		assert_int_not_equal(rc, 0);
		config_fini(&config);
	}
}

static void paths_are_relative_to_the_configuration(void **state)
{
	struct config config;
	char expected[400];

	(void)state;
	assert_int_equal(load("{\"listen\":[\"[::1]:1\",\"unix:s\",\"unix:/s\"],\"tls\":"
			      "{\"certificate\":\"c\",\"key\":\"/k\"},\"policy\":\"p\","
			      "\"resources\":\"r\",\"signing_key\":\"s\",\"roots\":[\"a\",\"/b\"]}",
				 &config),
		0);
	assert_int_equal(config.listen.count, 3);
	assert_string_equal(config.listen.item[0], "[::1]:1");
	snprintf(expected, sizeof(expected), "unix:%s//s", top);
	assert_string_equal(config.listen.item[1], expected);
	assert_string_equal(config.listen.item[2], "unix:/s");
	assert_string_equal(config.tls_key, "/k");
	snprintf(expected, sizeof(expected), "%s//c", top);
	assert_string_equal(config.tls_certificate, expected);
	assert_int_equal(config.roots.count, 2);
	assert_string_equal(config.roots.item[1], "/b");
	assert_null(config.evidence_dir);
	assert_int_equal(config.session_seconds, 300);
	assert_string_equal(config.issuer, "hc-verifierd");
	config_fini(&config);
}

static size_t count_entries(const char *name)
{
	DIR *dir = opendir(path(name));
	struct dirent *e;
	size_t n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir)))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void evidence_is_kept_and_refused_evidence_up_to_a_limit(void **state)
{
	static struct verdict verdict;
	struct mirror mirror = {0};
	struct snp_evidence evidence = {.cert_count = 1};
	struct view runtime = {(const uint8_t *)"{}", 2};
	char name[ARCHIVE_NAME_SIZE], file[160];
	struct archive archive;
	struct stat st;

	(void)state;
	mirror.count = 1;
	assert_int_equal(bytes_append(&mirror.file[0], "crl", 3), 0);
	assert_int_equal(bytes_append(&evidence.cert[0], "der", 3), 0);
	assert_int_equal(archive_open(&archive, path("ev"), 1, &mirror, NULL), 0);
	verdict.value = VERDICT_REJECTED;
	verdict.at = 1800000000;
	assert_int_equal(
		archive_save(&archive, "0011", &evidence, runtime, &verdict, name, NULL), 0);
	assert_string_equal(name, "2027-01-15T08:00:00Z-0011");
	snprintf(file, sizeof(file), "ev/%s", name);
	assert_int_equal(count_entries(file), 4);
	snprintf(file, sizeof(file), "ev/%s/endorsements", name);
	assert_int_equal(count_entries(file), 2);
	snprintf(file, sizeof(file), "ev/%s/report.bin", name);
	assert_int_equal(stat(path(file), &st), 0);
	assert_int_equal(st.st_size, 1184);
	/* The limit is for what strangers send, never for what was trusted. */
	assert_int_equal(
		archive_save(&archive, "0022", &evidence, runtime, &verdict, name, NULL), 0);
	assert_string_equal(name, "");
	verdict.value = VERDICT_TRUSTED;
	assert_int_equal(
		archive_save(&archive, "0033", &evidence, runtime, &verdict, name, NULL), 0);
	assert_int_equal(count_entries("ev"), 3);
	/* Where no link can be made, the list is there all the same. */
	snprintf(file, sizeof(file), "ev/mirror/%s", archive.mirror[0]);
	assert_int_equal(unlink(path(file)), 0);
	assert_int_equal(
		archive_save(&archive, "0044", &evidence, runtime, &verdict, name, NULL), 0);
	snprintf(file, sizeof(file), "ev/%s/endorsements", name);
	assert_int_equal(count_entries(file), 2);
	/* The same folder twice would mix two appraisals. */
	assert_int_not_equal(
		archive_save(&archive, "0033", &evidence, runtime, &verdict, name, NULL), 0);
	mirror_fini(&mirror);
	snp_evidence_fini(&evidence);
}

static void addresses_that_need_a_resolver_are_refused(void **state)
{
	static const char *const bad[] = {"", "localhost:1", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:1x", "127.0.0.1: 1",
		"::1:1", "[::1]", "[::1", "[x]:1", ":1", "unix:", "1.2.3:4", "*:1"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(listen_check(bad[i], NULL), 0);
	assert_int_equal(listen_check("127.0.0.1:0", NULL), 0);
	assert_int_equal(listen_check("[::1]:65535", NULL), 0);
	assert_int_equal(listen_check("unix:/tmp/x", NULL), 0);
}

static void a_stale_socket_is_replaced_and_a_live_one_is_not(void **state)
{
	char address[420], text[LISTEN_TEXT_SIZE];
	int first, second;
	struct stat st;

	(void)state;
	snprintf(address, sizeof(address), "unix:%s", path("sock"));
	assert_int_equal(listen_open(address, &first, text, NULL), 0);
	assert_int_equal(stat(path("sock"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(listen_open(address, &second, text, NULL), HC_EIO);
	close(first);
	assert_int_equal(listen_open(address, &second, text, NULL), 0);
	close(second);
	unlink(path("sock"));
	put("sock", "not a socket");
	assert_int_equal(listen_open(address, &second, text, NULL), HC_EIO);
	assert_int_equal(stat(path("sock"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void port_zero_says_what_it_came_to(void **state)
{
	char text[LISTEN_TEXT_SIZE];
	int fd;

	(void)state;
	assert_int_equal(listen_open("127.0.0.1:0", &fd, text, NULL), 0);
	assert_true(!strncmp(text, "127.0.0.1:", 10));
	assert_true(atoi(text + 10) > 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resource_names_that_are_not_three_plain_components_are_refused),
		cmocka_unit_test(the_folder_store_reads_regular_files_below_it_and_nothing_else),
		cmocka_unit_test(a_resource_above_the_limit_is_an_error),
		cmocka_unit_test(a_resource_folder_must_be_there),
		cmocka_unit_test(configurations_with_anything_wrong_are_refused),
		cmocka_unit_test(paths_are_relative_to_the_configuration),
		cmocka_unit_test(evidence_is_kept_and_refused_evidence_up_to_a_limit),
		cmocka_unit_test(addresses_that_need_a_resolver_are_refused),
		cmocka_unit_test(a_stale_socket_is_replaced_and_a_live_one_is_not),
		cmocka_unit_test(port_zero_says_what_it_came_to),
	};

	return cmocka_run_group_tests_name("service_files", tests, make_top, remove_top);
}
