/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A tunnel's far end: static, or in PEER, learned from the last ping. A ping stores address, port, epoch and time
 * together; readers, which cannot take the lock for every packet, must never see half of it: a sequence count (`version`)
 * tells them.
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
		remote->ip = READ_ONCE(row->remote_ip.word[3]);
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
	remote->ip = row->remote_ip.word[3];
	remote->port = row->remote_port;
	return remote->ip && remote->port;
}

/* Changes a row of PEER; only its time when the remote is as it was, so that readers are not disturbed. */
static __always_inline enum verdict change_peer(struct peer_value *row, const struct peer_value *heard)
{
	enum verdict verdict = VERDICT_PING_ACCEPTED;

	bpf_spin_lock(&row->lock);
	if (row->epoch == heard->epoch && row->remote_ip.word[3] == heard->remote_ip.word[3] &&
	    row->remote_port == heard->remote_port) {
		row->last_seen_ns = heard->last_seen_ns;
		bpf_spin_unlock(&row->lock);
		return verdict;
	}
	WRITE_ONCE(row->version, row->version + 1);
	ordered();
	if (row->epoch == heard->epoch) {
		row->moves++;
		verdict = VERDICT_PING_MOVED;
	} else {
		/* A row of another tunnel that had this id: nothing of it is inherited. */
		row->moves = 0;
	}
	row->epoch = heard->epoch;
	row->last_seen_ns = heard->last_seen_ns;
	row->remote_ip.word[0] = 0;
	row->remote_ip.word[1] = 0;
	row->remote_ip.word[2] = MAPPED;
	row->remote_ip.word[3] = heard->remote_ip.word[3];
	row->remote_port = heard->remote_port;
	ordered();
	WRITE_ONCE(row->version, row->version + 1);
	bpf_spin_unlock(&row->lock);
	return verdict;
}

/*
 * Stores where a ping came from. A new row starts at a random version: the kernel reuses elements at once, and a reader
 * that still holds the old one must not find the number it began with.
 */
static __always_inline enum verdict learn_remote(__u32 tunnel, __u64 epoch, __be32 ip, __be16 port)
{
	struct peer_key key = { .tunnel = tunnel };
	struct peer_value heard = {
		.epoch = epoch,
		.last_seen_ns = bpf_ktime_get_ns(),
		.remote_ip = mapped(ip),
		.remote_port = port,
	};
	struct peer_value *row = bpf_map_lookup_elem(&peer, &key);

	if (row)
		return change_peer(row, &heard);
	heard.version = bpf_get_prandom_u32() & ~1U;
	if (!bpf_map_update_elem(&peer, &key, &heard, BPF_NOEXIST))
		return VERDICT_PING_ACCEPTED;
	/* Another CPU was first, or the table is full. */
	row = bpf_map_lookup_elem(&peer, &key);
	if (row)
		return change_peer(row, &heard);
	return VERDICT_PING_REFUSED;
}

#endif
