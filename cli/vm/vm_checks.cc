// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>

#include "cli/vm/vm_options.h"
#include "core/error.h"

namespace daxmend {
namespace {

// What mkfs.xfs wants at least (xfsprogs 5.19 and later).
constexpr uint64_t kLeastXfsSize = uint64_t{300} << 20;

void CheckMachineChecks(const GuestRequest& request) {
  if (request.nvdimm.bus != NvdimmBus::kNfit)
    throw Error({.thing = "--machine-checks",
                 .cause = fmt::format("come of a firmware's table of poison, "
                                      "and --nvdimm {} has none",
                                      Name(request.nvdimm.bus)),
                 .way_out = "use --nvdimm nfit"});
  if (request.cpus != 1)
    throw Error({.thing = "--machine-checks",
                 .cause = "are those of one processor",
                 .way_out = "leave --cpus out"});
  if (request.boots > 1)
    throw Error({.thing = "--machine-checks",
                 .cause = "are of one boot",
                 .way_out = "leave --boots out"});
}

}  // namespace

void ChooseMode(VmOptions& options) {
  GuestRequest& request = options.request;
  const bool given = options.filesystem->count() != 0;
  if (request.nvdimm.cxl_volatile && !options.mode.empty())
    throw Error({.thing = "--mode " + options.mode,
                 .cause = "is of a namespace, and --cxl-volatile has none",
                 .way_out = "leave one out"});
  if (options.mode == "devdax" && given && request.filesystem != "none")
    throw Error({.thing = "--mode devdax",
                 .cause = "makes a character device, which has no file system",
                 .way_out = "leave --fs out"});
  if (request.nvdimm.cxl_volatile ||
      (!given && !options.mode.empty() && options.mode != "fsdax"))
    request.filesystem = "none";
  request.mode = !options.mode.empty()                   ? options.mode
                 : request.filesystem != "none"          ? "fsdax"
                 : request.nvdimm.bus == NvdimmBus::kCxl ? "none"
                                                         : "raw";
}

void CheckTogether(const VmOptions& options) {
  const GuestRequest& request = options.request;
  const NvdimmBus bus = request.nvdimm.bus;
  if (options.profile && request.clock != Clock::kVirtual)
    throw Error({.thing = "--profile",
                 .cause = "counts instructions, which --clock wall does not "
                          "keep apart from time",
                 .way_out = "use --clock virtual"});
  if (options.footprint.footprint && !options.profile)
    throw Error({.thing = "--footprint",
                 .cause = "is a part of a profile",
                 .way_out = "add --profile"});
  if (options.profile && request.out.empty())
    throw Error({.thing = "--profile",
                 .cause = "has nowhere to write profile.json",
                 .way_out = "name a directory with --out"});
  if (options.profile && request.boots > 1)
    throw Error({.thing = "--profile",
                 .cause = "is of one boot",
                 .way_out = "leave --boots out"});
  if (options.machine_checks) CheckMachineChecks(request);
  if (request.clock == Clock::kVirtual && request.cpus != 1)
    throw Error({.thing = "--clock virtual",
                 .cause = "counts the instructions of one processor",
                 .way_out = "leave --cpus out, or use --clock wall"});
  if (request.filesystem == "xfs" && options.size->count() &&
      request.nvdimm.size < kLeastXfsSize)
    throw Error({.thing = "mkfs.xfs",
                 .cause = "makes no file system of less than 300 MB",
                 .way_out = fmt::format("choose {} 512M, or --fs ext4",
                                        options.size->get_name())});
  const std::string name = fmt::format("--nvdimm {}", Name(bus));
  for (const CLI::Option* option : options.firmware)
    if (bus != NvdimmBus::kNfit && option->count())
      throw Error(
          {.thing = option->get_name(),
           .cause = fmt::format("is about firmware, and {} has none", name),
           .way_out = "leave it out"});
  for (const CLI::Option* option : options.cxl)
    if (bus != NvdimmBus::kCxl && option->count())
      throw Error({.thing = option->get_name(),
                   .cause = fmt::format("is about CXL, and {} has none", name),
                   .way_out = "leave it out, or use --nvdimm cxl"});
  if (request.nvdimm.count > 1 && bus != NvdimmBus::kNfit)
    throw Error({.thing = name,
                 .cause = "has one NVDIMM",
                 .way_out = "leave --nvdimm-count out, or use --nvdimm nfit"});
  if (request.nvdimm.count > 1 && !options.nfit.empty())
    throw Error({.thing = "--nfit",
                 .cause = "describes the ranges itself",
                 .way_out = "leave --nvdimm-count out"});
  if (bus != NvdimmBus::kVirtio) return;
  if (options.base->count())
    throw Error({.thing = options.base->get_name(),
                 .cause = fmt::format("does not apply to {} (QEMU chooses the "
                                      "address)",
                                      name),
                 .way_out = "leave it out"});
  if (request.clock == Clock::kVirtual)
    throw Error({.thing = name,
                 .cause = "flushes on the host, so that two boots would differ "
                          "under --clock virtual",
                 .way_out = "use --clock wall or --nvdimm e820"});
}

}  // namespace daxmend
