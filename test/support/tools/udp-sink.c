/*
 * udp-sink: receives numbered datagrams and says by sequence number what came; with -e it also sends each one back.
 *
 *   udp-sink -b IP:PORT [-s SECONDS] [-e]
 *
 * Prints "ready" when it listens, and one line of JSON after SECONDS, or at SIGTERM when nothing comes for 0.1 seconds.
 */
#include "common.h"

static struct seen requests;

int main(int argc, char **argv)
{
	struct timeval tick = { .tv_usec = 100000 };
	struct endpoint local = { 0 };
	uint32_t seconds = 60;
	int fd, option, echo = 0, empty = 0;
	uint64_t began;

	while ((option = getopt(argc, argv, "b:s:e")) != -1) {
		switch (option) {
		case 'b': local = endpoint(optarg); break;
		case 's': seconds = number(optarg, 1, SECONDS_MAX); break;
		case 'e': echo = 1; break;
		default: return 64;
		}
	}
	if (!local.size) {
		fprintf(stderr, "udp-sink: -b is needed\n");
		return 64;
	}
	stop_on_signals();
	fd = udp_socket(local.address.ss_family, &local);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick));
	printf("ready\n");
	fflush(stdout);

	began = now_ns();
	/* Told to stop, it still reads what has arrived: a datagram in the buffer is not a lost one. */
	while (!(stopped && empty) && now_ns() - began < seconds * 1000000000ull) {
		uint8_t buffer[8192];
		struct sockaddr_storage from;
		socklen_t from_size = sizeof(from);
		ssize_t got = recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &from_size);
		struct datagram packet;

		empty = got < 0;
		if (got < (ssize_t)sizeof(packet))
			continue;
		memcpy(&packet, buffer, sizeof(packet));
		record(&requests, &packet);
		if (echo)
			sendto(fd, buffer, (size_t)got, 0, (struct sockaddr *)&from, sizeof(from));
	}

	printf("{\"received\":%llu,\"duplicate\":%llu,\"overflow\":%u}\n", (unsigned long long)requests.unique,
	       (unsigned long long)requests.duplicate, overflow_of(fd));
	return 0;
}
