// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/salvage.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace daxmend {

void Salvaged::Add(const Salvaged& other) {
  salvaged_sectors += other.salvaged_sectors;
  backup_sectors += other.backup_sectors;
  lost_sectors += other.lost_sectors;
  saved_bytes += other.saved_bytes;
  lost_bytes += other.lost_bytes;
}

void Salvage::Free::operator()(std::byte* p) const { std::free(p); }

Salvage::Salvage(Media* media)
    : media_(media),
      memory_(
          static_cast<std::byte*>(std::aligned_alloc(kPageBytes, kCapacity))) {
  if (!memory_) throw std::bad_alloc();
  // Touched now, so that the first recovery does not pay for it.
  std::memset(memory_.get(), 0, kCapacity);
}

void Salvage::ReadGood(const ExtentMap::Piece& piece, const Run& run,
                       Salvaged* counts) {
  std::byte* to = memory_.get() + (piece.file.begin - run.pages.begin);
  const uint64_t length = piece.file.length();
  if (media_->ReadDevice(piece.device, {to, length}) ==
      static_cast<ssize_t>(length)) {
    counts->salvaged_sectors += length / kSectorBytes;
    return;
  }
  // There is poison that is not in the list: take what answers, sector by
  // sector.
  for (uint64_t at = 0; at < length; at += kSectorBytes) {
    const auto sector =
        DeviceRange::OfLength(piece.device.begin + at, kSectorBytes);
    if (media_->ReadDevice(sector, {to + at, kSectorBytes}) ==
        static_cast<ssize_t>(kSectorBytes))
      ++counts->salvaged_sectors;
    else
      FillLost(FileRange::OfLength(piece.file.begin + at, kSectorBytes), run,
               counts);
  }
}

void Salvage::FillLost(FileRange lost, const Run& run, Salvaged* counts) {
  for (uint64_t at = lost.begin; at < lost.end; at += kSectorBytes) {
    std::byte* to = memory_.get() + (at - run.pages.begin);
    // The file's last sector need not be whole.
    const FileRange sector =
        Intersect(FileRange::OfLength(at, kSectorBytes), run.data);
    if (media_->ReadBackup(at, {to, sector.length()}) ==
        static_cast<ssize_t>(sector.length())) {
      ++counts->backup_sectors;
    } else {
      std::memset(to, 0, kSectorBytes);
      ++counts->lost_sectors;
      counts->lost_bytes +=
          sector.length() - Intersect(sector, run.fresh).length();
    }
  }
}

std::span<const std::byte> Salvage::Assemble(const SalvagePlan& plan,
                                             FileRange pages, uint64_t size,
                                             uint64_t fresh_offset,
                                             std::span<const std::byte> fresh,
                                             Salvaged* counts) {
  const Run run = {
      pages, Intersect(pages, {0, size}),
      Intersect(pages, FileRange::OfLength(fresh_offset, fresh.size()))};
  Salvaged here;
  std::memset(memory_.get(), 0, pages.length());
  for (const ExtentMap::Piece& piece : plan.good) {
    const FileRange part = Intersect(pages, piece.file);
    if (part.empty()) continue;
    ReadGood({part, DeviceRange::OfLength(
                        piece.device.begin + (part.begin - piece.file.begin),
                        part.length())},
             run, &here);
  }
  for (FileRange bad : plan.lost) {
    const FileRange part = Intersect(pages, bad);
    if (!part.empty()) FillLost(part, run, &here);
  }
  if (!run.fresh.empty())
    std::memcpy(memory_.get() + (run.fresh.begin - pages.begin),
                fresh.data() + (run.fresh.begin - fresh_offset),
                run.fresh.length());
  here.saved_bytes = run.data.length() -
                     Intersect(run.data, run.fresh).length() - here.lost_bytes;
  counts->Add(here);
  return {memory_.get(), pages.length()};
}

}  // namespace daxmend
