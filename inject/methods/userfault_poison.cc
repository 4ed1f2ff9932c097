// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/userfault_poison.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "core/error.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

// include/uapi/linux/userfaultfd.h of Linux 6.6, which headers of older kernels
// do not have.
struct Poison {
  uffdio_range range;
  uint64_t mode;
  int64_t updated;
};
constexpr uint64_t kFeaturePoison = 1 << 14;
constexpr int kUserModeOnly = 1;
constexpr unsigned long kIoctlPoison = _IOWR(UFFDIO, 0x08, Poison);

}  // namespace

void PoisonMappedPages(std::span<std::byte> pages) {
  const FileDescriptor fd(static_cast<int>(
      syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | kUserModeOnly)));
  if (!fd) throw ErrnoError("userfaultfd", errno, "use Linux 6.6 or later");
  uffdio_api api = {};
  api.api = UFFD_API;
  api.features = kFeaturePoison;
  if (ioctl(fd.get(), UFFDIO_API, &api) != 0)
    throw Error({.thing = "this kernel",
                 .cause = "cannot poison mapped pages (UFFDIO_POISON)",
                 .way_out = "use Linux 6.6 or later"});
  // A page that is mapped cannot be poisoned any more.
  if (madvise(pages.data(), pages.size(), MADV_DONTNEED) != 0)
    throw ErrnoError("unmap the pages to poison", errno);
  uffdio_register registration = {};
  registration.range.start = reinterpret_cast<uint64_t>(pages.data());
  registration.range.len = pages.size();
  registration.mode = UFFDIO_REGISTER_MODE_MISSING;
  if (ioctl(fd.get(), UFFDIO_REGISTER, &registration) != 0)
    throw ErrnoError("register pages with userfaultfd", errno,
                     "map a file of tmpfs");
  Poison poison = {};
  poison.range = registration.range;
  if (ioctl(fd.get(), kIoctlPoison, &poison) != 0)
    throw ErrnoError("poison mapped pages", errno);
  // The poison stays. Pages that are missing are the kernel's to fill again.
  ioctl(fd.get(), UFFDIO_UNREGISTER, &registration.range);
}

}  // namespace daxmend
