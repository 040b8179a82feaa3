/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Packets of both families taken apart, outer and inner ones alike (docs/DATAPATH.md section 1). Devices have an Ethernet
 * header (user space refuses others). Reads only. What nearly every packet is, IPv4 or IPv6 with TCP or UDP right behind
 * the header, is read in place; the rest by functions of their own, which the verifier looks at once.
 */
#ifndef TRUEINGRESS_PARSE_H
#define TRUEINGRESS_PARSE_H

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stddef.h>

#include "address.h"
#include "verdict.h"

#define IPV4_BYTES ((__u32)sizeof(struct iphdr))
#define IPV6_BYTES ((__u32)sizeof(struct ipv6hdr))
#define TCP_BYTES ((__u32)sizeof(struct tcphdr))
#define UDP_BYTES ((__u32)sizeof(struct udphdr))
#define ICMP_BYTES 8
#define IP_MAX_BYTES 65535

#define DONT_FRAGMENT bpf_htons(0x4000)
#define MORE_FRAGMENTS bpf_htons(0x2000)
#define FRAGMENT_OFFSET bpf_htons(0x1fff)

/* No protocol that anybody has: what lies behind the header cannot be told. */
#define PROTOCOL_UNKNOWN 255

#define TCP_FIN 1
#define TCP_SYN 2

/* The first two fields of a TCP and of a UDP header. */
struct ports {
	__be16 source;
	__be16 destination;
};

enum options {
	OPTIONS_NONE = 0,
	OPTIONS_CARRIED = 1,
	/* The header's destination is not where it goes in the end, or nobody can tell. */
	OPTIONS_ROUTED = 2,
};

struct packet {
	struct ip_addr source;
	struct ip_addr destination;
	struct ports ports; /* zero where there are none */
	__u32 at;           /* of the IP header in the frame */
	__u32 bytes;        /* IP header and all behind it, as the header says */
	__u32 transport;    /* from the IP header to what follows it and its options */
	__be32 id;          /* of a fragment */
	__be16 fragment;    /* DF, MF and offset as IPv4 has them on the wire */
	__sum16 check;      /* IPv4's header checksum */
	__u8 version;
	__u8 tos; /* or traffic class */
	__u8 protocol;
	__u8 options;    /* enum options */
	__u8 tcp_words;  /* data offset */
	__u8 tcp_flags;
	__u8 pad[2];
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
 * `bytes` from `at` on, NULL when the packet has fewer; both known when compiled. What is needed is nearly always in the
 * linear part; pulling it there invalidates every pointer into the packet that was taken before.
 */
static __always_inline void *bytes_at(struct __sk_buff *skb, __u32 at, __u32 bytes)
{
	void *data = linear_start(skb);

	if (data + at + bytes <= linear_end(skb))
		return data + at;
	if (bpf_skb_pull_data(skb, at + bytes))
		return NULL;
	data = linear_start(skb);
	if (data + at + bytes > linear_end(skb))
		return NULL;
	return data + at;
}

static __always_inline bool is_later_fragment(const struct packet *packet)
{
	return packet->fragment & FRAGMENT_OFFSET;
}

static __always_inline bool is_first_fragment(const struct packet *packet)
{
	return (packet->fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) == MORE_FRAGMENTS;
}

static __always_inline bool is_fragment(const struct packet *packet)
{
	return packet->fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET);
}

static __always_inline __u32 header_bytes(__u32 version)
{
	return version == 6 ? IPV6_BYTES : IPV4_BYTES;
}

static __always_inline __u8 icmp_of(__u32 version)
{
	return version == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
}

static __always_inline bool is_icmp(const struct packet *packet)
{
	return packet->protocol == icmp_of(packet->version);
}

static __always_inline void read_ipv4(const struct iphdr *ip, struct packet *packet)
{
	packet->source = mapped(ip->saddr);
	packet->destination = mapped(ip->daddr);
	packet->bytes = bpf_ntohs(ip->tot_len);
	packet->transport = ip->ihl * 4;
	packet->id = bpf_htonl(bpf_ntohs(ip->id));
	packet->fragment = ip->frag_off;
	packet->check = ip->check;
	packet->version = 4;
	packet->tos = ip->tos;
	packet->protocol = ip->protocol;
}

