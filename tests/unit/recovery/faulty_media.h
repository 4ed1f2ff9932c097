// SPDX-License-Identifier: GPL-2.0-only
//
// Imaginary persistent memory on which any call may be short or fail at any
// time, with any error, as media.h says they may: what fails has changed
// nothing, but for a write that may have cleared the poison under its first
// page, and a punch that may have punched a part.

#ifndef DAXMEND_TESTS_UNIT_RECOVERY_FAULTY_MEDIA_H_
#define DAXMEND_TESTS_UNIT_RECOVERY_FAULTY_MEDIA_H_

#include <array>
#include <random>

#include "tests/unit/recovery/fake_media.h"

namespace daxmend {

class FaultyMedia : public FakeMedia {
 public:
  FaultyMedia(uint64_t size, uint64_t seed) : FakeMedia(size), random_(seed) {}

  // One call in so many fails or is short; 0 for none.
  unsigned one_in = 0;
  // From this call on every one fails; so many are left until then.
  uint64_t calls_left = UINT64_MAX;
  uint64_t faults = 0;
  std::string calls;  // and what they gave, for messages

  ssize_t ReadFile(uint64_t offset, std::span<std::byte> to) override {
    if (const int error = Fault()) return Note("read", offset, error);
    return Note("read", offset, FakeMedia::ReadFile(offset, Short(to)));
  }
  ssize_t ReadFlagged(uint64_t offset, std::span<std::byte> to) override {
    if (const int error = Fault()) return Note("read", offset, error);
    return Note("read", offset, FakeMedia::ReadFlagged(offset, Short(to)));
  }
  ssize_t WriteFile(uint64_t offset, std::span<const std::byte> from) override {
    return Write(offset, from, [&](std::span<const std::byte> f) {
      return FakeMedia::WriteFile(offset, f);
    });
  }
  ssize_t WriteFlagged(uint64_t offset,
                       std::span<const std::byte> from) override {
    if (FileRange r = FileRange::OfLength(offset, from.size());
        AlignOut(r, kPageBytes) != r)
      return -EINVAL;
    return Write(offset, from, [&](std::span<const std::byte> f) {
      wants_flag = false;
      const ssize_t n = FakeMedia::WriteFile(offset, f);
      wants_flag = true;
      return n;
    });
  }
  int64_t Size() override {
    const int error = Fault();
    return Note("size", 0, error ? error : FakeMedia::Size());
  }
  int Truncate(uint64_t to) override {
    const int error = Fault();
    return Note("truncate", to, error ? error : FakeMedia::Truncate(to));
  }
  int Punch(FileRange pages) override {
    const int error = Fault();
    Note("punch", pages.begin, error);
    if (!error) return FakeMedia::Punch(pages);
    const uint64_t some = random_() % (pages.length() / kPageBytes + 1);
    if (some > 0 && random_() % 2)
      FakeMedia::Punch(FileRange::OfLength(pages.begin, some * kPageBytes));
    return error;
  }
  int Reserve(uint64_t bytes) override {
    const int error = Fault();
    return error ? error : FakeMedia::Reserve(bytes);
  }
  int Locate(FileRange pages, Layout* layout) override {
    const int error = Fault();
    return Note("locate", pages.begin,
                error ? error : FakeMedia::Locate(pages, layout));
  }
  ssize_t ReadDevice(DeviceRange from, std::span<std::byte> to) override {
    if (const int error = Fault()) return error;
    const std::span<std::byte> some = Short(to);
    const uint64_t length = some.size() / kSectorBytes * kSectorBytes;
    return FakeMedia::ReadDevice(DeviceRange::OfLength(from.begin, length),
                                 some);
  }
  int Listed(std::vector<DeviceRange>* bad) override {
    const int error = Fault();
    return error ? error : FakeMedia::Listed(bad);
  }
  // What the firmware has cleared has undefined contents, though the kernel
  // goes on listing it.
  int64_t ClearErrors(DeviceRange bad) override {
    if (const int error = Fault()) return error;
    uint64_t length = bad.length();
    if (Chance()) length = random_() % (length + 1);
    if (length > 0)
      FakeMedia::ClearErrors(DeviceRange::OfLength(bad.begin, length));
    return Note("clear", ToFile(bad.begin), static_cast<int64_t>(length));
  }
  ssize_t ReadBackup(uint64_t offset, std::span<std::byte> to) override {
    if (const int error = Fault()) return error;
    return FakeMedia::ReadBackup(offset, Short(to));
  }
  int Lock(FileRange pages) override {
    const int error = Fault();
    return error ? error : FakeMedia::Lock(pages);
  }

 private:
  template <class Result>
  Result Note(const char* call, uint64_t at, Result result) {
    if (calls.size() < 2000)
      calls += std::string(" ") + call + "@" + std::to_string(at) + "=" +
               std::to_string(result);
    return result;
  }
  bool Chance() {
    if (calls_left == 0) return true;
    --calls_left;
    return one_in != 0 && random_() % one_in == 0;
  }
  int Fault() {
    static constexpr std::array kErrors = {EIO,    EINTR,  EFAULT, EROFS,
                                           EAGAIN, ENOSPC, ENOMEM, EHWPOISON};
    if (!Chance()) return 0;
    ++faults;
    return -kErrors[random_() % kErrors.size()];
  }
  template <class Byte>
  std::span<Byte> Short(std::span<Byte> whole) {
    if (whole.empty() || !Chance()) return whole;
    ++faults;
    return whole.first(random_() % whole.size());
  }
  template <class Do>
  ssize_t Write(uint64_t offset, std::span<const std::byte> from, Do write) {
    if (const int error = Fault()) {
      if (clears_before_failing && random_() % 2)
        ClearPage(offset, offset, from.size());
      return Note("write", offset, static_cast<ssize_t>(error));
    }
    const std::span<const std::byte> some = Short(from);
    ssize_t n = some.empty() ? 0 : write(some);
    if (some.size() < from.size()) {
      // The kernel takes the whole page and clears it before it stops in it.
      if (n > 0 && (offset + static_cast<uint64_t>(n)) % kPageBytes != 0)
        ClearPage(offset + static_cast<uint64_t>(n), offset, from.size());
      else if (n < 0)
        n = WritePart(offset, from, some.size());
    }
    return Note("write", offset, n);
  }
  // A short write into a page that is whole in `from`, poisoned or not.
  ssize_t WritePart(uint64_t offset, std::span<const std::byte> from,
                    size_t length) {
    if (length == 0) return -EFAULT;
    const auto page = AlignOut(FileRange{offset, offset + 1}, kPageBytes);
    if (!FileRange::OfLength(offset, from.size()).Contains(page) ||
        length >= kPageBytes || refuses_to_clear)
      return -EFAULT;
    ClearPage(offset, offset, from.size());
    std::copy_n(from.begin(), length,
                bytes.begin() + static_cast<long>(offset));
    size = std::max(size, offset + length);
    return static_cast<ssize_t>(length);
  }
  // Clears the poison of the page that holds `at`, if it is whole in the write.
  void ClearPage(uint64_t at, uint64_t offset, uint64_t length) {
    const auto page = AlignOut(FileRange{at, at + 1}, kPageBytes);
    if (!FileRange::OfLength(offset, length).Contains(page)) return;
    for (uint64_t s = page.begin / kSectorBytes; s < page.end / kSectorBytes;
         ++s)
      poison.erase(s);
  }

  std::mt19937_64 random_;

 public:
  bool clears_before_failing = false;
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_RECOVERY_FAULTY_MEDIA_H_
