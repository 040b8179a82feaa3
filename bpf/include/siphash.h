/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* SipHash-2-4 (Aumasson, Bernstein 2012) of 16 bytes. Words are little-endian, as the reference implementation reads and writes them. */
#ifndef TRUEINGRESS_SIPHASH_H
#define TRUEINGRESS_SIPHASH_H

#include <linux/types.h>

#define SIPHASH_MESSAGE_BYTES 16ULL

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LITTLE_ENDIAN_64(word) __builtin_bswap64(word)
#else
#define LITTLE_ENDIAN_64(word) (word)
#endif

#define ROTATED(word, bits) ((word) << (bits) | (word) >> (64 - (bits)))

struct siphash_state {
	__u64 v0, v1, v2, v3;
};

static __always_inline void siphash_round(struct siphash_state *s)
{
	s->v0 += s->v1;
	s->v1 = ROTATED(s->v1, 13) ^ s->v0;
	s->v0 = ROTATED(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = ROTATED(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = ROTATED(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = ROTATED(s->v1, 17) ^ s->v2;
	s->v2 = ROTATED(s->v2, 32);
}

static __always_inline void siphash_absorb(struct siphash_state *s, __u64 word)
{
	s->v3 ^= word;
	siphash_round(s);
	siphash_round(s);
	s->v0 ^= word;
}

/* `key` and `message` are two words each, as they lie in memory. */
static __always_inline __u64 siphash_2_4(const __u64 *key, const __u64 *message)
{
	__u64 k0 = LITTLE_ENDIAN_64(key[0]), k1 = LITTLE_ENDIAN_64(key[1]);
	struct siphash_state s = {
		.v0 = 0x736f6d6570736575ULL ^ k0,
		.v1 = 0x646f72616e646f6dULL ^ k1,
		.v2 = 0x6c7967656e657261ULL ^ k0,
		.v3 = 0x7465646279746573ULL ^ k1,
	};

	siphash_absorb(&s, LITTLE_ENDIAN_64(message[0]));
	siphash_absorb(&s, LITTLE_ENDIAN_64(message[1]));
	siphash_absorb(&s, SIPHASH_MESSAGE_BYTES << 56);
	s.v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		siphash_round(&s);
	return LITTLE_ENDIAN_64(s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
}

#endif