/* An IPv6 packet is never fragmented on its way: as if it had DF. */
static __always_inline void read_ipv6(const struct ipv6hdr *ip, struct packet *packet)
{
	packet->source = address_of(&ip->saddr);
	packet->destination = address_of(&ip->daddr);
	packet->bytes = bpf_ntohs(ip->payload_len) + IPV6_BYTES;
	packet->transport = IPV6_BYTES;
	packet->fragment = DONT_FRAGMENT;
	packet->version = 6;
	packet->tos = bpf_ntohs(*(const __be16 *)ip) >> 4;
	packet->protocol = ip->nexthdr;
	if (is_no_ipv6(&packet->source) || is_no_ipv6(&packet->destination))
		packet->protocol = PROTOCOL_UNKNOWN;
}

#define IPV4_OPTIONS_MAX 40
#define IPV4_OPTIONS_READ 12
#define IPV4_OPTION_END 0
#define IPV4_OPTION_NO_OPERATION 1
#define IPV4_OPTION_LOOSE_ROUTE 131
#define IPV4_OPTION_STRICT_ROUTE 137

/* Whether IPv4 options ask for no other way than the header's destination. */
static __always_inline bool keeps_destination(const __u8 *options, __u32 length)
{
	__u32 at = 0;

	for (int i = 0; i < IPV4_OPTIONS_READ; i++) {
		__u32 kind, bytes;

		if (at >= length || at >= IPV4_OPTIONS_MAX)
			return at == length;
		kind = options[at];
		if (kind == IPV4_OPTION_END)
			return true;
		if (kind == IPV4_OPTION_NO_OPERATION) {
			at++;
			continue;
		}
		if (kind == IPV4_OPTION_LOOSE_ROUTE || kind == IPV4_OPTION_STRICT_ROUTE || at + 1 >= IPV4_OPTIONS_MAX)
			return false;
		bytes = options[at + 1];
		if (bytes < 2 || bytes > IPV4_OPTIONS_MAX)
			return false;
		at += bytes;
	}
	return at == length;
}

static __always_inline void read_ipv4_options(struct __sk_buff *skb, struct packet *packet)
{
	__u8 options[IPV4_OPTIONS_MAX + 1] = {};
	__u32 length = packet->transport - IPV4_BYTES;

	/* Or the compiler makes one comparison of both, which tells Linux 6.1 neither bound. */
	barrier_var(length);
	if (length > IPV4_OPTIONS_MAX)
		return;
	barrier_var(length);
	if (length < 4)
		return;
	if (bpf_skb_load_bytes(skb, packet->at + IPV4_BYTES, options, length))
		packet->protocol = PROTOCOL_UNKNOWN; /* the frame ends within the header */
	else
		packet->options = keeps_destination(options, length) ? OPTIONS_CARRIED : OPTIONS_ROUTED;
}

/* Extension headers (RFC 8200 section 4), each of which names the next. */
#define IPV6_HOP_BY_HOP 0
#define IPV6_ROUTING 43
#define IPV6_FRAGMENT 44
#define IPV6_DESTINATION 60
#define IPV6_FRAGMENT_BYTES 8
#define IPV6_HEADERS_READ 6

struct ipv6_extension {
	__u8 next;
	__u8 words;         /* of 8 bytes, after the first; of a fragment header reserved */
	__be16 fragment;    /* of a routing header: type, segments left */
	__be32 id;
};

static __always_inline bool is_extension(__u8 header)
{
	return header == IPV6_HOP_BY_HOP || header == IPV6_ROUTING || header == IPV6_FRAGMENT ||
	       header == IPV6_DESTINATION;
}

static __always_inline void read_ipv6_extensions(struct __sk_buff *skb, struct packet *packet)
{
	struct ipv6_extension extension;
	__u8 next = packet->protocol;

	for (int i = 0; i < IPV6_HEADERS_READ && is_extension(next); i++) {
		if (bpf_skb_load_bytes(skb, packet->at + packet->transport, &extension, sizeof(extension))) {
			next = PROTOCOL_UNKNOWN;
			break;
		}
		if (next == IPV6_FRAGMENT) {
			__u16 word = bpf_ntohs(extension.fragment);

			packet->transport += sizeof(extension);
			packet->id = extension.id;
			packet->fragment |= bpf_htons(word >> 3) | (word & 1 ? MORE_FRAGMENTS : 0);
			next = is_extension(extension.next) ? PROTOCOL_UNKNOWN : extension.next;
			break;
		}
		if (next == IPV6_ROUTING && ((const __u8 *)&extension.fragment)[1])
			packet->options = OPTIONS_ROUTED;
		else if (packet->options == OPTIONS_NONE)
			packet->options = OPTIONS_CARRIED;
		packet->transport += (extension.words + 1) * 8;
		next = extension.next;
	}
	/* A header that says it is longer than the frame hides what comes behind it. */
	if (is_extension(next) || packet->at + packet->transport > skb->len)
		next = PROTOCOL_UNKNOWN;
	packet->protocol = next;
}

