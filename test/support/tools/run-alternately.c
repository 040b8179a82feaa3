/*
 * run-alternately: runs two packets through a loaded program by turns, as fast as it can.
 *
 *   run-alternately PROGRAM_ID SECONDS FRAME_FILE FRAME_FILE
 *
 * BPF_PROG_TEST_RUN in a process of its own, so that two programs meet on one map from two CPUs. Prints how many it ran.
 */
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX 2048

struct frame {
	uint8_t bytes[FRAME_MAX];
	uint32_t size;
};

static struct frame read_frame(const char *path)
{
	struct frame frame = { 0 };
	FILE *file = fopen(path, "r");

	if (!file) {
		perror(path);
		exit(1);
	}
	frame.size = fread(frame.bytes, 1, sizeof(frame.bytes), file);
	fclose(file);
	return frame;
}

static int call(int command, union bpf_attr *attribute)
{
	return syscall(__NR_bpf, command, attribute, sizeof(*attribute));
}

int main(int argc, char **argv)
{
	union bpf_attr by_id = { 0 };
	struct frame frames[2];
	uint64_t runs = 0;
	time_t end;
	int fd;

	if (argc != 5)
		return 64;
	by_id.prog_id = atoi(argv[1]);
	frames[0] = read_frame(argv[3]);
	frames[1] = read_frame(argv[4]);
	fd = call(BPF_PROG_GET_FD_BY_ID, &by_id);
	if (fd < 0) {
		perror("BPF_PROG_GET_FD_BY_ID");
		return 1;
	}
	for (end = time(NULL) + atoi(argv[2]); time(NULL) < end; runs++) {
		struct frame *frame = &frames[runs & 1];
		union bpf_attr run = { 0 };

		run.test.prog_fd = fd;
		run.test.data_in = (uintptr_t)frame->bytes;
		run.test.data_size_in = frame->size;
		if (call(BPF_PROG_TEST_RUN, &run)) {
			perror("BPF_PROG_TEST_RUN");
			return 1;
		}
	}
	printf("%llu\n", (unsigned long long)runs);
	return 0;
}
