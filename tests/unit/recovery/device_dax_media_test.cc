// SPDX-License-Identifier: GPL-2.0-only
//
// Recovery of device-dax, of which a file stands for the memory: poison is what
// the list says, and what clearing takes off it.

#include "recovery/device_dax_media.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "core/error.h"
#include "recovery/recovery.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;
using ::testing::Property;
using ::testing::Throws;

constexpr uint64_t kDaxPage = kPageBytes;

struct DaxListed {
  std::vector<DeviceRange> bad;
  FileDescriptor event{eventfd(0, EFD_CLOEXEC)};
};

class ListOfOurs : public DeviceList {
 public:
  explicit ListOfOurs(DaxListed& of) : of_(of) {}
  uint64_t unit_bytes() const override { return kSectorBytes; }
  std::string memory() const override { return "ours"; }
  const std::vector<DeviceRange>& Now() override { return of_.bad; }
  int descriptor() const override { return of_.event.get(); }

 private:
  DaxListed& of_;
};

// Leaves anything in what it clears, as firmware may.
class ClearingOfOurs : public ErrorClearing {
 public:
  ClearingOfOurs(DaxListed& of, int fd, bool works)
      : of_(of), fd_(fd), works_(works) {}
  int64_t Clear(DeviceRange bad) override {
    if (!works_) return -EIO;
    const std::string anything(bad.length(), '?');
    EXPECT_EQ(pwrite(fd_, anything.data(), anything.size(),
                     static_cast<off_t>(bad.begin)),
              static_cast<ssize_t>(anything.size()));
    of_.bad = SubtractAll(of_.bad, {bad});
    return static_cast<int64_t>(bad.length());
  }
  std::string reason() const override { return "it is broken"; }

 private:
  DaxListed& of_;
  const int fd_;
  const bool works_;
};

class DeviceDax : public testing::Test {
 protected:
  static constexpr uint64_t kSize = 16 * kDaxPage;

  DeviceDax() : fd_(memfd_create("dax", MFD_CLOEXEC)) {
    std::string all;
    for (uint64_t i = 0; i < kSize; ++i)
      all += static_cast<char>('a' + i / kSectorBytes % 26);
    EXPECT_EQ(pwrite(fd_.get(), all.data(), all.size(), 0),
              static_cast<ssize_t>(all.size()));
  }

  // Without MAP_SYNC, which a file in memory does not have.
  static DaxFile Described() {
    DaxFile file;
    file.path = "/dev/dax0.0";
    file.size = kSize;
    return file;
  }
  std::unique_ptr<DeviceDaxMedia> Media(bool clears = true) {
    return std::make_unique<DeviceDaxMedia>(DeviceDaxMedia::Options{
        .fd = fd_.get(),
        .described = Described(),
        .list = std::make_shared<SharedDeviceList>(
            std::make_unique<ListOfOurs>(listed_)),
        .clearing =
            std::make_unique<ClearingOfOurs>(listed_, fd_.get(), clears)});
  }
  std::string Held(uint64_t offset, size_t length) {
    std::string bytes(length, '\0');
    EXPECT_EQ(
        pread(fd_.get(), bytes.data(), length, static_cast<off_t>(offset)),
        static_cast<ssize_t>(length));
    return bytes;
  }
  static uint64_t Tick() {
    static uint64_t now = 0;
    return ++now;
  }

  FileDescriptor fd_;
  DaxListed listed_;
};

