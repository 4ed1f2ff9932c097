// SPDX-License-Identifier: GPL-2.0-only
//
// Recoveries that meet the same pages at once. The fake media is made
// thread-safe call by call, as system calls are; what must hold between calls
// is up to the page locks.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "recovery/file_media.h"
#include "recovery/recovery.h"
#include "tests/unit/may_mount.h"
#include "tests/unit/recovery/fake_media.h"

namespace daxmend {
namespace {

constexpr uint64_t kPage = kPageBytes;

uint64_t NoClock() { return 0; }

class TemporaryFile {
 public:
  explicit TemporaryFile(uint64_t size) {
    const int fd = mkstemp(path_.data());
    EXPECT_GE(fd, 0);
    EXPECT_EQ(ftruncate(fd, static_cast<off_t>(size)), 0);
    close(fd);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = ::testing::TempDir() + "daxmend-XXXXXX";
};

// One thread's view of a disk that several share: the fake's content, locked
// as real files are.
class SharedMedia : public Media {
 public:
  SharedMedia(FakeMedia* disk, std::mutex* mutex, const std::string& lock_file)
      : disk_(disk), mutex_(mutex), locks_({.path = lock_file}) {}

  ssize_t ReadFile(uint64_t offset, std::span<std::byte> to) override {
    std::lock_guard hold(*mutex_);
    return disk_->ReadFile(offset, to);
  }
  ssize_t WriteFile(uint64_t offset, std::span<const std::byte> from) override {
    std::lock_guard hold(*mutex_);
    return disk_->WriteFile(offset, from);
  }
  ssize_t ReadFlagged(uint64_t offset, std::span<std::byte> to) override {
    std::lock_guard hold(*mutex_);
    return disk_->ReadFlagged(offset, to);
  }
  ssize_t WriteFlagged(uint64_t offset,
                       std::span<const std::byte> from) override {
    std::lock_guard hold(*mutex_);
    return disk_->WriteFlagged(offset, from);
  }
  void Pause() override {
    std::lock_guard hold(*mutex_);
    disk_->Pause();
  }
  int64_t Size() override {
    std::lock_guard hold(*mutex_);
    return disk_->Size();
  }
  int Truncate(uint64_t size) override {
    std::lock_guard hold(*mutex_);
    return disk_->Truncate(size);
  }
  int Punch(FileRange pages) override {
    std::lock_guard hold(*mutex_);
    return disk_->Punch(pages);
  }
  int Reserve(uint64_t bytes) override {
    std::lock_guard hold(*mutex_);
    return disk_->Reserve(bytes);
  }
  void Release() override {
    std::lock_guard hold(*mutex_);
    disk_->Release();
  }
  int Locate(FileRange pages, Layout* layout) override {
    std::lock_guard hold(*mutex_);
    return disk_->Locate(pages, layout);
  }
  ssize_t ReadDevice(DeviceRange from, std::span<std::byte> to) override {
    std::lock_guard hold(*mutex_);
    return disk_->ReadDevice(from, to);
  }
  int Listed(std::vector<DeviceRange>* bad) override {
    std::lock_guard hold(*mutex_);
    return disk_->Listed(bad);
  }
  int64_t ClearErrors(DeviceRange bad) override {
    std::lock_guard hold(*mutex_);
    return disk_->ClearErrors(bad);
  }
  ssize_t ReadBackup(uint64_t offset, std::span<std::byte> to) override {
    std::lock_guard hold(*mutex_);
    return disk_->ReadBackup(offset, to);
  }
  int Lock(FileRange pages) override { return locks_.Lock(pages); }
  void Unlock(FileRange pages) override { locks_.Unlock(pages); }

