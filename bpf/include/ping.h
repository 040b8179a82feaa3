/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Pings that a gateway receives (docs/DATAPATH.md sections 4.8 to 4.10): all checks before anything is learned. */
#ifndef TRUEINGRESS_PING_H
#define TRUEINGRESS_PING_H

#include "count.h"
#include "gue.h"
#include "learn.h"
#include "service.h"
#include "siphash.h"

/* TAI may run 37 seconds ahead of the sender's wall clock, which itself may be a minute off. */
#define FRESH_BEHIND_NS (100ULL * 1000000000)
#define FRESH_AHEAD_NS (60ULL * 1000000000)

/* The tunnel that a ping with a right key is about; NULL: `fault` says why it cannot be. */
static __always_inline const struct tunnel_value *pinged_tunnel(const struct verify_value *service, __u32 id,
								const struct packet *outer, struct outcome *outcome,
								enum verdict *fault)
{
	const struct tunnel_value *row;

	*fault = VERDICT_WRONG_TUNNEL;
	if (!may_use(service, id))
		return NULL;
	row = find_tunnel(id);
	if (!row) {
		*fault = VERDICT_NO_TUNNEL;
		return NULL;
	}
	outcome->tunnel = row->counter;
	return is_local_end(row, outer) ? row : NULL;
}

static __always_inline bool is_in_prefix(const struct ip_addr *ip, const struct allow_value *row)
{
	__u32 bits = row->bits;

	for (int i = 0; i < 4; i++) {
		__u32 here = bits > 32 ? 32 : bits;
		__be32 mask = here ? bpf_htonl(0xffffffffU << (32 - here)) : 0;

		if ((ip->word[i] ^ row->ip.word[i]) & mask)
			return false;
		bits -= here;
	}
	return true;
}

/* A function of its own: up to eight lookups, and few tunnels ask. */
__noinline int may_ping_from(const struct ip_addr *ip, __u32 tunnel)
{
	struct allow_key key = { .tunnel = tunnel };
	struct allow_value *row;

	if (!ip)
		return 0;
	for (int i = 0; i < ALLOWED_PER_TUNNEL; i++) {
		key.number = i;
		row = bpf_map_lookup_elem(&allow, &key);
		if (!row)
			return 0;
		if (is_in_prefix(ip, row))
			return 1;
	}
	return 0;
}

/* `sequence`: 0 of an unsigned ping. */
static __always_inline enum verdict hear_ping(struct __sk_buff *skb, const struct tunnel_value *row, __u32 id,
					      const struct packet *outer, __u64 sequence)
{
	if (!(row->flags & TUNNEL_LEARNED))
		return VERDICT_PING_ACCEPTED;
	if (row->flags & TUNNEL_ALLOW && !may_ping_from(&outer->source, id))
		return VERDICT_PING_REFUSED;
	return learn_remote(skb, id, row, outer, sequence);
}

static __always_inline enum verdict refuse_signature(const struct gue_signed_ping *ping, const struct tunnel_value *row,
						     __u64 *sequence)
{
	struct signed_part part = {
		.group = ping->ping.gue.group,
		.service = ping->ping.gue.service,
		.tunnel = ping->ping.tunnel,
	};
	__u64 key[2], tag, sent, now;

	__builtin_memcpy(&part.sequence, ping->sequence, sizeof(part.sequence));
	__builtin_memcpy(key, row->sign_key, sizeof(key));
	tag = siphash_2_4(key, (const __u64 *)&part);
	__builtin_memcpy(&sent, ping->tag, sizeof(sent));
	if (tag != sent)
		return VERDICT_BAD_SIGNATURE;
	*sequence = bpf_be64_to_cpu(part.sequence);
	now = bpf_ktime_get_tai_ns();
	if (*sequence <= row->epoch || *sequence > now + FRESH_AHEAD_NS || now > *sequence + FRESH_BEHIND_NS)
		return VERDICT_PING_REPLAYED;
	return NO_FAULT;
}

#endif
