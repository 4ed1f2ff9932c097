/* SPDX-License-Identifier: GPL-2.0-only
 * records FILE: reads a mapped file by plain loads. What they meet is handled by
 * mapping zeros there, and recorded.
 *   cc records.c $(pkg-config --cflags --libs daxmend-copy) -o records */
#include <daxmend_copy.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static int zeros_instead(const struct daxmend_copy_fault *fault, siginfo_t *info,
                         void *ucontext, void *data) {
  char *page = (char *)((size_t)fault->address & ~(size_t)4095);
  (void)info, (void)ucontext, (void)data;
  return mmap(page, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
              0) == page;
}

int main(int argc, char **argv) {
  struct stat st;
  int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
  if (fd < 0 || fstat(fd, &st) != 0) return perror("records"), 2;
  size_t length = (size_t)st.st_size / 4096 * 4096;
  const volatile char *file = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
  if (file == MAP_FAILED) return perror("mmap"), 2;
  int error = daxmend_copy_init();
  if (error == 0) error = daxmend_copy_add_handler(zeros_instead, NULL);
  struct daxmend_copy_ring *ring =
      daxmend_copy_ring_new((const char *)file, length, 1024);
  if (error != 0 || !ring)
    return fprintf(stderr, "records: %s\n", strerror(-error)), 2;
  unsigned long sum = 0;
  for (size_t at = 0; at < length; at += 512) sum += (unsigned char)file[at];
  struct daxmend_copy_record record;
  while (daxmend_copy_ring_take(ring, &record, 1) == 1)
    printf("%llu.%09llu offset %zu: %s, %zu bytes\n",
           (unsigned long long)record.when / 1000000000,
           (unsigned long long)record.when % 1000000000,
           (size_t)((const char *)record.address - (const char *)file),
           strerror(record.error), record.length);
  printf("sum %lu, %llu records lost\n", sum,
         (unsigned long long)daxmend_copy_ring_lost(ring));
  return 0;
}
