// SPDX-License-Identifier: GPL-2.0-only
//
// A file on imaginary persistent memory that answers as mainline fsdax does
// (fs/dax.c, drivers/nvdimm/pmem.c, Linux 5.19): a read stops in front of an
// extent with poison, and fails when it has not begun; a write of a whole
// poisoned page repairs it; a write of a part of one stops there, with EFAULT
// when it has not begun. With `wants_flag` it answers as a kernel of the
// RWF_RECOVERY_DATA series does: only flagged writes of whole pages repair, and
// every other write of a poisoned page fails with EIO.
//
// File pages lie scattered over the device: page p of the file is page
// kPages - 1 - p of the device.

#ifndef DAXMEND_TESTS_UNIT_RECOVERY_FAKE_MEDIA_H_
#define DAXMEND_TESTS_UNIT_RECOVERY_FAKE_MEDIA_H_

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "recovery/media.h"

namespace daxmend {

class FakeMedia : public Media {
 public:
  static constexpr uint64_t kPages = 160;
  static constexpr uint64_t kSectorsPerPage = kPageBytes / kSectorBytes;

  // A file of `size` bytes; byte i holds Original(i).
  // Poison comes in units of `unit` bytes, called sectors below.
  explicit FakeMedia(uint64_t size = kPages * kPageBytes,
                     uint64_t unit = kSectorBytes)
      : bytes(kPages * kPageBytes), size(size), unit(unit) {
    for (uint64_t i = 0; i < size; ++i) bytes[i] = Original(i);
  }

  static std::byte Original(uint64_t at) {
    return static_cast<std::byte>(1 + at % 251);
  }

  // Where bytes of the file lie, and back.
  static DeviceRange ToDevice(FileRange in_one_page) {
    const uint64_t page = in_one_page.begin / kPageBytes;
    return DeviceRange::OfLength(
        (kPages - 1 - page) * kPageBytes + in_one_page.begin % kPageBytes,
        in_one_page.length());
  }
  static uint64_t ToFile(uint64_t at) {
    return (kPages - 1 - at / kPageBytes) * kPageBytes + at % kPageBytes;
  }

  // Poisons a sector of the file (counted in sectors from its start) and
  // destroys what it held.
  void Poison(uint64_t sector) {
    poison.insert(sector);
    std::fill_n(bytes.begin() + static_cast<long>(sector * unit), unit,
                std::byte{0xEE});
  }
  // Bad, but not in the kernel's list.
  void PoisonSecretly(uint64_t sector) {
    Poison(sector);
    unlisted.insert(sector);
  }

  uint64_t Unit() const override { return unit; }

  ssize_t ReadFile(uint64_t offset, std::span<std::byte> to) override {
    if (offset >= size) return 0;
    const uint64_t length =
        std::min<uint64_t>({to.size(), size - offset, kPages * kPageBytes});
    return ReadPages(FileRange::OfLength(offset, length), to);
  }

  ssize_t WriteFile(uint64_t offset, std::span<const std::byte> from) override {
    if (before_write) before_write();
    ++writes;
    const auto range = FileRange::OfLength(offset, from.size());
    uint64_t at = range.begin;
    while (at < range.end) {
      const FileRange piece = NextPiece({at, range.end});
      const FileRange pages = AlignOut(piece, kPageBytes);
      if (PoisonIn(pages)) {
        if (wants_flag) return at > range.begin ? Done(range, at) : -EIO;
        if (piece != pages) break;
        if (refuses_to_clear || refusals-- > 0)
          return at > range.begin ? Done(range, at) : -EIO;
        for (uint64_t s = pages.begin / unit; s < pages.end / unit; ++s) {
          unlisted.erase(s);
          if (poison.erase(s)) ++repaired_sectors;
        }
      }
      std::copy_n(from.begin() + static_cast<long>(piece.begin - range.begin),
                  piece.length(),
                  bytes.begin() + static_cast<long>(piece.begin));
      written.push_back(piece);
      at = piece.end;
    }
    size = std::max(size, at > range.begin ? at : size);
    if (after_write) after_write();
    return at > range.begin ? Done(range, at) : -EFAULT;
  }

