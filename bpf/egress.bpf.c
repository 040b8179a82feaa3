// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Egress. On a gateway, what is sent to a proxy endpoint goes into its service's tunnel. On a node, what an endpoint
 * replies leaves in the proxy's name: through the tunnel that carried the request, or (dso) straight to the client.
 * What is ours and cannot go this way is dropped: it never leaves in the clear.
 */
#include "include/program.h"

#include "include/encap.h"
#include "include/flow.h"
#include "include/fragment.h"
#include "include/icmp.h"
#include "include/nat.h"
#include "include/service.h"

static __always_inline struct encap_value *find_row(const struct ip_addr *ip, __be16 port, __u8 protocol, __u32 ifindex)
{
	struct encap_key key = { .ip = *ip, .ifindex = ifindex, .port = port, .protocol = protocol };

	return bpf_map_lookup_elem(&encap, &key);
}

/* The row for where the packet entered the host, before the one for anywhere. */
static __always_inline struct encap_value *find_proxy(struct __sk_buff *skb, const struct ip_addr *ip, __be16 port,
						      __u8 protocol)
{
	struct encap_value *row = NULL;

	if (topology_features & FEATURE_VIA)
		row = find_row(ip, port, protocol, skb->ingress_ifindex ? skb->ingress_ifindex : VIA_LOCAL);
	return row ? row : find_row(ip, port, protocol, VIA_ANY);
}

static __always_inline bool is_proxy_address(const struct packet *packet, __u8 protocol)
{
	return find_row(&packet->destination, 0, protocol, VIA_ANY);
}

/* A packet whose extension headers nobody can read: to a proxy's address it may be for the proxy, and stays here. */
static __always_inline enum verdict refuse_unreadable(const struct packet *packet)
{
	if (is_proxy_address(packet, IPPROTO_TCP) || is_proxy_address(packet, IPPROTO_UDP))
		return VERDICT_OPTIONS;
	return VERDICT_PASS_NOT_OURS;
}

/* TCP or UDP. `fault`: what becomes of a packet without a row. */
static __always_inline struct encap_value *find_target(struct __sk_buff *skb, struct packet *packet,
						       enum verdict *fault)
{
	struct encap_value *row;

	if (is_later_fragment(packet) && !recall_ports(packet)) {
		if (is_proxy_address(packet, packet->protocol))
			*fault = VERDICT_FRAGMENT;
		return NULL;
	}
	row = find_proxy(skb, &packet->destination, packet->ports.destination, packet->protocol);
	/* Also what is for another port of a proxy address, or its later fragments would be refused. */
	if (is_first_fragment(packet) && (row || is_proxy_address(packet, packet->protocol)))
		remember_ports(packet);
	return row && row->tunnel ? row : NULL;
}

static __always_inline enum verdict answer_echo(struct __sk_buff *skb, const struct packet *packet,
						struct outcome *outcome)
{
	if (!is_well_formed(packet, skb->len - ETH_HLEN))
		return VERDICT_BAD_INNER;
	if (become_reply(skb, packet))
		return VERDICT_ROOM_FAILED;
	outcome->redirect = send_back(skb);
	return VERDICT_ECHO_ANSWERED;
}

/* An error about a packet from a proxy, or an echo to one. */
static __always_inline struct encap_value *find_icmp_target(struct __sk_buff *skb, struct packet *packet,
							    struct outcome *outcome, enum verdict *fault)
{
	struct encap_value *row = NULL;
	struct quote quote = {};
	int kind = read_icmp(skb, packet, &quote);

	if (kind == ICMP_ERROR && same_ip(&quote.source.ip, &packet->destination))
		row = find_proxy(skb, &quote.source.ip, quote.source.port, quote.protocol);
	else if (topology_features & FEATURE_ECHO && kind == ICMP_REQUEST)
		row = find_row(&packet->destination, 0, packet->protocol, VIA_ANY);
	if (row && !row->tunnel) {
		if (kind == ICMP_REQUEST)
			*fault = answer_echo(skb, packet, outcome);
		return NULL;
	}
	return row;
}

