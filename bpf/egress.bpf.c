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
#include "include/nat.h"
#include "include/segment.h"
#include "include/service.h"

/* Of a packet that is ours by its ports. */
static __always_inline enum verdict refuse_unfit(struct __sk_buff *skb, const struct packet *packet)
{
	if (has_options(packet))
		return VERDICT_OPTIONS;
	if (skb->len - ETH_HLEN > IPV4_MAX_BYTES)
		return VERDICT_TOO_BIG;
	if (!is_well_formed(packet, skb->len - ETH_HLEN))
		return VERDICT_BAD_INNER;
	return NO_FAULT;
}

static __always_inline struct encap_value *find_proxy(const struct packet *packet, __be16 port)
{
	struct encap_key key = {
		.ip = mapped(packet->destination),
		.port = port,
		.protocol = packet->protocol,
	};

	return bpf_map_lookup_elem(&encap, &key);
}

static __always_inline bool is_proxy_address(const struct packet *packet)
{
	return find_proxy(packet, 0);
}

static __always_inline enum verdict to_proxy(struct __sk_buff *skb, struct outcome *outcome)
{
	struct passage passage = {};
	struct outer outer = {};
	struct encap_value *row;
	struct packet packet;
	enum verdict fault;

	if (!parse(skb, &packet))
		return VERDICT_PASS_NOT_OURS;
	if (is_later_fragment(&packet) && !recall_ports(&packet))
		return is_proxy_address(&packet) ? VERDICT_FRAGMENT : VERDICT_PASS_NOT_OURS;
	row = find_proxy(&packet, packet.ports.destination);
	/* Also what is for another port of a proxy address, or its later fragments would be refused. */
	if (is_first_fragment(&packet) && (row || is_proxy_address(&packet)))
		remember_ports(&packet);
	if (!row || !row->tunnel)
		return VERDICT_PASS_NOT_OURS;
	outcome->service = row->counter;
	fault = refuse_unfit(skb, &packet);
	if (fault != NO_FAULT)
		return fault;
	fault = find_passage(skb, row->tunnel, &packet, &passage, outcome);
	if (fault != NO_FAULT)
		return fault;
	clamp_segments(skb, &packet, passage.fits);
	outer.gue.group = row->group;
	outer.gue.service = row->service;
	__builtin_memcpy(outer.gue.key, row->key, KEY_BYTES);
	return encapsulate(skb, &packet, &passage, &outer, outcome);
}

/* In the clear, but what the client then sends comes through the tunnel: its segments must fit. */
static __always_inline enum verdict return_direct(struct __sk_buff *skb, const struct packet *packet,
						  const struct endpoint *proxy, __u32 comes_by)
{
	struct tunnel_key key = { .id = comes_by };
	struct tunnel_value *row;

	if (replace_source(skb, packet, proxy))
		return VERDICT_ROOM_FAILED;
	if (!is_syn(skb, packet))
		return VERDICT_RETURNED_DIRECT;
	row = bpf_map_lookup_elem(&tunnel, &key);
	if (row)
		clamp_segments(skb, packet, row->mtu - sizeof(struct outer));
	return VERDICT_RETURNED_DIRECT;
}

static __always_inline enum verdict from_endpoint(struct __sk_buff *skb, struct outcome *outcome)
{
	struct verify_value *service;
	struct passage passage = {};
	struct endpoint proxy = {};
	struct outer outer = {};
	struct nat_value *row;
	struct flow_key reply;
	struct packet packet;
	enum verdict fault;
	__u32 by;

	if (!parse(skb, &packet))
		return VERDICT_PASS_NOT_OURS;
	if (is_later_fragment(&packet) && !recall_ports(&packet))
		return VERDICT_PASS_NOT_OURS;
	row = find_translation(packet.source, packet.ports.source, packet.protocol, NAT_OUT);
	if (!row)
		return VERDICT_PASS_NOT_OURS;
	if (is_first_fragment(&packet))
		remember_ports(&packet);
	service = find_service(row->group, row->service);
	if (!service)
		return VERDICT_UNKNOWN_SERVICE;
	outcome->service = service->counter;
	fault = refuse_unfit(skb, &packet);
	if (fault != NO_FAULT)
		return fault;
	proxy.ip = service->proxy_ip.word[3];
	proxy.port = service->proxy_port;
	reply = flow_key_of(packet.source, packet.ports.source, packet.destination, packet.ports.destination,
			    packet.protocol);
	by = reply_tunnel(service, &reply, row);
	if (service->flags & SERVICE_DSO)
		return return_direct(skb, &packet, &proxy, by);
	fault = find_passage(skb, by, &packet, &passage, outcome);
	if (fault != NO_FAULT)
		return fault;
	if (replace_source(skb, &packet, &proxy))
		return VERDICT_ROOM_FAILED;
	clamp_segments(skb, &packet, passage.fits);
	outer.gue.group = row->group;
	outer.gue.service = row->service;
	__builtin_memcpy(outer.gue.key, service->key, KEY_BYTES);
	return encapsulate(skb, &packet, &passage, &outer, outcome);
}

SEC("tc")
int ti_egress(struct __sk_buff *skb)
{
	struct outcome outcome = {};
	__u32 bytes = skb->len;
	enum verdict verdict = role == ROLE_NODE ? from_endpoint(skb, &outcome) : to_proxy(skb, &outcome);

	return finish(DIRECTION_EGRESS, verdict, &outcome, bytes);
}
