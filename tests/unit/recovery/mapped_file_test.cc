// SPDX-License-Identifier: GPL-2.0-only

#include "copy/mapped_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "core/error.h"
#include "tests/unit/recovery/poisoned_mapping.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;

class MappedFileTest : public ::testing::Test {
 protected:
  MappedFileTest() : fd_(memfd_create("mapped", MFD_CLOEXEC)) {
    std::vector<std::byte> content(kSize);
    for (size_t i = 0; i < kSize; ++i) content[i] = PoisonedMapping::Pattern(i);
    EXPECT_EQ(write(fd_.get(), content.data(), kSize),
              static_cast<ssize_t>(kSize));
  }
  MappedFile::Options Writable() {
    return {.fd = fd_.get(), .path = "mapped", .writable = true};
  }
  static constexpr size_t kSize = 4 * kPageBytes - 1000;
  FileDescriptor fd_;
  std::byte buffer_[4 * kPageBytes] = {};
};

TEST_F(MappedFileTest, ReadsWhatTheFileHoldsAndNoFurther) {
  const MappedFile mapping({.fd = fd_.get(), .path = "mapped"});
  ASSERT_EQ(mapping.Read(1000, buffer_, 5000), 5000);
  for (size_t i = 0; i < 5000; ++i)
    ASSERT_EQ(buffer_[i], PoisonedMapping::Pattern(1000 + i));
  EXPECT_EQ(mapping.Read(kSize - 10, buffer_, 4096), 10);
  EXPECT_EQ(mapping.Read(kSize, buffer_, 4096), 0);
  EXPECT_EQ(mapping.Read(1 << 30, buffer_, 4096), 0);
}

TEST_F(MappedFileTest, WritesWhatTheFileThenHoldsAndNoFurther) {
  for (bool sync : {false, true}) {
    MappedFile::Options options = Writable();
    options.sync = sync;
    const MappedFile mapping(options);
    const char text[] = "written";
    EXPECT_EQ(mapping.Write(4093, text, 7), 7);
    char back[7];
    ASSERT_EQ(pread(fd_.get(), back, 7, 4093), 7);
    EXPECT_EQ(std::memcmp(back, text, 7), 0);
    EXPECT_EQ(mapping.Write(kSize - 3, text, 7), 3);
    EXPECT_EQ(mapping.Write(kSize, text, 7), -ENOSPC);
  }
}

TEST_F(MappedFileTest, FailsOverPoisonUntilThePageIsForgotten) {
  if (!KernelPoisonsMappings()) GTEST_SKIP() << "needs Linux 6.6";
  const MappedFile mapping(Writable());
  PoisonMappedPages(mapping.bytes().subspan(2 * kPageBytes, kPageBytes));
  EXPECT_EQ(mapping.Read(kPageBytes, buffer_, kPageBytes + 1), -EIO);
  EXPECT_EQ(mapping.Write(2 * kPageBytes + 5, "x", 1), -EIO);
  EXPECT_EQ(mapping.Read(kPageBytes, buffer_, kPageBytes), 4096);
  mapping.Forget({2 * kPageBytes + 5, 2 * kPageBytes + 6});
  EXPECT_EQ(mapping.Read(kPageBytes, buffer_, kPageBytes + 1), 4097);
  EXPECT_EQ(buffer_[kPageBytes], PoisonedMapping::Pattern(2 * kPageBytes));
}

TEST_F(MappedFileTest, KeepsWhatWasStoredInAPageThatIsForgotten) {
  const MappedFile mapping(Writable());
  ASSERT_EQ(mapping.Write(3 * kPageBytes, "stored", 6), 6);
  mapping.Forget({0, UINT64_MAX});
  ASSERT_EQ(mapping.Read(3 * kPageBytes, buffer_, 6), 6);
  EXPECT_EQ(std::memcmp(buffer_, "stored", 6), 0);
}

TEST_F(MappedFileTest, FailsWhereTheFileHasBecomeShorter) {
  const MappedFile mapping(Writable());
  ASSERT_EQ(ftruncate(fd_.get(), kPageBytes), 0);
  EXPECT_EQ(mapping.Read(0, buffer_, kPageBytes), 4096);
  EXPECT_EQ(mapping.Read(kPageBytes, buffer_, 1), -EIO);
}

TEST_F(MappedFileTest, ReadsZerosAndWritesOnWhereAHoleWasPunched) {
  const MappedFile mapping(Writable());
  ASSERT_EQ(mapping.Read(0, buffer_, 2 * kPageBytes), 8192);
  ASSERT_EQ(fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                      kPageBytes, kPageBytes),
            0);
  ASSERT_EQ(mapping.Read(0, buffer_, 2 * kPageBytes), 8192);
  EXPECT_EQ(buffer_[kPageBytes - 1], PoisonedMapping::Pattern(kPageBytes - 1));
  EXPECT_EQ(buffer_[kPageBytes], std::byte{0});
  ASSERT_EQ(mapping.Write(kPageBytes, "again", 5), 5);
  char back[5];
  ASSERT_EQ(pread(fd_.get(), back, 5, kPageBytes), 5);
  EXPECT_EQ(std::memcmp(back, "again", 5), 0);
}

TEST_F(MappedFileTest, RefusesAnEmptyFile) {
  ASSERT_EQ(ftruncate(fd_.get(), 0), 0);
  try {
    MappedFile mapping(Writable());
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("lay it out first"));
  }
}

TEST_F(MappedFileTest, TellsWhereACopyStoppedInAFileThatHasBecomeShorter) {
  const MappedFile mapping(Writable());
  ASSERT_EQ(ftruncate(fd_.get(), kPageBytes), 0);
  EXPECT_EQ(mapping.Read(100, buffer_, 2 * kPageBytes), -EIO);
  const CopyFault fault = LastCopyFault();
  EXPECT_FALSE(fault.poison);
  const auto* page = mapping.bytes().data() + kPageBytes;
  EXPECT_GE(fault.address, page);
  EXPECT_LT(fault.address, page + kPageBytes);
}

}  // namespace
}  // namespace daxmend
