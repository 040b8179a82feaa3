/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A tunnel's far end: static, or in PEER, learned from the last ping (learn.h). Readers cannot take the row's lock for every
 * packet and must never see half of it: a sequence count (`version`) tells them.
 */
#ifndef TRUEINGRESS_REMOTE_H
#define TRUEINGRESS_REMOTE_H

#include "address.h"
#include "maps.h"
#include "verdict.h"

/* A writer is done within nanoseconds; four looks are many. */
#define STABLE_READS 4

#define READ_ONCE(member) (*(const volatile typeof(member) *)&(member))
#define WRITE_ONCE(member, value) (*(volatile typeof(member) *)&(member) = (value))

/*
 * Orders memory accesses. x86 reorders neither loads with loads nor stores with stores, so keeping the compiler in order
 * is enough; elsewhere BPF has no barrier but an atomic operation that returns a value.
 */
static __always_inline void ordered(void)
{
#ifndef __TARGET_ARCH_x86
	__u64 word = 0;

	asm volatile("" : : "r"(__sync_fetch_and_add(&word, 1)) : "memory");
#endif
	asm volatile("" ::: "memory");
}

/* The remote that PEER holds for this tunnel in this epoch. False: not learned yet. */
static __always_inline bool read_peer(__u32 tunnel, __u64 epoch, struct endpoint *remote)
{
	struct peer_key key = { .tunnel = tunnel };
	struct peer_value *row = bpf_map_lookup_elem(&peer, &key);

	if (!row)
		return false;
	for (int i = 0; i < STABLE_READS; i++) {
		__u32 version = READ_ONCE(row->version);
		__u64 learned;

		if (version & 1)
			continue;
		ordered();
		learned = READ_ONCE(row->epoch);
		remote->ip.word[0] = READ_ONCE(row->remote_ip.word[0]);
		remote->ip.word[1] = READ_ONCE(row->remote_ip.word[1]);
		remote->ip.word[2] = READ_ONCE(row->remote_ip.word[2]);
		remote->ip.word[3] = READ_ONCE(row->remote_ip.word[3]);
		remote->port = READ_ONCE(row->remote_port);
		ordered();
		if (READ_ONCE(row->version) == version)
			return learned == epoch;
	}
	return false;
}

/* Where to send what goes through this tunnel. False: nowhere yet. */
static __always_inline bool find_remote(__u32 id, const struct tunnel_value *row, struct endpoint *remote)
{
	if (row->flags & TUNNEL_LEARNED)
		return read_peer(id, row->epoch, remote);
	remote->ip = row->remote_ip;
	remote->port = row->remote_port;
	return remote->port && (remote->ip.word[3] | remote->ip.word[2] | remote->ip.word[1] | remote->ip.word[0]);
}

static __always_inline bool is_from(const struct endpoint *remote, const struct packet *outer)
{
	return remote->port == outer->ports.source && same_ip(&remote->ip, &outer->source);
}

#endif
