/* SPDX-License-Identifier: Apache-2.0 */
/* See sim_state.h. */
#include "tests/unit/sim_state.h"

#if HC_SIM
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"
#include "vmm/sim/sim_pki.h"

static char base[64], dir[80], temp[80];
static unsigned int temp_count;

const char *sim_state_dir(void)
{
	return dir;
}

const char *sim_state_temp(void)
{
	snprintf(temp, sizeof(temp), "%s/t%u", base, temp_count++);
	assert_int_equal(mkdir(temp, 0700), 0);
	return temp;
}

int sim_state_setup(void **state)
{
	struct error err = {0};
	char text[512];

	(void)state;
	snprintf(base, sizeof(base), "/tmp/hc-sim-test-XXXXXX");
	assert_non_null(mkdtemp(base));
	snprintf(dir, sizeof(dir), "%s/state", base);
	if (sim_pki_create(dir, SIM_STATE_NOW, &err)) {
		error_format(&err, text, sizeof(text));
		fail_msg("%s", text);
	}
	return 0;
}

int sim_state_teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	return system(command);
}

struct bytes sim_state_read(const char *from, const char *name)
{
	struct bytes out = {0};
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", from, name);
	assert_int_equal(file_read(&out, path, 65536, NULL), 0);
	return out;
}

void sim_state_write(const char *to, const char *name, const void *data, size_t len, unsigned mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", to, name);
	assert_int_equal(file_write(path, data, len, mode, NULL), 0);
	assert_int_equal(chmod(path, mode), 0);
}

const char *sim_state_copy(void)
{
	const char *to = sim_state_temp();
	char command[256];

	snprintf(command, sizeof(command), "cp -p '%s'/* '%s'/", dir, to);
	assert_int_equal(system(command), 0);
	return to;
}

int sim_state_openssl(const char *args)
{
	char command[1024];
	int status;

	if (system("command -v openssl >/dev/null 2>&1") != 0)
		return -1;
	snprintf(command, sizeof(command), "cd '%s' && openssl %s >/dev/null 2>&1", dir, args);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
#endif
