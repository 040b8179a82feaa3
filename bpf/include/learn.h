/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * PEER is written: what a ping says is stored under the row's lock, sequence and remote together, `version` odd meanwhile
 * (remote.h reads).
 */
#ifndef TRUEINGRESS_LEARN_H
#define TRUEINGRESS_LEARN_H

#include "event.h"
#include "maps.h"
#include "remote.h"
#include "verdict.h"

#define MINUTE_NS (60ULL * 1000000000)

static __always_inline void store_remote(struct peer_value *row, const struct peer_value *heard)
{
	WRITE_ONCE(row->version, row->version + 1);
	ordered();
	row->epoch = heard->epoch;
	row->last_seen_ns = heard->last_seen_ns;
	row->remote_ip = heard->remote_ip;
	row->remote_port = heard->remote_port;
	ordered();
	WRITE_ONCE(row->version, row->version + 1);
}

/* Whether one more move is within the limit; counts it. 0: no limit. */
static __always_inline bool may_move(struct peer_value *row, __u64 now, __u32 per_minute)
{
	if (!per_minute)
		return true;
	if (now - row->minute_ns >= MINUTE_NS) {
		row->minute_ns = now;
		row->moves_in_minute = 0;
	}
	if (row->moves_in_minute >= per_minute)
		return false;
	row->moves_in_minute++;
	return true;
}

/*
 * Changes a row of PEER; of a remote that is as it was only the time, so that readers are not disturbed. `kind` is the event
 * that this is, 0 for none.
 */
static __always_inline enum verdict change_peer(struct peer_value *row, const struct peer_value *heard, __u32 per_minute,
						__u32 *kind)
{
	enum verdict verdict = VERDICT_PING_ACCEPTED;

	bpf_spin_lock(&row->lock);
	if (row->epoch != heard->epoch) {
		/* A row of another tunnel that had this id: nothing of it is inherited. */
		row->sequence = heard->sequence;
		row->moves = 0;
		row->minute_ns = 0;
		row->moves_in_minute = 0;
		store_remote(row, heard);
		*kind = EVENT_LEARNED;
	} else if (heard->sequence && heard->sequence <= row->sequence) {
		verdict = VERDICT_PING_REPLAYED;
	} else {
		if (heard->sequence)
			row->sequence = heard->sequence;
		if (row->remote_port == heard->remote_port && same_ip(&row->remote_ip, &heard->remote_ip)) {
			row->last_seen_ns = heard->last_seen_ns;
		} else if (!may_move(row, heard->last_seen_ns, per_minute)) {
			verdict = VERDICT_PING_LIMITED;
		} else {
			row->moves++;
			store_remote(row, heard);
			verdict = VERDICT_PING_MOVED;
			*kind = EVENT_MOVED;
		}
	}
	bpf_spin_unlock(&row->lock);
	return verdict;
}

/*
 * Stores where a ping came from. A new row starts at a random version: the kernel reuses elements at once, and a reader
 * that still holds the old one must not find the number it began with.
 */
static __always_inline enum verdict learn_remote(struct __sk_buff *skb, __u32 id, const struct tunnel_value *row,
						 const struct packet *outer, __u64 sequence)
{
	struct peer_key key = { .tunnel = id };
	struct peer_value heard = {
		.version = bpf_get_prandom_u32() & ~1U,
		.epoch = row->epoch,
		.last_seen_ns = bpf_ktime_get_ns(),
		.sequence = sequence,
		.remote_ip = outer->source,
		.remote_port = outer->ports.source,
	};
	enum verdict verdict = VERDICT_PING_ACCEPTED;
	struct peer_value *known = bpf_map_lookup_elem(&peer, &key);
	__u32 kind = 0;

	if (!known) {
		if (!bpf_map_update_elem(&peer, &key, &heard, BPF_NOEXIST)) {
			tell_remote(skb, EVENT_LEARNED, id, outer);
			return VERDICT_PING_ACCEPTED;
		}
		/* Another CPU was first, or the table is full. */
		known = bpf_map_lookup_elem(&peer, &key);
		if (!known)
			return VERDICT_PING_REFUSED;
	}
	verdict = change_peer(known, &heard, row->moves_per_minute, &kind);
	if (kind)
		tell_remote(skb, kind, id, outer);
	return verdict;
}

#endif