static __always_inline enum verdict to_proxy(struct __sk_buff *skb, struct outcome *outcome)
{
	enum verdict fault = VERDICT_PASS_NOT_OURS;
	struct passage passage = {};
	struct identity identity = {};
	struct packet packet = {};
	struct encap_value *row;

	if (!read_frame(skb, &packet))
		return VERDICT_PASS_NOT_OURS;
	if (packet.protocol == IPPROTO_TCP || packet.protocol == IPPROTO_UDP)
		row = find_target(skb, &packet, &fault);
	else if (is_icmp(&packet))
		row = find_icmp_target(skb, &packet, outcome, &fault);
	else
		return packet.version == 6 && packet.protocol == PROTOCOL_UNKNOWN ? refuse_unreadable(&packet) : VERDICT_PASS_NOT_OURS;
	if (!row)
		return fault;
	outcome->service = row->counter;
	fault = refuse_unfit(skb, &packet);
	if (fault != NO_FAULT)
		return fault;
	fault = find_passage(skb, row->tunnel, &packet, &passage, outcome);
	if (fault != NO_FAULT)
		return fault;
	if (is_syn(&packet))
		clamp_segments(skb, &packet, passage.fits);
	identity.group = row->group;
	identity.service = row->service;
	identity.key = row->key;
	return encapsulate(skb, &packet, &passage, &identity, outcome);
}

/* Whose reply a packet is, and by which of the service's tunnels it goes. */
struct reply {
	struct verify_value *service;
	__be16 group;
	__be16 number;
	__u32 tunnel;
};

static __always_inline void take_flow(struct reply *reply, const struct flow_value *known)
{
	reply->group = known->group;
	reply->number = known->service;
	reply->tunnel = known->tunnel;
}

/* Whether a service's requests still go to this endpoint. */
static __always_inline bool leads_to(const struct verify_value *service, const struct endpoint *endpoint, bool any_port)
{
	return same_ip(&service->endpoint_ip, &endpoint->ip) && (any_port || service->endpoint_port == endpoint->port);
}

/* Several services have this endpoint, or it is an echo: FLOW alone tells which. */
static __always_inline enum verdict find_reply_by_flow(const struct endpoint *endpoint, const struct flow_value *known,
						       bool echo, struct reply *reply)
{
	if (!known)
		return VERDICT_PASS_NOT_OURS;
	take_flow(reply, known);
	reply->service = find_service(known->group, known->service);
	if (!reply->service || (echo && !(reply->service->flags & SERVICE_ECHO)))
		return VERDICT_PASS_NOT_OURS;
	return leads_to(reply->service, endpoint, echo) ? NO_FAULT : VERDICT_PASS_NOT_OURS;
}

static __always_inline enum verdict find_reply(const struct nat_value *row, const struct endpoint *endpoint,
					       const struct endpoint *client, __u8 protocol, struct reply *reply)
{
	struct flow_key key = flow_key_of(endpoint, client, protocol);
	struct flow_value *known;

	if (row->flags & NAT_SHARED)
		return find_reply_by_flow(endpoint, bpf_map_lookup_elem(&flow, &key), false, reply);
	reply->group = row->group;
	reply->number = row->service;
	reply->service = find_service(row->group, row->service);
	if (!reply->service)
		return VERDICT_UNKNOWN_SERVICE;
	if (!(reply->service->flags & SERVICE_FLOW))
		return NO_FAULT;
	known = bpf_map_lookup_elem(&flow, &key);
	if (known && known->group == row->group && known->service == row->service)
		reply->tunnel = known->tunnel;
	else if (reply->service->flags & SERVICE_PASS)
		return VERDICT_PASS_NOT_OURS;
	return NO_FAULT;
}

/* In the clear, but what the client then sends comes through the tunnel: its segments must fit. */
static __always_inline enum verdict return_direct(struct __sk_buff *skb, const struct packet *packet, __u32 comes_by)
{
	struct tunnel_value *row;

	if (!is_syn(packet))
		return VERDICT_RETURNED_DIRECT;
	row = find_tunnel(comes_by);
	if (row) {
		struct endpoint remote = {};

		find_remote(comes_by, row, &remote);
		clamp_segments(skb, packet, fits_in(row, &remote.ip));
	}
	return VERDICT_RETURNED_DIRECT;
}

/* Between whom: of a packet its own ends, of an error those of the request that it is about. */
struct conversation {
	struct quote ends; /* source: the client; destination: the endpoint */
	int icmp;          /* enum icmp_kind, of an ICMP packet */
};

