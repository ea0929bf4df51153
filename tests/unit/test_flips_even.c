/* SPDX-License-Identifier: Apache-2.0 */
/* Half of the genuine reports, each of their bits flipped: tests/unit/flips.h. */
#include "tests/unit/flips.h"

int main(void)
{
	return flips_main(0, 2);
}
