/*
 * short-peer: the far end of a tunnel with the short header (TrueIngress 0.25+), written from PROTOCOL.md alone: a TUN device
 * on one side, UDP on the other.
 *
 *   short-peer -d DEVICE -l IP:PORT -r IP:PORT -i TUNNEL_ID [-p]
 *
 * Creates DEVICE and prints "ready"; addresses and routes are others' matter. With -p it sends a ping first. Ends at SIGTERM
 * with one line of JSON: packets taken from and put into the tunnel, and datagrams that were not of this tunnel.
 */
#include "common.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>

#ifndef UDP_NO_CHECK6_RX
#define UDP_NO_CHECK6_TX 101
#define UDP_NO_CHECK6_RX 102
#endif

#define PACKET_MAX 65535

/* What stands before the inner packet. */
struct header {
	uint32_t word; /* wire order */
	uint32_t tunnel;
};

#define WORD_IPV4 htonl(0x0504a000)
#define WORD_IPV6 htonl(0x0529a000)
#define WORD_PING htonl(0x2601a000)

static uint64_t received, sent, strange;

static int open_tun(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		die("/dev/net/tun");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &request))
		die("TUNSETIFF");
	return fd;
}

/* Zero as UDP checksum is what tunnels over IPv6 have (RFC 6935); a socket must be told to take it. */
static int open_udp(const struct endpoint *local, const struct endpoint *remote)
{
	int one = 1, fd = udp_socket(local->address.ss_family, local);

	if (local->address.ss_family == AF_INET6 &&
	    (setsockopt(fd, IPPROTO_UDP, UDP_NO_CHECK6_RX, &one, sizeof(one)) ||
	     setsockopt(fd, IPPROTO_UDP, UDP_NO_CHECK6_TX, &one, sizeof(one))))
		die("UDP_NO_CHECK6");
	if (connect(fd, (const struct sockaddr *)&remote->address, remote->size))
		die("connect");
	return fd;
}

static void out_of_tunnel(int udp, int tun, uint32_t tunnel)
{
	static uint8_t buffer[PACKET_MAX];
	/* An error of an earlier datagram wakes us as well, and may be gone by now. */
	ssize_t size = recv(udp, buffer, sizeof(buffer), MSG_DONTWAIT);
	struct header header;
	uint32_t expected;

	if (size < (ssize_t)sizeof(header) + 1) {
		strange += size >= 0;
		return;
	}
	memcpy(&header, buffer, sizeof(header));
	expected = buffer[sizeof(header)] >> 4 == 6 ? WORD_IPV6 : WORD_IPV4;
	if (header.word != expected || header.tunnel != htonl(tunnel)) {
		strange++;
		return;
	}
	size -= (ssize_t)sizeof(header);
	if (write(tun, buffer + sizeof(header), (size_t)size) == size)
		received++;
}

static void into_tunnel(int tun, int udp, uint32_t tunnel)
{
	static uint8_t buffer[sizeof(struct header) + PACKET_MAX];
	ssize_t size = read(tun, buffer + sizeof(struct header), PACKET_MAX);
	struct header header = { .tunnel = htonl(tunnel) };

	if (size <= 0)
		return;
	header.word = buffer[sizeof(header)] >> 4 == 6 ? WORD_IPV6 : WORD_IPV4;
	memcpy(buffer, &header, sizeof(header));
	if (send(udp, buffer, sizeof(header) + (size_t)size, 0) > 0)
		sent++;
}

int main(int argc, char **argv)
{
	struct endpoint local = { 0 }, remote = { 0 };
	const char *device = NULL;
	uint32_t tunnel = 0;
	int option, ping = 0;
	struct pollfd ends[2];

	while ((option = getopt(argc, argv, "d:l:r:i:p")) != -1) {
		switch (option) {
		case 'd': device = optarg; break;
		case 'l': local = endpoint(optarg); break;
		case 'r': remote = endpoint(optarg); break;
		case 'i': tunnel = number(optarg, 1, UINT32_MAX); break;
		case 'p': ping = 1; break;
		default: return 64;
		}
	}
	if (!device || !local.size || !remote.size || !tunnel) {
		fprintf(stderr, "short-peer: -d, -l, -r and -i are needed\n");
		return 64;
	}
	stop_on_signals();
	ends[0] = (struct pollfd){ .fd = open_tun(device), .events = POLLIN };
	ends[1] = (struct pollfd){ .fd = open_udp(&local, &remote), .events = POLLIN };
	if (ping) {
		struct header header = { WORD_PING, htonl(tunnel) };

		if (send(ends[1].fd, &header, sizeof(header), 0) != sizeof(header))
			die("ping");
	}
	printf("ready\n");
	fflush(stdout);

	while (!stopped) {
		if (poll(ends, 2, 1000) <= 0)
			continue;
		if (ends[0].revents)
			into_tunnel(ends[0].fd, ends[1].fd, tunnel);
		if (ends[1].revents)
			out_of_tunnel(ends[1].fd, ends[0].fd, tunnel);
	}
	printf("{\"received\":%llu,\"sent\":%llu,\"strange\":%llu}\n", (unsigned long long)received,
	       (unsigned long long)sent, (unsigned long long)strange);
	return 0;
}
