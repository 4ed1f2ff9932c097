// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/salvage.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#include "recovery/retry.h"

namespace daxmend {

void Salvaged::Add(const Salvaged& other) {
  salvaged_sectors += other.salvaged_sectors;
  backup_sectors += other.backup_sectors;
  lost_sectors += other.lost_sectors;
  saved_bytes += other.saved_bytes;
  lost_bytes += other.lost_bytes;
}

namespace {

constexpr uint64_t kMemory = SalvageMemory::kCapacity + kPageBytes;

}  // namespace

void SalvageMemory::Free::operator()(std::byte* p) const { std::free(p); }

SalvageMemory::SalvageMemory()
    : memory_(
          static_cast<std::byte*>(std::aligned_alloc(kPageBytes, kMemory))) {
  if (!memory_) throw std::bad_alloc();
}

void SalvageMemory::Touch() { std::memset(memory_.get(), 0, kMemory); }

Salvage::Salvage(Media* media, std::shared_ptr<SalvageMemory> memory)
    : media_(media),
      memory_(std::move(memory)),
      run_(),
      unit_(media->Unit()),
      shift_(std::countr_zero(unit_)),
      sources_(kCapacity / unit_),
      places_(kCapacity / unit_) {}

int Salvage::ReadGood(const ExtentMap::Piece& piece) {
  const uint64_t length = piece.file.length();
  if (media_->ReadDevice(piece.device, {At(piece.file.begin), length}) ==
      static_cast<ssize_t>(length)) {
    for (uint64_t at = 0; at < length; at += unit_) {
      sources_[SectorOf(piece.file.begin + at)] = Source::kDevice;
      places_[SectorOf(piece.file.begin + at)] = piece.device.begin + at;
    }
    return 0;
  }
  // There may be poison that is not in the list: take what answers, sector by
  // sector.
  for (uint64_t at = 0; at < length; at += unit_) {
    const uint64_t file = piece.file.begin + at;
    const auto sector = DeviceRange::OfLength(piece.device.begin + at, unit_);
    const int error = Retry([&] {
      const ssize_t n = media_->ReadDevice(sector, {At(file), unit_});
      return n < 0                              ? static_cast<int>(n)
             : n == static_cast<ssize_t>(unit_) ? 0
                                                : -EAGAIN;
    });
    if (error == 0) {
      sources_[SectorOf(file)] = Source::kDevice;
      places_[SectorOf(file)] = sector.begin;
    } else if (IsMediaError(error)) {
      FillLost(FileRange::OfLength(file, unit_));
    } else {
      return error;
    }
  }
  return 0;
}

void Salvage::FillLost(FileRange lost) {
  for (uint64_t at = lost.begin; at < lost.end; at += unit_) {
    // The file's last sector need not be whole.
    const FileRange sector =
        Intersect(FileRange::OfLength(at, unit_), run_.data);
    const auto wanted = static_cast<ssize_t>(sector.length());
    const int error = Retry([&] {
      const ssize_t n = media_->ReadBackup(at, {At(at), sector.length()});
      return n == wanted ? 0 : n < 0 ? static_cast<int>(n) : -ENODATA;
    });
    const uint64_t filled = error == 0 ? sector.length() : 0;
    std::memset(At(at) + filled, 0, unit_ - filled);
    sources_[SectorOf(at)] = error == 0 ? Source::kBackup : Source::kLost;
  }
}

int Salvage::Assemble(const SalvagePlan& plan, FileRange pages, uint64_t size,
                      uint64_t fresh_offset, std::span<const std::byte> fresh) {
  run_ = {pages, Intersect(pages, {0, size}),
          Intersect(pages, FileRange::OfLength(fresh_offset, fresh.size()))};
  const size_t sectors = pages.length() >> shift_;
  std::fill_n(sources_.begin(), sectors, Source::kNowhere);
  for (const ExtentMap::Piece& piece : plan.good) {
    const FileRange part = Intersect(pages, piece.file);
    if (part.empty()) continue;
    const int error = ReadGood(
        {part, DeviceRange::OfLength(
                   piece.device.begin + (part.begin - piece.file.begin),
                   part.length())});
    if (error != 0) return error;
  }
  for (FileRange bad : plan.lost) {
    const FileRange part = Intersect(pages, bad);
    if (!part.empty()) FillLost(part);
  }
  for (size_t i = 0; i < sectors; ++i)
    if (sources_[i] == Source::kNowhere)
      std::memset(memory_->get() + (i << shift_), 0, unit_);
  if (!run_.fresh.empty())
    std::memcpy(At(run_.fresh.begin),
                fresh.data() + (run_.fresh.begin - fresh_offset),
                run_.fresh.length());
  return 0;
}

Salvaged Salvage::Written(FileRange pages) const {
  Salvaged out;
  const FileRange data = Intersect(pages, run_.data);
  const FileRange sectors = {data.begin, AlignOut(data, unit_).end};
  for (uint64_t at = sectors.begin; at < sectors.end; at += unit_) {
    switch (sources_[SectorOf(at)]) {
      case Source::kNowhere:
        break;
      case Source::kDevice:
        ++out.salvaged_sectors;
        break;
      case Source::kBackup:
        ++out.backup_sectors;
        break;
      case Source::kLost:
        const FileRange sector =
            Intersect(FileRange::OfLength(at, unit_), run_.data);
        ++out.lost_sectors;
        out.lost_bytes +=
            sector.length() - Intersect(sector, run_.fresh).length();
        break;
    }
  }
  out.saved_bytes =
      data.length() - Intersect(data, run_.fresh).length() - out.lost_bytes;
  return out;
}

bool Salvage::StillThere(FileRange sector, bool in_place) {
  const std::span<std::byte> now = {memory_->get() + kCapacity,
                                    sector.length()};
  const int error = Retry([&] {
    const ssize_t n = media_->ReadFile(sector.begin, now);
    return n == static_cast<ssize_t>(now.size()) ? 0
           : n < 0                               ? static_cast<int>(n)
                                                 : -EAGAIN;
  });
  const auto holds = [&] {
    return std::memcmp(At(sector.begin), now.data(), now.size()) == 0;
  };
  if (error == 0) return holds();
  // A page of which a part is still listed cannot be read, its good sectors
  // can.
  const size_t i = SectorOf(sector.begin);
  if (!in_place || sources_[i] != Source::kDevice) return false;
  const std::span<std::byte> whole = {now.data(), unit_};
  return media_->ReadDevice(DeviceRange::OfLength(places_[i], unit_), whole) ==
             static_cast<ssize_t>(unit_) &&
         holds();
}

Salvaged Salvage::GivenUp(FileRange pages, bool in_place) {
  Salvaged out;
  const FileRange data = Intersect(pages, run_.data);
  for (uint64_t at = data.begin; at < data.end; at += unit_) {
    const FileRange sector =
        Intersect(FileRange::OfLength(at, unit_), run_.data);
    if (sources_[SectorOf(at)] != Source::kLost &&
        StillThere(sector, in_place)) {
      out.saved_bytes += sector.length();
    } else {
      ++out.lost_sectors;
      out.lost_bytes += sector.length();
    }
  }
  return out;
}

}  // namespace daxmend
