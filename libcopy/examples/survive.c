/* SPDX-License-Identifier: GPL-2.0-only
 * survive FILE: prints how many pages of a mapped file cannot be read.
 *   cc survive.c $(pkg-config --cflags --libs daxmend-copy) -o survive */
#include <daxmend_copy.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

int main(int argc, char **argv) {
  static char page[4096];
  struct stat st;
  int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
  if (fd < 0 || fstat(fd, &st) != 0) return perror("survive"), 2;
  size_t length = (size_t)st.st_size / sizeof page * sizeof page;
  const char *from = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
  if (from == MAP_FAILED || daxmend_copy_init() != 0) return perror("survive"), 2;
  size_t bad = 0;
  for (size_t at = 0; at < length; at += sizeof page) {
    size_t missing = daxmend_copy(page, from + at, sizeof page);
    if (missing == 0) continue;
    ++bad;
    printf("offset %zu: %zu of %zu bytes\n", at, sizeof page - missing, sizeof page);
  }
  printf("%zu of %zu pages cannot be read\n", bad, length / sizeof page);
  return bad != 0;
}