  // The list gets what is bad when `pauses_until_listed` have passed.
  void Pause() override {
    if (++pauses == pauses_until_listed) unlisted.clear();
  }

  ssize_t ReadFlagged(uint64_t offset, std::span<std::byte> to) override {
    ++flagged_reads;
    return ReadFile(offset, to);
  }

  ssize_t WriteFlagged(uint64_t offset,
                       std::span<const std::byte> from) override {
    ++flagged_writes;
    const auto range = FileRange::OfLength(offset, from.size());
    if (!wants_flag || AlignOut(range, kPageBytes) != range) return -EINVAL;
    wants_flag = false;
    const ssize_t n = WriteFile(offset, from);
    wants_flag = true;
    return n;
  }

  int64_t Size() override { return static_cast<int64_t>(size); }
  int Truncate(uint64_t to) override {
    for (uint64_t i = to; i < size; ++i) bytes[i] = std::byte{0};
    size = to;
    ++truncates;
    return 0;
  }

  int Punch(FileRange pages) override {
    if (punch_error) return punch_error;
    for (uint64_t i = pages.begin; i < pages.end; ++i) bytes[i] = std::byte{0};
    for (uint64_t s = pages.begin / unit; s < pages.end / unit; ++s)
      if (poison.erase(s)) left_behind.insert(s);
    punched.push_back(pages);
    return 0;
  }

  int Reserve(uint64_t) override {
    ++reserves;
    return reserve_error;
  }
  void Release() override { ++releases; }

  int Locate(FileRange pages, Layout* layout) override {
    if (locate_error) return locate_error;
    *layout = {};
    layout->size = size;
    layout->unit = unit;
    for (uint64_t p = pages.begin / kPageBytes;
         p < std::min(pages.end / kPageBytes, kPages); ++p)
      if (!holes.contains(p))
        layout->extents.push_back(
            {.file = FileRange::OfLength(p * kPageBytes, kPageBytes),
             .device_begin = (kPages - 1 - p) * kPageBytes,
             .unwritten = unwritten.contains(p),
             .shared = shared.contains(p)});
    for (uint64_t s : poison)
      if (!unlisted.contains(s) && pages.Contains(s * unit))
        layout->poison.push_back(FileRange::OfLength(s * unit, unit));
    layout->poison = Normalize(std::move(layout->poison));
    ++looks;
    if (after_locate) after_locate(looks);
    return 0;
  }

  ssize_t ReadDevice(DeviceRange from, std::span<std::byte> to) override {
    ++device_reads;
    for (uint64_t at = from.begin; at < from.end; at += unit) {
      const uint64_t file = ToFile(at);
      if (poison.contains(file / unit)) return -EIO;
      std::copy_n(bytes.begin() + static_cast<long>(file), unit,
                  to.begin() + static_cast<long>(at - from.begin));
    }
    return static_cast<ssize_t>(from.length());
  }

  int Listed(std::vector<DeviceRange>* bad) override {
    bad->clear();
    auto add = [&](uint64_t s) {
      bad->push_back(ToDevice(FileRange::OfLength(s * unit, unit)));
    };
    for (uint64_t s : poison)
      if (!unlisted.contains(s)) add(s);
    for (uint64_t s : left_behind) add(s);
    *bad = Normalize(std::move(*bad));
    return 0;
  }

  // Clears the media, not the kernel's list, and leaves something that nobody
  // wrote: reads past the file system succeed with it.
  int64_t ClearErrors(DeviceRange bad) override {
    asked_to_clear.push_back(bad);
    if (clear_answer) return *clear_answer;
    for (uint64_t at = bad.begin; at < bad.end; at += unit)
      cleared.insert(ToFile(at) / unit);
    return static_cast<int64_t>(bad.length());
  }

