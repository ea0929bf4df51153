/* SPDX-License-Identifier: Apache-2.0 */
/* hc-check policy import: launch digests of releases into a policy. Part of the program. */
#ifndef HC_ATTEST_CHECK_POLICY_IMPORT_H
#define HC_ATTEST_CHECK_POLICY_IMPORT_H

#include "common/messages.h"

/* `argv` is what follows "import", NULL-terminated. Returns the exit status of hc-check. */
int policy_import_run(char **argv, enum messages_lang lang);

#endif
