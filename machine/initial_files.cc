// SPDX-License-Identifier: GPL-2.0-only

#include "machine/initial_files.h"

#include <fmt/core.h>

#include <cstdio>

#include "machine/cxl/cxl_memory.h"
#include "machine/image/guest_archive.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

// What init.sh is to know, as assignments.
std::string Parameters(const GuestRequest& request, const InitialInput& input) {
  char counter[24];
  std::snprintf(counter, sizeof counter, "0x%llx",
                static_cast<unsigned long long>(
                    PlaceErrorTable(request.nvdimm).boot_counter));
  std::string text =
      fmt::format("nvdimm={}\nfilesystem={}\nmode={}\nboots={}\ncounter={}\n",
                  Name(request.nvdimm.bus), request.filesystem, request.mode,
                  request.boots, counter);
  if (request.nvdimm.bus == NvdimmBus::kCxl)
    text += fmt::format("ways={}\nserial=0x{:x}\nmemory={}\n",
                        request.nvdimm.count, kFirstCxlSerial,
                        request.nvdimm.cxl_volatile ? "ram" : "pmem");
  else if (request.nvdimm.count > 1)
    text += fmt::format("count={}\n", request.nvdimm.count);
  if (request.profile)
    text += fmt::format("profile=/out/{}\n", request.profile_symbols);
  if (request.machine_checks) text += "checks=1\n";
  if (!input.whole.empty()) text += "input=/daxmend/input\n";
  return text + input.parameters;
}

std::string RunArchive(const GuestRequest& request, const InitialInput& input) {
  GuestArchive archive;
  archive.AddDirectory("daxmend");
  archive.AddFile("daxmend/parameters", Parameters(request, input), 0644);
  archive.AddFile("daxmend/command", CommandScript(request.command), 0755);
  archive.AddDirectory("add");
  for (const std::string& file : request.add) archive.AddFromHost(file, "add");
  if (!input.whole.empty()) archive.AddFile("daxmend/input", input.whole, 0600);
  // The kernel goes on booting when it has no memory for all of this.
  archive.AddFile("daxmend/complete", "", 0644);
  return std::move(archive).Finish();
}

}  // namespace

void FillInitialFiles(const GuestRequest& request, const InitialInput& input,
                      MemoryFile& initrd) {
  if (request.nvdimm.bus == NvdimmBus::kCxl &&
      request.nvdimm.cxl == CxlDevices::kOurs)
    initrd.Append(CedtArchive(OwnCxlWindow(request.nvdimm)));
  for (const std::string& archive : request.image.archives) {
    std::string bytes = ReadFile(archive);
    // The kernel looks for the next archive on a multiple of four bytes.
    bytes.resize((bytes.size() + 3) / 4 * 4);
    initrd.Append(bytes);
  }
  initrd.Append(RunArchive(request, input));
}

}  // namespace daxmend
