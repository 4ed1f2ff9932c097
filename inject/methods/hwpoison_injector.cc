// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/hwpoison_injector.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>

#include <cerrno>
#include <csignal>

#include "core/error.h"
#include "device/disk_media.h"
#include "system/block_device.h"

namespace daxmend {
namespace {

// Lives through the SIGBUS that the kernel sends to the caller as well.
class SurviveSigbus {
 public:
  SurviveSigbus() {
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    sigaction(SIGBUS, &action, &before_);
  }
  ~SurviveSigbus() { sigaction(SIGBUS, &before_, nullptr); }
  SurviveSigbus(const SurviveSigbus&) = delete;
  SurviveSigbus& operator=(const SurviveSigbus&) = delete;

 private:
  struct sigaction before_;
};

}  // namespace

HwpoisonInjector::HwpoisonInjector(const std::string& disk,
                                   Unlisting* unlisting, int file,
                                   std::vector<PoisonedRange> located)
    : disk_(disk),
      unlisting_(unlisting),
      file_(fcntl(file, F_DUPFD_CLOEXEC, 0)),
      located_(std::move(located)) {
  if (!file_) throw ErrnoError("duplicate the file's descriptor", errno);
}

HwpoisonInjector::~HwpoisonInjector() {
  for (void* page : mapped_) munmap(page, kPageBytes);
}

void HwpoisonInjector::Map(UnitRange sectors) {
  for (const PoisonedRange& range : located_) {
    const UnitRange part = Intersect(range.sectors, sectors);
    if (part.empty()) continue;
    const uint64_t skip = (part.begin - range.sectors.begin) * kSectorBytes;
    const FileRange pages =
        AlignOut(FileRange::OfLength(range.file.begin + skip,
                                     part.length() * kSectorBytes),
                 kPageBytes);
    injected_.push_back(part);
    for (uint64_t at = pages.begin; at < pages.end; at += kPageBytes) {
      if (!pages_.insert(at).second) continue;
      void* page = mmap(nullptr, kPageBytes, PROT_READ, MAP_SHARED, file_.get(),
                        static_cast<off_t>(at));
      if (page == MAP_FAILED)
        throw ErrnoError(fmt::format("map offset {} of the file", at), errno);
      mapped_.insert(page);
      // A load would end in SIGBUS where this ends in an error.
      if (madvise(page, kPageBytes, MADV_POPULATE_READ))
        throw ErrnoError(
            fmt::format(
                "map offset {} of the file, whose page may be bad already", at),
            errno);
    }
  }
  injected_ = Normalize(std::move(injected_));
}

void HwpoisonInjector::MarkMapped() {
  const SurviveSigbus survive;
  for (auto page = mapped_.begin(); page != mapped_.end();) {
    const bool failed = madvise(*page, kPageBytes, MADV_HWPOISON) != 0;
    const int error = errno;
    munmap(*page, kPageBytes);
    page = mapped_.erase(page);
    if (failed)
      throw ErrnoError("MADV_HWPOISON", error,
                       "use a kernel with CONFIG_MEMORY_FAILURE");
  }
}

void HwpoisonInjector::Inject(UnitRange sectors, bool) {
  Map(sectors);
  MarkMapped();
}

void HwpoisonInjector::Uninject(UnitRange sectors) {
  BadblocksInjector list(FindBlockDevice("/dev/" + disk_).badblocks_path());
  DiskMedia disk(disk_);
  constexpr uint64_t kPageSectors = kPageBytes / kSectorBytes;
  uint64_t next = sectors.begin;
  while (next < sectors.end) {
    const UnitRange sector{next, next + 1};
    const UnitRange page = AlignOut(sector, kPageSectors);
    next = page.end;
    // A page that is listed is cleared when its own poison is.
    if (!BadAmong({page}, disk).empty()) continue;
    const std::string content = disk.Read(sector);
    list.Inject(sector, true);
    if (unlisting_) unlisting_->Unlist({page});
    if (!BadAmong({sector}, disk).empty()) disk.Write(sector, content);
  }
}

std::unique_ptr<HwpoisonInjector> MakeHwpoison(const MethodRequest& request) {
  const std::string& disk = request.device.disk();
  if (!request.located)
    return std::make_unique<HwpoisonInjector>(disk, request.unlisting);
  if (request.file < 0)
    throw Error(
        {.thing = "/dev/" + disk,
         .cause = "is a device, but hwpoison poisons mappings of a file",
         .way_out = "name a file on it"});
  return std::make_unique<HwpoisonInjector>(disk, request.unlisting,
                                            request.file, *request.located);
}

InjectionMethod HwpoisonMethod() {
  return {
      .judge =
          [](const InjectorDisk& disk, const InjectorHost& host) {
            if (!host.memory_failure)
              return InjectorChoice{
                  "hwpoison", false, false,
                  "the kernel was built without CONFIG_MEMORY_FAILURE"};
            // Its mark goes away with poison that is cleared.
            if (std::string reason = ListReason(disk); !reason.empty())
              return InjectorChoice{"hwpoison", false, false,
                                    std::move(reason)};
            return InjectorChoice{
                "hwpoison", true, false,
                "the kernel has MADV_HWPOISON; it unmaps pages and lists "
                "nothing"};
          },
      .make = [](const MethodRequest& request) -> std::unique_ptr<Injector> {
        return MakeHwpoison(request);
      }};
}

}  // namespace daxmend
