/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What can become of a packet. Every packet that meets a program gets exactly one of these, and is counted under it.
 * src/tables/verdicts.ts has the same names and numbers, and says what the operator should look at; a test compares.
 *
 * A number is never given twice, since counters outlive a program upgrade: append, and keep drops from 16 on.
 */
#ifndef TRUEINGRESS_VERDICT_H
#define TRUEINGRESS_VERDICT_H

#include <linux/pkt_cls.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "tables.h"

enum verdict {
	VERDICT_PASS_NOT_OURS = 0,
	VERDICT_ENCAPSULATED = 1,
	VERDICT_DECAPSULATED = 2,
	VERDICT_RETURNED_DIRECT = 3,
	VERDICT_PING_ACCEPTED = 4,
	VERDICT_PING_MOVED = 5,
	VERDICT_PATH_MTU_LOWERED = 6,
	VERDICT_ECHO_ANSWERED = 7,

	VERDICT_BAD_HEADER = 16,
	VERDICT_BAD_VERSION = 17,
	VERDICT_UNKNOWN_SERVICE = 18,
	VERDICT_BAD_KEY = 19,
	VERDICT_WRONG_TUNNEL = 20,
	VERDICT_WRONG_ENDPOINT = 21,
	VERDICT_BAD_INNER = 22,
	VERDICT_NO_NAT = 23,
	VERDICT_NO_REMOTE = 24,
	VERDICT_NO_TUNNEL = 25,
	VERDICT_TOO_BIG = 26,
	VERDICT_FRAGMENT = 27,
	VERDICT_OPTIONS = 28,
	VERDICT_FIB_FAILED = 29,
	VERDICT_ROOM_FAILED = 30,
	VERDICT_PING_REFUSED = 31,
	VERDICT_TOO_BIG_ANSWERED = 32,
	VERDICT_CONGESTED = 33,
	VERDICT_WRONG_SOURCE = 34,
	VERDICT_BAD_SIGNATURE = 35,
	VERDICT_PING_REPLAYED = 36,
	VERDICT_PING_LIMITED = 37,
};

#define FIRST_DROP 16

/* A check's answer when it found nothing wrong. Not a verdict: its number is outside the counters. */
#define NO_FAULT ((enum verdict)COUNTERS_PER_HOOK)

static __always_inline bool is_drop(enum verdict verdict)
{
	return verdict >= FIRST_DROP;
}

/*
 * Passing means "the next program, then the stack": others' programs on the same hook still run, also on what was
 * encapsulated or decapsulated. A ping ends here, since nobody listens for it.
 */
static __always_inline int action_of(enum verdict verdict)
{
	if (is_drop(verdict) || verdict == VERDICT_PING_ACCEPTED || verdict == VERDICT_PING_MOVED)
		return TC_ACT_SHOT;
	return TC_ACT_UNSPEC;
}

#endif