/* What a packet has that is not read in place: options, extension headers, and the ports behind them. */
__noinline int read_options(struct __sk_buff *skb, struct packet *packet)
{
	__u32 behind;
	__u16 word;

	if (!packet)
		return 0;
	if (packet->version == 4)
		read_ipv4_options(skb, packet);
	else
		read_ipv6_extensions(skb, packet);
	if (is_later_fragment(packet))
		return 0;
	behind = packet->at + packet->transport;
	if (packet->protocol == IPPROTO_TCP && !bpf_skb_load_bytes(skb, behind + 12, &word, sizeof(word))) {
		packet->tcp_words = ((const __u8 *)&word)[0] >> 4;
		packet->tcp_flags = ((const __u8 *)&word)[1];
	}
	if (packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP)
		bpf_skb_load_bytes(skb, behind, &packet->ports, sizeof(packet->ports));
	return 0;
}

/* Ports, and of TCP what else is asked for: in place, of a packet without options that is no later fragment. */
static __always_inline void read_transport(struct __sk_buff *skb, __u32 at, struct packet *packet)
{
	if (packet->protocol == IPPROTO_TCP) {
		struct tcphdr *tcp = bytes_at(skb, at, TCP_BYTES);

		if (tcp) {
			packet->ports = *(struct ports *)tcp;
			packet->tcp_words = ((__u8 *)tcp)[12] >> 4;
			packet->tcp_flags = ((__u8 *)tcp)[13];
			return;
		}
	}
	if (packet->protocol == IPPROTO_UDP || packet->protocol == IPPROTO_TCP) {
		struct ports *ports = bytes_at(skb, at, sizeof(*ports));

		if (ports)
			packet->ports = *ports;
	}
}

/* The IPv4 packet at `at`, which is known when compiled. False: there is none. */
static __always_inline bool read_ipv4_at(struct __sk_buff *skb, __u32 at, struct packet *packet)
{
	struct iphdr *ip = bytes_at(skb, at, IPV4_BYTES);

	if (!ip || ip->version != 4 || ip->ihl < 5)
		return false;
	packet->at = at;
	read_ipv4(ip, packet);
	if (packet->transport != IPV4_BYTES)
		read_options(skb, packet);
	else if (!is_later_fragment(packet))
		read_transport(skb, at + IPV4_BYTES, packet);
	return true;
}

static __always_inline bool read_ipv6_at(struct __sk_buff *skb, __u32 at, struct packet *packet)
{
	struct ipv6hdr *ip = bytes_at(skb, at, IPV6_BYTES);

	if (!ip || ip->version != 6)
		return false;
	packet->at = at;
	read_ipv6(ip, packet);
	if (is_extension(packet->protocol))
		read_options(skb, packet);
	else
		read_transport(skb, at + IPV6_BYTES, packet);
	return true;
}

/* The packet in the frame; `packet` comes zeroed. False: none that the programs know. */
static __always_inline bool read_frame(struct __sk_buff *skb, struct packet *packet)
{
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return read_ipv4_at(skb, ETH_HLEN, packet);
	if (topology_features & FEATURE_IPV6 && skb->protocol == bpf_htons(ETH_P_IPV6))
		return read_ipv6_at(skb, ETH_HLEN, packet);
	return false;
}

/* Checksum fields are rewritten in place: the whole of a minimal header must be there, but in a later fragment. */
static __always_inline __u32 least_bytes(const struct packet *packet)
{
	if (is_later_fragment(packet))
		return 1;
	if (packet->protocol == IPPROTO_TCP)
		return TCP_BYTES;
	return packet->protocol == IPPROTO_UDP ? UDP_BYTES : ICMP_BYTES;
}

/*
 * Whether a packet, `room` bytes being there for it, can be carried. Longer than its header says is refused as well: bytes
 * after the packet would be carried as if they were of it.
 */
static __always_inline bool is_well_formed(const struct packet *packet, __u32 room)
{
	if (packet->bytes != room || room < packet->transport + least_bytes(packet))
		return false;
	return packet->protocol != IPPROTO_TCP || is_later_fragment(packet) || packet->tcp_words >= TCP_BYTES / 4;
}

#endif
