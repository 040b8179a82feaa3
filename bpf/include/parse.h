/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * IPv4 packets taken apart, the outer and the inner one alike. Devices have an Ethernet header (user space refuses
 * others). Reads only.
 */
#ifndef TRUEINGRESS_PARSE_H
#define TRUEINGRESS_PARSE_H

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stddef.h>

#include "verdict.h"

#define IPV4_BYTES ((__u32)sizeof(struct iphdr))
#define UDP_BYTES ((__u32)sizeof(struct udphdr))

#define DONT_FRAGMENT bpf_htons(0x4000)
#define MORE_FRAGMENTS bpf_htons(0x2000)
#define FRAGMENT_OFFSET bpf_htons(0x1fff)

/* The first two fields of a TCP and of a UDP header. */
struct ports {
	__be16 source;
	__be16 destination;
};

struct packet {
	__be32 source;
	__be32 destination;
	struct ports ports; /* zero in a later fragment, which has none */
	__u32 bytes;        /* total length as the header says */
	__be16 fragment;    /* DF, MF and offset as on the wire */
	__be16 id;
	__sum16 check;
	__u8 tos;
	__u8 protocol;
	__u8 header_bytes;
	__u8 pad[3];
};

/*
 * Both ends of the linear part. In assembler, so that each bounds check loads them anew and straight from the context: a
 * compiler that keeps the 32-bit values across checks extends them again, and what the verifier then sees is a number and
 * no longer a pointer; one that keeps their addresses makes pointers into the context, which it refuses as well.
 */
static __always_inline void *linear_start(const struct __sk_buff *skb)
{
	void *start;

	asm volatile("%0 = *(u32 *)(%1 + %2)" : "=r"(start) : "r"(skb), "i"(offsetof(struct __sk_buff, data)));
	return start;
}

static __always_inline void *linear_end(const struct __sk_buff *skb)
{
	void *end;

	asm volatile("%0 = *(u32 *)(%1 + %2)" : "=r"(end) : "r"(skb), "i"(offsetof(struct __sk_buff, data_end)));
	return end;
}

/*
 * The first `bytes` of the packet, NULL when it has fewer. What is needed is nearly always in the linear part; pulling it
 * there invalidates every pointer into the packet that was taken before.
 */
static __always_inline void *first_bytes(struct __sk_buff *skb, __u32 bytes)
{
	void *data = linear_start(skb);

	if (data + bytes <= linear_end(skb))
		return data;
	if (bpf_skb_pull_data(skb, bytes))
		return NULL;
	data = linear_start(skb);
	if (data + bytes > linear_end(skb))
		return NULL;
	return data;
}

static __always_inline bool is_later_fragment(const struct packet *packet)
{
	return packet->fragment & FRAGMENT_OFFSET;
}

static __always_inline bool is_first_fragment(const struct packet *packet)
{
	return (packet->fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) == MORE_FRAGMENTS;
}

static __always_inline bool has_options(const struct packet *packet)
{
	return packet->header_bytes != IPV4_BYTES;
}

static __always_inline void read_ipv4(const struct iphdr *ip, struct packet *packet)
{
	packet->source = ip->saddr;
	packet->destination = ip->daddr;
	packet->bytes = bpf_ntohs(ip->tot_len);
	packet->fragment = ip->frag_off;
	packet->id = ip->id;
	packet->check = ip->check;
	packet->tos = ip->tos;
	packet->protocol = ip->protocol;
	packet->header_bytes = ip->ihl * 4;
}

/*
 * The packet at the start of the frame: its addresses, and its ports if it has any. False: not IPv4 with ports, or too
 * short to be; none of ours, and the stack knows what to do with it. Whether it is well-formed is asked later, of ours.
 */
static __always_inline bool parse(struct __sk_buff *skb, struct packet *packet)
{
	struct iphdr *ip;
	void *data;

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return false;
	data = first_bytes(skb, ETH_HLEN + IPV4_BYTES);
	if (!data)
		return false;
	ip = data + ETH_HLEN;
	if (ip->version != 4 || ip->ihl < 5)
		return false;
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
		return false;
	read_ipv4(ip, packet);
	packet->ports = (struct ports){};
	/* The last fragment may be shorter than ports are. */
	if (is_later_fragment(packet))
		return true;
	if (has_options(packet))
		return !bpf_skb_load_bytes(skb, ETH_HLEN + packet->header_bytes, &packet->ports, sizeof(packet->ports));
	data = first_bytes(skb, ETH_HLEN + IPV4_BYTES + sizeof(struct ports));
	if (!data)
		return false;
	packet->ports = *(struct ports *)(data + ETH_HLEN + IPV4_BYTES);
	return true;
}

/* Checksum fields are rewritten in place: the whole of a minimal header must be there, but in a later fragment. */
static __always_inline __u32 least_bytes(const struct packet *packet)
{
	if (is_later_fragment(packet))
		return IPV4_BYTES + 1;
	return IPV4_BYTES + (packet->protocol == IPPROTO_TCP ? (__u32)sizeof(struct tcphdr) : UDP_BYTES);
}

/*
 * Whether a packet without options, `room` bytes being there for it, can be carried. Longer than its header says is
 * refused as well: bytes after the packet would be carried as if they were of it.
 */
static __always_inline bool is_well_formed(const struct packet *packet, __u32 room)
{
	return packet->bytes == room && room >= least_bytes(packet);
}

#endif
