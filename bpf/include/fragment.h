/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * FRAGMENT: a fragment is dropped, not carried. The first one has ports and says whose packet it is; the later ones are
 * known by what is remembered of the first. Only fragments pay for the lookup.
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
		.id = packet->id,
		.protocol = packet->protocol,
	};
}

/* `counter` is the service's; 0 when the fragment is of an outer packet, whose service nobody can read. */
static __always_inline void remember_fragment(const struct packet *packet, __u32 counter)
{
	struct fragment_key key = fragment_key_of(packet);
	struct fragment_value value = { .counter = counter };

	bpf_map_update_elem(&fragment, &key, &value, BPF_ANY);
}

static __always_inline struct fragment_value *remembered_fragment(const struct packet *packet)
{
	struct fragment_key key = fragment_key_of(packet);

	return bpf_map_lookup_elem(&fragment, &key);
}

#endif