 private:
  FakeMedia* const disk_;
  std::mutex* const mutex_;
  FileMedia locks_;
};

TEST(ConcurrentRecovery, EightThreadsRepairEveryPageOnceAndLoseNothing) {
  TemporaryFile lock_file(FakeMedia::kPages * kPage);
  FakeMedia disk;
  std::mutex mutex;
  disk.backup = disk.bytes;
  for (uint64_t page = 0; page < FakeMedia::kPages; ++page)
    disk.Poison(page * 8 + page % 8);

  std::atomic<uint64_t> backup_sectors{0}, failed{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      SharedMedia media(&disk, &mutex, lock_file.path());
      Recovery recovery(&media, NoClock);
      std::vector<std::byte> buffer(kPage);
      // All of them in the same order, so that they do meet.
      for (uint64_t page = 0; page < FakeMedia::kPages; ++page) {
        const ssize_t n = media.ReadFile(page * kPage, buffer);
        if (n >= 0) continue;
        const Outcome outcome = recovery.Read(page * kPage, buffer, n);
        backup_sectors += outcome.backup_sectors;
        if (outcome.result != static_cast<ssize_t>(kPage)) ++failed;
      }
    });
  for (std::thread& t : threads) t.join();

  EXPECT_EQ(failed, 0u);
  EXPECT_EQ(backup_sectors, FakeMedia::kPages);
  EXPECT_EQ(disk.repaired_sectors, static_cast<int>(FakeMedia::kPages));
  EXPECT_EQ(disk.bytes, disk.backup);
}

TEST(ConcurrentRecovery, WritesOfEightThreadsIntoOnePoisonedPageAllStay) {
  for (int repeat = 0; repeat < 50; ++repeat) {
    TemporaryFile lock_file(kPage);
    FakeMedia disk;
    std::mutex mutex;
    for (uint64_t sector = 0; sector < 8; ++sector) disk.Poison(sector);
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        SharedMedia media(&disk, &mutex, lock_file.path());
        Recovery recovery(&media, NoClock);
        const std::vector<std::byte> mine(kSectorBytes,
                                          static_cast<std::byte>(100 + t));
        const ssize_t n = media.WriteFile(t * kSectorBytes, mine);
        if (n != static_cast<ssize_t>(kSectorBytes))
          recovery.Write(t * kSectorBytes, mine, n);
      });
    for (std::thread& t : threads) t.join();
    for (unsigned t = 0; t < 8; ++t)
      for (uint64_t i = 0; i < kSectorBytes; ++i)
        ASSERT_EQ(disk.At(t * kSectorBytes + i),
                  static_cast<std::byte>(100 + t))
            << "sector " << t;
  }
}

TEST(FileMedia, LocksKeepOtherThreadsAwayFromThePagesOnly) {
  TemporaryFile file(4 * kPage);
  FileMedia first({.path = file.path()});
  ASSERT_EQ(first.Lock({kPage, 2 * kPage}), 0);

  std::atomic<bool> other_page{false}, same_page{false};
  std::thread other([&] {
    FileMedia second({.path = file.path()});
    EXPECT_EQ(second.Lock({2 * kPage, 3 * kPage}), 0);
    other_page = true;
    EXPECT_EQ(second.Lock({kPage, 2 * kPage}), 0);
    same_page = true;
  });
  while (!other_page) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(same_page);
  first.Unlock({kPage, 2 * kPage});
  other.join();
  EXPECT_TRUE(same_page);
}

TEST(FileMedia, FindsNoPoisonWhereThereIsNoDevice) {
  TemporaryFile file(4 * kPage);
  FileMedia media({.path = file.path()});
  Layout layout;
  EXPECT_EQ(media.Locate({0, 4 * kPage}, &layout), 0);
  EXPECT_EQ(layout.size, 4 * kPage);
  EXPECT_TRUE(layout.poison.empty());
}

TEST(FileMedia, ReadsTheBackupAtTheSameOffset) {
  TemporaryFile file(kPage), backup(kPage);
  {
    FileMedia writer({.path = backup.path()});
    const std::vector<std::byte> five(1, std::byte{5});
    ASSERT_EQ(writer.WriteFile(77, five), 1);
  }
  FileMedia media({.path = file.path(), .backup = backup.path()});
  std::vector<std::byte> to(2);
  EXPECT_EQ(media.ReadBackup(77, to), 2);
  EXPECT_EQ(to[0], std::byte{5});
  EXPECT_EQ(media.ReadBackup(kPage - 1, to), 1);
  EXPECT_EQ(media.ReadBackup(kPage, to), 0);
}