/* Whose the packet is. */
static __always_inline enum verdict find_origin(struct __sk_buff *skb, struct packet *packet,
						struct conversation *conversation, struct reply *reply)
{
	struct quote *ends = &conversation->ends;
	struct nat_value *row;

	if (is_icmp(packet))
		conversation->icmp = read_icmp(skb, packet, ends);
	else if (is_later_fragment(packet) && !recall_ports(packet))
		return VERDICT_PASS_NOT_OURS;
	if (is_icmp(packet) && conversation->icmp != ICMP_ERROR &&
	    (conversation->icmp != ICMP_REPLY || !(topology_features & FEATURE_ECHO)))
		return VERDICT_PASS_NOT_OURS;
	if (conversation->icmp != ICMP_ERROR) {
		ends->destination.ip = packet->source;
		ends->destination.port = packet->ports.source;
		ends->source.ip = packet->destination;
		ends->source.port = packet->ports.destination;
		ends->protocol = packet->protocol;
	}
	if (conversation->icmp == ICMP_REPLY) {
		struct flow_key key = flow_key_of(&ends->destination, &ends->source, ends->protocol);

		return find_reply_by_flow(&ends->destination, bpf_map_lookup_elem(&flow, &key), true, reply);
	}
	row = find_translation(&ends->destination.ip, ends->destination.port, ends->protocol, NAT_OUT);
	if (!row)
		return VERDICT_PASS_NOT_OURS;
	if (is_first_fragment(packet))
		remember_ports(packet);
	return find_reply(row, &ends->destination, &ends->source, ends->protocol, reply);
}

/* The endpoint's name becomes the proxy's: in the packet, and in what an error quotes. A router before it speaks for itself. */
static __always_inline int rename_endpoint(struct __sk_buff *skb, const struct packet *packet, int icmp,
					   const struct endpoint *proxy)
{
	if (icmp == ICMP_ERROR) {
		int quoted = translate_quoted(skb, packet, proxy, SIDE_DESTINATION);

		if (quoted != QUOTED_SPEAKER_ENDPOINT)
			return quoted == QUOTED_FAILED;
	}
	return translate(skb, packet, SIDE_SOURCE, proxy);
}

static __always_inline enum verdict from_endpoint(struct __sk_buff *skb, struct outcome *outcome)
{
	struct identity identity = {};
	struct passage passage = {};
	struct endpoint proxy = {};
	struct packet packet = {};
	struct conversation conversation = {};
	struct reply reply = {};
	enum verdict fault;

	if (!read_frame(skb, &packet))
		return VERDICT_PASS_NOT_OURS;
	if (packet.protocol != IPPROTO_TCP && packet.protocol != IPPROTO_UDP && !is_icmp(&packet))
		return VERDICT_PASS_NOT_OURS;
	fault = find_origin(skb, &packet, &conversation, &reply);
	if (fault != NO_FAULT || !reply.service)
		return fault;
	outcome->service = reply.service->counter;
	fault = refuse_unfit(skb, &packet);
	if (fault != NO_FAULT)
		return fault;
	if (!may_use(reply.service, reply.tunnel))
		reply.tunnel = reply.service->tunnels[0];
	proxy.ip = reply.service->proxy_ip;
	proxy.port = reply.service->proxy_port;
	if (reply.service->flags & SERVICE_DSO) {
		if (rename_endpoint(skb, &packet, conversation.icmp, &proxy))
			return VERDICT_ROOM_FAILED;
		return return_direct(skb, &packet, reply.tunnel);
	}
	fault = find_passage(skb, reply.tunnel, &packet, &passage, outcome);
	if (fault != NO_FAULT)
		return fault;
	if (rename_endpoint(skb, &packet, conversation.icmp, &proxy))
		return VERDICT_ROOM_FAILED;
	if (is_syn(&packet))
		clamp_segments(skb, &packet, passage.fits);
	identity.group = reply.group;
	identity.service = reply.number;
	identity.key = reply.service->key;
	return encapsulate(skb, &packet, &passage, &identity, outcome);
}

SEC("tc")
int ti_egress(struct __sk_buff *skb)
{
	struct outcome outcome = {};
	__u32 bytes = skb->len;
	enum verdict verdict;

	normalise_vlan(skb);
	verdict = role == ROLE_NODE ? from_endpoint(skb, &outcome) : to_proxy(skb, &outcome);
	return finish(skb, DIRECTION_EGRESS, verdict, &outcome, bytes);
}
