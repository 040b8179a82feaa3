/* What the UDP traffic tools share: the numbered datagram, the clock, option reading. Test tools: no product code here. */
#ifndef TRUEINGRESS_TEST_TOOLS_COMMON_H
#define TRUEINGRESS_TEST_TOOLS_COMMON_H

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DATAGRAM_MAGIC 0x54494c42u /* "TILB" */
#define SEQUENCES_MAX (1u << 24)   /* one bit each: 2 MB; a run of 16.7 million datagrams is refused */
#define SECONDS_MAX 300u
#define SOCKET_BUFFER_BYTES (256 << 20)

/* Sequence counts from 0. Wire order is the host's: both ends are on one machine. */
struct datagram {
	uint32_t magic;
	uint32_t sequence;
};

/* Which sequences were seen, and how often that was once too many. */
struct seen {
	uint64_t unique;
	uint64_t duplicate;
	uint8_t bits[SEQUENCES_MAX / 8];
};

static volatile sig_atomic_t stopped;

static inline void on_stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* No SA_RESTART: a blocking receive must return. */
static inline void stop_on_signals(void)
{
	struct sigaction action = { .sa_handler = on_stop };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline uint32_t number(const char *text, uint32_t least, uint32_t most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < least || value > most) {
		fprintf(stderr, "%s is not a number from %u to %u\n", text, least, most);
		exit(64);
	}
	return (uint32_t)value;
}

struct endpoint {
	struct sockaddr_storage address; /* family 0: none */
	socklen_t size;
};

/* "1.1.1.1:4000" or "[2001:db8:1::1]:4000" */
static inline struct endpoint endpoint(const char *text)
{
	struct endpoint made = { 0 };
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)&made.address;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&made.address;
	char ip[INET6_ADDRSTRLEN] = { 0 };
	int bracketed = *text == '[';
	const char *begin = text + bracketed;
	const char *end = bracketed ? strchr(begin, ']') : strrchr(begin, ':');
	const char *colon = bracketed && end ? end + 1 : end;
	in_port_t port;

	if (!end || *colon != ':' || end - begin >= (long)sizeof(ip)) {
		fprintf(stderr, "%s is not ip:port\n", text);
		exit(64);
	}
	memcpy(ip, begin, (size_t)(end - begin));
	port = htons((uint16_t)number(colon + 1, 0, 65535));
	if (!bracketed && inet_pton(AF_INET, ip, &ipv4->sin_addr) == 1) {
		ipv4->sin_family = AF_INET;
		ipv4->sin_port = port;
		made.size = sizeof(*ipv4);
	} else if (bracketed && inet_pton(AF_INET6, ip, &ipv6->sin6_addr) == 1) {
		ipv6->sin6_family = AF_INET6;
		ipv6->sin6_port = port;
		made.size = sizeof(*ipv6);
	} else {
		fprintf(stderr, "%s is not an IP address\n", ip);
		exit(64);
	}
	return made;
}

static inline void record(struct seen *seen, const struct datagram *packet)
{
	uint8_t bit;

	if (packet->magic != DATAGRAM_MAGIC || packet->sequence >= SEQUENCES_MAX)
		return;
	bit = (uint8_t)(1u << (packet->sequence % 8));
	if (seen->bits[packet->sequence / 8] & bit) {
		seen->duplicate++;
		return;
	}
	seen->bits[packet->sequence / 8] |= bit;
	seen->unique++;
}

/* A large buffer, so that a receiver that waits for a CPU is not taken for loss in the datapath. */
static inline int udp_socket(int family, const struct endpoint *local)
{
	int size = SOCKET_BUFFER_BYTES, one = 1;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		die("SO_RCVBUFFORCE");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (local->size && bind(fd, (const struct sockaddr *)&local->address, local->size))
		die("bind");
	return fd;
}

/* Datagrams that reached the socket and found its buffer full: the fault of this tool, not of the datapath. */
static inline uint32_t overflow_of(int fd)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size))
		die("SO_MEMINFO");
	return info[SK_MEMINFO_DROPS];
}

#endif
