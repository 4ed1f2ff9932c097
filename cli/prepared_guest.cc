// SPDX-License-Identifier: GPL-2.0-only

#include "cli/prepared_guest.h"

#include <algorithm>
#include <cstdio>

#include "machine/image/image_cache.h"
#include "machine/qemu_program.h"
#include "results/profile/profile_files.h"

namespace daxmend {
namespace {

constexpr uint64_t kXfsSize = uint64_t{512} << 20;

}  // namespace

void PrepareGuest(const std::string& subcommand, const std::string& kernel,
                  bool size_given, GuestRequest* request) {
  if (request->filesystem == "xfs" && !size_given)
    request->nvdimm.size = std::max(request->nvdimm.size, kXfsSize);
  const std::string images =
      PreparedImageDirectory(kernel, [&](const std::string& text) {
        std::fprintf(stderr, "daxmend %s: %s\n", subcommand.c_str(),
                     text.c_str());
      });
  request->image = FindGuestImage(images, kernel);
  request->qemu = FindQemu(images + "/../qemu", request->qemu);
  if (!request->image.modules)
    std::fprintf(stderr,
                 "daxmend %s: no modules for %s: it needs its drivers built "
                 "in\n",
                 subcommand.c_str(), kernel.c_str());
}

int RunProfiled(GuestRequest* request) {
  std::string profile;
  request->profile = &profile;
  request->profile_symbols = kProfileSymbols;
  const int status = RunGuest(*request);
  // Of a run that failed there may be none, and why it failed matters more.
  if (status == 0) WriteProfile(profile, request->out, request->footprint);
  return status;
}

}  // namespace daxmend
