/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What both programs begin and end with. */
#ifndef TRUEINGRESS_PROGRAM_H
#define TRUEINGRESS_PROGRAM_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#include "count.h"
#include "event.h"
#include "maps.h"
#include "verdict.h"
#include "vlan.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* `bytes` is the frame as it came; what a listener gets is the frame as it goes. */
static __always_inline int finish(struct __sk_buff *skb, enum direction hook, enum verdict verdict,
				  const struct outcome *outcome, __u32 bytes)
{
	count(hook, verdict, outcome, bytes);
	tell(skb, hook, verdict, outcome->service, outcome->tunnel);
	return outcome->redirect ? outcome->redirect : action_of(verdict);
}

#endif