std::string WhyNot(FileMedia::Options options) {
  try {
    FileMedia media(std::move(options));
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(FileMedia, RefusesTheFileItselfAsItsBackup) {
  TemporaryFile file(kPage);
  EXPECT_NE(WhyNot({.path = file.path(), .backup = file.path()})
                .find("is the file itself"),
            std::string::npos);
}

TEST(FileMedia, NamesAMissingFileAndAMissingBackup) {
  TemporaryFile file(kPage);
  EXPECT_NE(WhyNot({.path = "/nonexistent/f"}).find("/nonexistent/f"),
            std::string::npos);
  EXPECT_NE(WhyNot({.path = file.path(), .backup = "/nonexistent/b"})
                .find("/nonexistent/b"),
            std::string::npos);
}

TEST(FileMedia, OfManyFilesTakeTurnsAtOneDescriptor) {
  TemporaryFile a(kPage), b(kPage);
  const FileDescriptor open_a = FileDescriptor::Open(a.path(), O_RDONLY);
  const FileDescriptor open_b = FileDescriptor::Open(b.path(), O_RDONLY);
  const auto open_now = [] {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  const auto before = open_now();
  OneDescriptor one;
  FileMedia first({.path = a.path(), .fd = open_a.get(), .descriptor = &one});
  FileMedia second({.path = b.path(), .fd = open_b.get(), .descriptor = &one});
  EXPECT_EQ(open_now(), before);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(first.WriteFile(0, std::vector<std::byte>(1, std::byte{1})), 1);
    EXPECT_EQ(second.WriteFile(0, std::vector<std::byte>(1, std::byte{2})), 1);
    EXPECT_EQ(open_now(), before + 1);
  }
  std::byte byte{};
  EXPECT_EQ(pread(open_a.get(), &byte, 1, 0), 1);
  EXPECT_EQ(byte, std::byte{1});
  EXPECT_EQ(pread(open_b.get(), &byte, 1, 0), 1);
  EXPECT_EQ(byte, std::byte{2});
  // Who rests gives up what is its own only.
  first.Rest();
  EXPECT_EQ(open_now(), before + 1);
  second.Rest();
  EXPECT_EQ(open_now(), before);
}

TEST(FileMedia, OfAFileSystemThatBecameReadOnlyIsNotLocked) {
  if (!MayMount()) GTEST_SKIP() << "needs the privilege to mount";
  TemporaryFile outside(kPage);
  const std::string at = outside.path() + ".d";
  ASSERT_EQ(mkdir(at.c_str(), 0700), 0);
  ASSERT_EQ(mount("none", at.c_str(), "tmpfs", 0, nullptr), 0);
  const std::string path = at + "/f";
  FileDescriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  {
    const FileDescriptor opened = FileDescriptor::Open(path, O_RDONLY);
    OneDescriptor one;
    FileMedia media({.path = path, .fd = opened.get(), .descriptor = &one});
    ASSERT_EQ(
        mount("none", at.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    EXPECT_EQ(media.Lock({0, kPage}), -EROFS);
  }
  umount(at.c_str());
  rmdir(at.c_str());
}

TEST(FileMedia, IsTheFileThatIsOpenWhateverHasBecomeOfItsName) {
  TemporaryFile file(kPage), other(2 * kPage);
  const FileDescriptor opened = FileDescriptor::Open(file.path(), O_RDWR);
  ASSERT_EQ(rename(other.path().c_str(), file.path().c_str()), 0);
  FileMedia media({.path = file.path(), .fd = opened.get()});
  EXPECT_EQ(media.Size(), static_cast<int64_t>(kPage));
  const std::vector<std::byte> five(1, std::byte{5});
  EXPECT_EQ(media.WriteFile(0, five), 1);
  std::byte byte{};
  EXPECT_EQ(pread(opened.get(), &byte, 1, 0), 1);
  EXPECT_EQ(byte, std::byte{5});
}

}  // namespace
}  // namespace daxmend
