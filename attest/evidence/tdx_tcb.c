/* SPDX-License-Identifier: Apache-2.0 */
/* Names of statuses, as Intel's collateral writes them. */
#include "attest/evidence/tdx_tcb.h"

#include <string.h>

static const char *const names[TDX_TCB_STATUS_COUNT] = {
	[TDX_TCB_UNKNOWN] = "Unknown",
	[TDX_TCB_UP_TO_DATE] = "UpToDate",
	[TDX_TCB_SW_HARDENING_NEEDED] = "SWHardeningNeeded",
	[TDX_TCB_CONFIGURATION_NEEDED] = "ConfigurationNeeded",
	[TDX_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = "ConfigurationAndSWHardeningNeeded",
	[TDX_TCB_OUT_OF_DATE] = "OutOfDate",
	[TDX_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = "OutOfDateConfigurationNeeded",
	[TDX_TCB_TD_RELAUNCH_ADVISED] = "TDRelaunchAdvised",
	[TDX_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] = "TDRelaunchAdvisedConfigurationNeeded",
	[TDX_TCB_REVOKED] = "Revoked",
	[TDX_TCB_NOT_SUPPORTED] = "NotSupported",
};

const char *tdx_tcb_status_name(enum tdx_tcb_status status)
{
	return (unsigned int)status < TDX_TCB_STATUS_COUNT ? names[status] : names[TDX_TCB_UNKNOWN];
}

enum tdx_tcb_status tdx_tcb_status_from_name(const char *name)
{
	for (int i = TDX_TCB_UP_TO_DATE; i <= TDX_TCB_REVOKED; i++)
		if (!strcmp(names[i], name))
			return (enum tdx_tcb_status)i;
	return TDX_TCB_UNKNOWN;
}
