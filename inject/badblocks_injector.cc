// SPDX-License-Identifier: GPL-2.0-only

#include "inject/badblocks_injector.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/block_device.h"
#include "core/error.h"
#include "core/file_descriptor.h"
#include "core/file_io.h"

namespace daxmend {

void BadblocksInjector::Plant(SectorRange sectors, bool) {
  const FileDescriptor fd = FileDescriptor::Open(list_, O_WRONLY);
  // badblocks_store takes one entry a write.
  const std::string entry = std::to_string(sectors.begin) + " " +
                            std::to_string(sectors.length()) + "\n";
  if (write(fd.get(), entry.data(), entry.size()) ==
      static_cast<ssize_t>(entry.size()))
    return;
  if (errno == ENOSPC)
    throw Error(list_ +
                " is full, the kernel keeps 512 entries: plant fewer ranges, "
                "or clear what is there ('daxmend list')");
  throw ErrnoError(
      "add sector " + std::to_string(sectors.begin) + " to " + list_, errno);
}

std::vector<SectorRange> BadblocksInjector::Planted() {
  return ParseBadblocks(ReadFile(list_));
}

}  // namespace daxmend
