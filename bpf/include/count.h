/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* COUNTER: one count per packet under its hook and verdict, one under its service, one under its tunnel. */
#ifndef TRUEINGRESS_COUNT_H
#define TRUEINGRESS_COUNT_H

#include "event.h"
#include "maps.h"
#include "verdict.h"

/* What was found out about a packet on its way to a verdict. */
struct outcome {
	__u32 service; /* first of its counters; 0: not known (index 0 belongs to a verdict, so no row has it) */
	__u32 tunnel;  /* the same */
	int redirect;  /* action that replaces the verdict's; 0: none */
};

/* Plain additions: the counters are the CPU's own, and tc does not interrupt itself. */
static __always_inline void bump(struct counter_block *first, __u32 index, __u32 bytes)
{
	struct counter_block *block = first;
	__u32 number = index / COUNTERS_PER_BLOCK;
	struct counter *counted;

	if (number)
		block = bpf_map_lookup_elem(&counter, &number);
	if (!block)
		return;
	counted = &block->slot[index % COUNTERS_PER_BLOCK];
	counted->packets++;
	counted->bytes += bytes;
}

/* `bytes` is the frame as it came; a segmentation-offload packet counts as the one packet it is here. */
static __always_inline void count(enum direction hook, enum verdict verdict, const struct outcome *outcome, __u32 bytes)
{
	__u32 of_row = hook * 2 + is_drop(verdict);
	__u32 number = 0;
	struct counter_block *first = bpf_map_lookup_elem(&counter, &number);

	bump(first, hook * COUNTERS_PER_HOOK + verdict, bytes);
	if (outcome->service)
		bump(first, outcome->service + of_row, bytes);
	if (outcome->tunnel)
		bump(first, outcome->tunnel + of_row, bytes);
}

#endif
