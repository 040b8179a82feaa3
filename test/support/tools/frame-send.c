/*
 * frame-send: puts one Ethernet frame on a device as it is, whatever the stacks would say to it.
 *
 *   frame-send DEVICE FILE
 */
#include "common.h"

#include <linux/if_packet.h>
#include <net/if.h>

#define FRAME_MAX 2048

int main(int argc, char **argv)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	uint8_t frame[FRAME_MAX];
	size_t size;
	FILE *file;
	int fd;

	if (argc != 3)
		return 64;
	file = fopen(argv[2], "r");
	if (!file)
		die(argv[2]);
	size = fread(frame, 1, sizeof(frame), file);
	fclose(file);
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (!to.sll_ifindex)
		die(argv[1]);
	/* Protocol 0: this socket receives nothing. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket");
	if (sendto(fd, frame, size, 0, (struct sockaddr *)&to, sizeof(to)) != (ssize_t)size)
		die("sendto");
	return 0;
}
