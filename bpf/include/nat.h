/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * An endpoint in a packet replaced by another: addresses, port and checksums. The packet is at the start of the frame and
 * has no options; in a later fragment there are addresses only. By the kernel's helpers, since a packet's transport checksum may be unfinished
 * (CHECKSUM_PARTIAL: the field holds the pseudo header's sum, ports not included) and only they know.
 */
#ifndef TRUEINGRESS_NAT_H
#define TRUEINGRESS_NAT_H

#include <stddef.h>

#include "address.h"
#include "checksum.h"
#include "maps.h"
#include "parse.h"

static __always_inline struct nat_value *find_translation(__be32 ip, __be16 port, __u8 protocol, __u8 direction)
{
	struct nat_key key = { .ip = mapped(ip), .port = port, .protocol = protocol, .direction = direction };

	return bpf_map_lookup_elem(&nat, &key);
}

/* What an endpoint touches, as it lies in a packet without options: one store writes it all. */
struct rewritten {
	__sum16 check;
	__be32 source;
	__be32 destination;
	struct ports ports;
} __attribute__((packed));

_Static_assert(offsetof(struct iphdr, check) + sizeof(struct rewritten) == sizeof(struct iphdr) + sizeof(struct ports),
	       "checksum, addresses, ports");

static __always_inline int replace_transport_sum(struct __sk_buff *skb, const struct packet *packet,
						 const struct endpoint *before, const struct endpoint *after)
{
	bool tcp = packet->protocol == IPPROTO_TCP;
	__u32 at = ETH_HLEN + IPV4_BYTES + (tcp ? offsetof(struct tcphdr, check) : offsetof(struct udphdr, check));
	/* In UDP zero means "none", and a sum of zero is written as ffff. */
	__u64 flags = tcp ? 0 : BPF_F_MARK_MANGLED_0;

	if (before->ip != after->ip &&
	    bpf_l4_csum_replace(skb, at, before->ip, after->ip, flags | BPF_F_PSEUDO_HDR | sizeof(__be32)))
		return -1;
	if (before->port != after->port &&
	    bpf_l4_csum_replace(skb, at, before->port, after->port, flags | sizeof(__be16)))
		return -1;
	return 0;
}

/* Nonzero: the kernel could not, and the packet is half changed; drop it. */
static __always_inline int store_endpoint(struct __sk_buff *skb, const struct packet *packet,
					  const struct endpoint *before, const struct endpoint *after,
					  struct rewritten *rewritten)
{
	if (before->ip == after->ip && before->port == after->port)
		return 0;
	rewritten->check = checksum_after(packet->check, before->ip, after->ip);
	if (is_later_fragment(packet))
		return bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct iphdr, check), rewritten,
					   offsetof(struct rewritten, ports), 0);
	if (replace_transport_sum(skb, packet, before, after))
		return -1;
	return bpf_skb_store_bytes(skb, ETH_HLEN + offsetof(struct iphdr, check), rewritten, sizeof(*rewritten), 0);
}

static __always_inline int replace_source(struct __sk_buff *skb, const struct packet *packet,
					  const struct endpoint *after)
{
	struct endpoint before = { .ip = packet->source, .port = packet->ports.source };
	struct rewritten rewritten = {
		.source = after->ip,
		.destination = packet->destination,
		.ports = { .source = after->port, .destination = packet->ports.destination },
	};

	return store_endpoint(skb, packet, &before, after, &rewritten);
}

static __always_inline int replace_destination(struct __sk_buff *skb, const struct packet *packet,
					       const struct endpoint *after)
{
	struct endpoint before = { .ip = packet->destination, .port = packet->ports.destination };
	struct rewritten rewritten = {
		.source = packet->source,
		.destination = after->ip,
		.ports = { .source = packet->ports.source, .destination = after->port },
	};

	return store_endpoint(skb, packet, &before, after, &rewritten);
}

#endif
