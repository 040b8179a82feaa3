/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * FRAGMENT: the ports of a packet's first fragment, so that its later ones, which have none, go the same way. Only what
 * is remembered is read here; whose packet it is and where it goes is asked of the rows for each fragment anew. Only
 * fragments pay for the lookup.
 */
#ifndef TRUEINGRESS_FRAGMENT_H
#define TRUEINGRESS_FRAGMENT_H

#include "address.h"
#include "maps.h"
#include "parse.h"

static __always_inline struct fragment_key fragment_key_of(const struct packet *packet)
{
	return (struct fragment_key){
		.source_ip = mapped(packet->source),
		.destination_ip = mapped(packet->destination),
		.id = bpf_htonl(bpf_ntohs(packet->id)),
		.protocol = packet->protocol,
	};
}

static __always_inline void remember_ports(const struct packet *packet)
{
	struct fragment_key key = fragment_key_of(packet);
	struct fragment_value value = {
		.source_port = packet->ports.source,
		.destination_port = packet->ports.destination,
	};

	bpf_map_update_elem(&fragment, &key, &value, BPF_ANY);
}

/* Gives a later fragment the ports of its first one. False: that was not seen, or it is long ago. */
static __always_inline bool recall_ports(struct packet *packet)
{
	struct fragment_key key = fragment_key_of(packet);
	struct fragment_value *first = bpf_map_lookup_elem(&fragment, &key);

	if (!first)
		return false;
	packet->ports.source = first->source_port;
	packet->ports.destination = first->destination_port;
	return true;
}

#endif