  ssize_t ReadBackup(uint64_t offset, std::span<std::byte> to) override {
    if (bad_backup.contains(offset / unit)) return -EIO;
    if (offset >= backup.size()) return 0;
    const size_t n = std::min(to.size(), backup.size() - offset);
    std::copy_n(backup.begin() + static_cast<long>(offset), n, to.begin());
    return static_cast<ssize_t>(n);
  }

  int Lock(FileRange) override { return lock_error; }
  void Unlock(FileRange) override { ++unlocks; }

  // What a program reads there now, poison or not.
  std::byte At(uint64_t at) const { return bytes[at]; }

  std::vector<std::byte> bytes;
  uint64_t size;
  const uint64_t unit;
  std::set<uint64_t> poison;    // sectors of the file
  std::set<uint64_t> unlisted;  // those of them the kernel does not know
  std::set<uint64_t> holes, unwritten, shared;  // pages
  std::vector<std::byte> backup;
  std::set<uint64_t> bad_backup;  // sectors
  bool wants_flag = false;
  bool refuses_to_clear = false;
  int refusals = 0;                     // so many times it does, then no more
  std::optional<int64_t> clear_answer;  // of the firmware, instead of clearing
  int locate_error = 0;
  int lock_error = 0;
  int punch_error = 0;
  int reserve_error = 0;
  std::function<void(int)> after_locate;  // gets the number of looks so far
  std::function<void()> before_write;
  std::function<void()> after_write;

  int unlisted_error = -EIO;     // of a read that meets what is on no list
  int pauses_until_listed = -1;  // never

  int pauses = 0;
  int looks = 0, writes = 0, truncates = 0, device_reads = 0, unlocks = 0;
  int repaired_sectors = 0;
  int reserves = 0, releases = 0;
  // Bad sectors that the file does not have any more, by where they were.
  std::set<uint64_t> left_behind;
  std::set<uint64_t> cleared;  // by the firmware, on request
  std::vector<DeviceRange> asked_to_clear;
  int flagged_reads = 0, flagged_writes = 0;
  std::vector<FileRange> punched;
  std::vector<FileRange> written;  // piece by piece, as the kernel does it

 private:
  // What __pmem_direct_access(DAX_RECOVERY_WRITE) lets the kernel write at
  // once: all of `rest` without poison, else as many pages as the first bad
  // sector is away, rounded up, and at least one.
  // Every page is an extent of its own: up to the first bad one.
  ssize_t ReadPages(FileRange range, std::span<std::byte> to) const {
    const FileRange pages = AlignOut(range, kPageBytes);
    const auto bad = poison.lower_bound(pages.begin / unit);
    uint64_t end = range.end;
    if (bad != poison.end())
      end = std::min(end, *bad * unit / kPageBytes * kPageBytes);
    if (end <= range.begin)
      return unlisted.contains(*bad) ? unlisted_error : -EIO;
    std::copy_n(bytes.begin() + static_cast<long>(range.begin),
                end - range.begin, to.begin());
    return Done(range, end);
  }
  FileRange NextPiece(FileRange rest) const {
    const FileRange pages = AlignOut(rest, kPageBytes);
    const auto bad = poison.lower_bound(pages.begin / unit);
    if (bad == poison.end() || *bad >= pages.end / unit) return rest;
    const FileRange up_to_bad =
        AlignOut(FileRange{pages.begin, *bad * unit}, kPageBytes);
    const uint64_t length = std::max(up_to_bad.length(), kPageBytes);
    return {rest.begin, std::min(rest.end, pages.begin + length)};
  }
  static ssize_t Done(FileRange range, uint64_t at) {
    return static_cast<ssize_t>(at - range.begin);
  }
  bool PoisonIn(FileRange pages) const {
    auto at = poison.lower_bound(pages.begin / unit);
    return at != poison.end() && *at < pages.end / unit;
  }
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_RECOVERY_FAKE_MEDIA_H_
