// SPDX-License-Identifier: GPL-2.0-only
//
// dax_bytes out DEVICE BYTES: what device-dax holds, to standard output.
// dax_bytes in DEVICE BYTES: the other way.
// dax_bytes hold DEVICE BYTES: keeps it mapped, and closed, until it is killed.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr size_t kAlign = size_t{2} << 20;  // of mappings

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string way = argv[1];
  const size_t bytes = std::strtoull(argv[3], nullptr, 10);
  const int fd = open(argv[2], O_RDWR);
  void* at = fd < 0 ? MAP_FAILED
                    : mmap(nullptr, (bytes + kAlign - 1) / kAlign * kAlign,
                           PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) {
    std::perror(argv[2]);
    return 1;
  }
  close(fd);
  if (way == "hold") {
    // An access, so that the pages are there.
    std::printf("%d\n", *static_cast<volatile char*>(at));
    pause();
  }
  const size_t done = way == "in" ? std::fread(at, 1, bytes, stdin)
                                  : std::fwrite(at, 1, bytes, stdout);
  return done == bytes ? 0 : 1;
}
