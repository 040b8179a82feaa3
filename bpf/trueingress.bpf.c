// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Both programs in one object, so that one load gives them the same maps and constants. */
#include "ingress.bpf.c"

#include "egress.bpf.c"