TEST_F(DeviceDax, AReadLosesTheSectorAndNoByteMore) {
  listed_.bad = {DeviceRange::OfLength(kDaxPage + 1024, kSectorBytes)};
  const std::string before = Held(kDaxPage, kDaxPage);
  const auto media = Media();
  Recovery recovery(media.get(), Tick, {.repair = Strategy::kClear});
  std::vector<std::byte> to(kDaxPage);
  const Outcome outcome = recovery.Read(kDaxPage, to, -EIO);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kDaxPage));
  EXPECT_EQ(outcome.lost_bytes, kSectorBytes);
  EXPECT_EQ(outcome.saved_bytes, kDaxPage - kSectorBytes);
  EXPECT_TRUE(listed_.bad.empty());
  std::string wanted = before;
  wanted.replace(1024, kSectorBytes, std::string(kSectorBytes, '\0'));
  EXPECT_EQ(Held(kDaxPage, kDaxPage), wanted);
  EXPECT_EQ(std::memcmp(to.data(), wanted.data(), kDaxPage), 0);
}

TEST_F(DeviceDax, AWriteOfASectorKeepsTheOthersOfItsPage) {
  listed_.bad = {DeviceRange::OfLength(0, kSectorBytes)};
  std::string wanted = Held(0, kDaxPage);
  const auto media = Media();
  Recovery recovery(media.get(), Tick, {.repair = Strategy::kClear});
  const std::string fresh(kSectorBytes, '!');
  const auto* bytes = reinterpret_cast<const std::byte*>(fresh.data());
  const Outcome outcome = recovery.Write(0, {bytes, fresh.size()}, -EIO);
  EXPECT_EQ(outcome.result, static_cast<ssize_t>(kSectorBytes));
  EXPECT_EQ(outcome.lost_bytes, 0u);
  wanted.replace(0, kSectorBytes, fresh);
  EXPECT_EQ(Held(0, kDaxPage), wanted);
}

TEST_F(DeviceDax, WhereFirmwareClearsNothingTheReadFailsAndNothingChanges) {
  listed_.bad = {DeviceRange::OfLength(0, kSectorBytes)};
  const std::string before = Held(0, kSize);
  const auto media = Media(false);
  Recovery recovery(media.get(), Tick, {.repair = Strategy::kClear});
  std::vector<std::byte> to(kDaxPage);
  const Outcome outcome = recovery.Read(0, to, -EIO);
  EXPECT_EQ(outcome.result, -EIO);
  EXPECT_EQ(outcome.failed, Step::kClear);
  EXPECT_EQ(media->clearing_reason(), "it is broken");
  EXPECT_EQ(Held(0, kSize), before);
}

TEST_F(DeviceDax, RestsAndWakes) {
  const auto media = Media();
  media->Rest();
  std::vector<std::byte> to(8);
  EXPECT_EQ(media->ReadFile(kSize - 4, to), 4);
  EXPECT_EQ(media->Lock({0, kDaxPage}), 0);
  media->Unlock({0, kDaxPage});
}

TEST_F(DeviceDax, ABackupThatIsTheDeviceItselfIsRefused) {
  const auto make = [&] {
    DeviceDaxMedia({.fd = fd_.get(),
                    .described = Described(),
                    .list = std::make_shared<SharedDeviceList>(
                        std::make_unique<ListOfOurs>(listed_)),
                    .backup = "/proc/self/fd/" + std::to_string(fd_.get())});
  };
  EXPECT_THAT(make, Throws<Error>(Property(&Error::what,
                                           HasSubstr("is the file itself"))));
}

TEST_F(DeviceDax, WithoutAListItIsRefused) {
  EXPECT_THAT(
      [&] { DeviceDaxMedia({.fd = fd_.get(), .described = Described()}); },
      Throws<Error>(Property(&Error::what, HasSubstr("run as root"))));
}

TEST_F(DeviceDax, WhatOneMayNotWriteIsRefused) {
  const FileDescriptor null(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  EXPECT_THAT(
      [&] {
        DeviceDaxMedia({.fd = null.get(),
                        .described = Described(),
                        .list = std::make_shared<SharedDeviceList>(
                            std::make_unique<ListOfOurs>(listed_))});
      },
      Throws<Error>(Property(&Error::what, HasSubstr("recovery cannot write "
                                                     "/dev/dax0.0"))));
}

}  // namespace
}  // namespace daxmend
