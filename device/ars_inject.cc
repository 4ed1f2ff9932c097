// SPDX-License-Identifier: GPL-2.0-only

#include "device/ars_inject.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/ndctl.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

// nd_cmd_pkg's payload.
constexpr uint64_t kArsErrorInject = 7;
constexpr uint8_t kNotify = 1;
struct [[gnu::packed]] InjectInput {
  uint64_t begin;
  uint64_t length;
  uint8_t options;
};

}  // namespace

uint32_t InjectError(unsigned bus, SpaRange range, bool notify,
                     const std::string& where) {
  const FileDescriptor fd =
      FileDescriptor::Open(fmt::format("/dev/ndctl{}", bus), O_RDWR);
  const InjectInput input{.begin = range.begin,
                          .length = range.length(),
                          .options = notify ? kNotify : uint8_t{0}};
  uint32_t status = 0;
  nd_cmd_pkg package = {};
  package.nd_family = NVDIMM_BUS_FAMILY_NFIT;
  package.nd_command = kArsErrorInject;
  package.nd_size_in = sizeof input;
  package.nd_size_out = sizeof status;
  char call[sizeof package + sizeof input + sizeof status] = {};
  std::memcpy(call, &package, sizeof package);
  std::memcpy(call + sizeof package, &input, sizeof input);
  if (ioctl(fd.get(), ND_IOCTL_CALL, call) < 0)
    throw ErrnoError("inject an error into " + where, errno);
  std::memcpy(&package, call, sizeof package);
  if (package.nd_fw_size < sizeof status)
    throw Error(
        {.thing = fmt::format("the firmware of ndbus{}", bus),
         .cause = fmt::format("answered ARS Error Inject with {} bytes, "
                              "too few for a status",
                              package.nd_fw_size),
         .way_out = "check it with 'daxmend validate'"});
  std::memcpy(&status, call + sizeof package + sizeof input, sizeof status);
  return status;
}

}  // namespace daxmend
