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

static __always_inline bool may_ping_from(const struct ip_addr *ip, __u32 tunnel)
{
	struct allow_key key = { .tunnel = tunnel };
	struct allow_value *row;

	for (int i = 0; i < ALLOWED_PER_TUNNEL; i++) {
		key.number = i;
		row = bpf_map_lookup_elem(&allow, &key);
		if (!row)
			return false;
		if (is_in_prefix(ip, row))
			return true;
	}
	return false;
}

_Static_assert(offsetof(struct tunnel_value, sign_key) % sizeof(__u64) == 0, "read as two words");

static __always_inline enum verdict refuse_signature(const struct gue_signed_ping *ping, const struct tunnel_value *row,
						     __u64 *sequence)
{
	struct signed_part part = {
		.group = ping->ping.gue.group,
		.service = ping->ping.gue.service,
		.tunnel = ping->ping.tunnel,
	};
	__u64 sent, now;

	__builtin_memcpy(&part.sequence, ping->sequence, sizeof(part.sequence));
	__builtin_memcpy(&sent, ping->tag, sizeof(sent));
	if (siphash_2_4((const __u64 *)row->sign_key, (const __u64 *)&part) != sent)
		return VERDICT_BAD_SIGNATURE;
	*sequence = bpf_be64_to_cpu(part.sequence);
	now = bpf_ktime_get_tai_ns();
	if (*sequence <= row->epoch || *sequence > now + FRESH_AHEAD_NS || now > *sequence + FRESH_BEHIND_NS)
		return VERDICT_PING_REPLAYED;
	return NO_FAULT;
}

/* What a ping with a right key says of a tunnel. `ping`'s signature is looked at when it has one. */
static __always_inline enum verdict hear_ping(struct __sk_buff *skb, const struct packet *outer,
					      const struct gue_signed_ping *ping, bool is_signed,
					      const struct tunnel_value *row)
{
	__u32 id = bpf_ntohl(ping->ping.tunnel);
	__u64 sequence = 0;
	enum verdict fault;

	if (!is_local_end(row, outer))
		return VERDICT_WRONG_TUNNEL;
	if (is_signed ? !(row->flags & TUNNEL_SIGNED) : row->flags & TUNNEL_SIGN_REQUIRED)
		return VERDICT_PING_REFUSED;
	if (is_signed) {
		fault = refuse_signature(ping, row, &sequence);
		if (fault != NO_FAULT)
			return fault;
	}
	if (!(row->flags & TUNNEL_LEARNED))
		return VERDICT_PING_ACCEPTED;
	if (row->flags & TUNNEL_ALLOW && !may_ping_from(&outer->source, id))
		return VERDICT_PING_REFUSED;
	return learn_remote(skb, id, row, outer, sequence);
}

/*
 * A keyed ping. Gateway only: a node's far ends are static, and nobody has to tell it where they are. A function of its own:
 * pings are rare, and a row of PEER takes much of the stack.
 */
__noinline int receive_ping(struct __sk_buff *skb, const struct packet *outer, struct outcome *outcome, __u32 is_signed)
{
	__u32 bytes = is_signed ? sizeof(struct gue_signed_ping) : sizeof(struct gue_ping);
	const struct tunnel_value *row;
	struct verify_value *service;
	struct gue_signed_ping ping = {};
	__u32 id;

	if (!outer || !outcome || outer->bytes != outer->transport + UDP_BYTES + bytes)
		return VERDICT_BAD_HEADER;
	if (role == ROLE_NODE)
		return VERDICT_PING_REFUSED;
	if (bpf_skb_load_bytes(skb, ETH_HLEN + outer->transport + UDP_BYTES, &ping, bytes))
		return VERDICT_BAD_HEADER;
	service = find_service(ping.ping.gue.group, ping.ping.gue.service);
	if (!service)
		return VERDICT_UNKNOWN_SERVICE;
	outcome->service = service->counter;
	if (!opens(ping.ping.gue.key, service))
		return VERDICT_BAD_KEY;
	id = bpf_ntohl(ping.ping.tunnel);
	if (!may_use(service, id))
		return VERDICT_WRONG_TUNNEL;
	row = find_tunnel(id);
	if (!row)
		return VERDICT_NO_TUNNEL;
	outcome->tunnel = row->counter;
	return hear_ping(skb, outer, &ping, is_signed, row);
}

#endif
