/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * FRAGMENT: the ports of a packet's first fragment, so that its later ones, which have none, go the same way. Only what
 * is remembered is read here; whose packet it is and where it goes is asked of the rows for each fragment anew. Only
 * fragments pay for the lookup.
 */
#ifndef TRUEINGRESS_FRAGMENT_H
#define TRUEINGRESS_FRAGMENT_H

#include "maps.h"
#include "parse.h"

static __always_inline struct fragment_key fragment_key_of(const struct packet *packet)
{
	return (struct fragment_key){
		.source_ip = packet->source,
		.destination_ip = packet->destination,
		.id = packet->id,
		.protocol = packet->protocol,
	};
}

/* Functions of their own: fragments are rare, and the programs ask in several places. */
__noinline int remember_ports(const struct packet *packet)
{
	struct fragment_value value;
	struct fragment_key key;

	if (!packet)
		return 0;
	key = fragment_key_of(packet);
	value.source_port = packet->ports.source;
	value.destination_port = packet->ports.destination;
	return bpf_map_update_elem(&fragment, &key, &value, BPF_ANY);
}

/* Gives a later fragment the ports of its first one. Zero: that was not seen, or it is long ago. */
__noinline int recall_ports(struct packet *packet)
{
	struct fragment_value *first;
	struct fragment_key key;

	if (!packet)
		return 0;
	key = fragment_key_of(packet);
	first = bpf_map_lookup_elem(&fragment, &key);
	if (!first)
		return 0;
	packet->ports.source = first->source_port;
	packet->ports.destination = first->destination_port;
	return 1;
}

#endif
