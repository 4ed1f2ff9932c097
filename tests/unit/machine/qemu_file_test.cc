// SPDX-License-Identifier: GPL-2.0-only

#include "machine/qemu_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "system/file_io.h"

namespace daxmend {
namespace {

std::string Taken(QemuOutput& output) {
  std::string all;
  output.Take([&](std::string_view bytes) { all += bytes; });
  return all;
}

// As QEMU opens it: by name, to append.
FileDescriptor Writer(const QemuOutput& output) {
  return FileDescriptor::Open(output.path(), O_WRONLY | O_APPEND | O_NONBLOCK);
}

TEST(QemuOutput, TakesWhatItsWriterWroteOnce) {
  QemuOutput output("output");
  const FileDescriptor writer = Writer(output);
  EXPECT_EQ(Taken(output), "");
  WriteAll(writer.get(), "one", "it");
  EXPECT_EQ(Taken(output), "one");
  EXPECT_EQ(Taken(output), "");
  WriteAll(writer.get(), "two", "it");
  EXPECT_EQ(Taken(output), "two");
}

// A pipe would be full after 64 KiB, and a virtual serial port wait for the
// host.
TEST(QemuOutput, TakesEverythingHoweverLateItIsRead) {
  QemuOutput output("output");
  const FileDescriptor writer = Writer(output);
  std::string wanted;
  for (int i = 0; i < 3000; ++i) {
    const std::string line(1000, static_cast<char>('a' + i % 26));
    ASSERT_EQ(write(writer.get(), line.data(), line.size()), 1000);
    wanted += line;
  }
  EXPECT_TRUE(Taken(output) == wanted);
}

TEST(QemuOutput, ASecondWriterOverwritesNothing) {
  QemuOutput output("output");
  const FileDescriptor writer = Writer(output);
  WriteAll(writer.get(), "serial\n", "it");
  WriteAll(output.fd(), "stderr\n", "it");
  WriteAll(writer.get(), "serial\n", "it");
  EXPECT_EQ(Taken(output), "serial\nstderr\nserial\n");
}

TEST(QemuOutput, WhatWasTakenGivesItsMemoryBack) {
  QemuOutput output("output");
  const FileDescriptor writer = Writer(output);
  WriteAll(writer.get(), std::string(1 << 20, 'x'), "it");
  EXPECT_EQ(Taken(output).size(), size_t{1} << 20);
  struct stat st;
  ASSERT_EQ(fstat(output.fd(), &st), 0);
  EXPECT_EQ(st.st_blocks, 0);
}

}  // namespace
}  // namespace daxmend
