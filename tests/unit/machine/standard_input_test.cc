// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/standard_input.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "core/error.h"
#include "machine/qemu_file.h"
#include "system/file_descriptor.h"
#include "system/file_io.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr auto kWall = Clock::kWall;
constexpr auto kVirtual = Clock::kVirtual;

void Never() { FAIL() << "it waited"; }

class StandardInputTest : public InScratchDirectory {
 protected:
  StandardInputTest() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    reader_ = FileDescriptor(ends[0]);
    writer_ = FileDescriptor(ends[1]);
  }

  FileDescriptor File(const std::string& content, int flags = O_RDONLY) {
    const std::string path = directory_ + "/file";
    std::ofstream(path) << content;
    return FileDescriptor::Open(path, flags);
  }

  FileDescriptor reader_;
  FileDescriptor writer_;
};

TEST_F(StandardInputTest, ThereIsNoneInNullAndInWhatIsNotOpenForReading) {
  for (Clock clock : {kWall, kVirtual}) {
    EXPECT_EQ(ChooseInput(-1, clock, 1), InputWay::kNone);
    for (int flags : {O_RDONLY, O_WRONLY, O_RDWR})  // nohup's is O_WRONLY
      EXPECT_EQ(
          ChooseInput(FileDescriptor::Open("/dev/null", flags).get(), clock, 1),
          InputWay::kNone);
    EXPECT_EQ(ChooseInput(File("", O_WRONLY).get(), clock, 1), InputWay::kNone);
  }
}

TEST_F(StandardInputTest, AFileIsReadWhole) {
  EXPECT_EQ(ChooseInput(File("x").get(), kWall, 1), InputWay::kWhole);
  EXPECT_EQ(ChooseInput(File("x").get(), kVirtual, 1), InputWay::kWhole);
}

TEST_F(StandardInputTest, APipeIsPassedOnWhereTheHostMayDisturbTheGuest) {
  EXPECT_EQ(ChooseInput(reader_.get(), kWall, 1), InputWay::kStream);
  EXPECT_EQ(ChooseInput(reader_.get(), kVirtual, 1), InputWay::kWhole);
  // Every boot is to get it from its beginning.
  EXPECT_EQ(ChooseInput(reader_.get(), kWall, 2), InputWay::kWhole);
}

TEST_F(StandardInputTest, ATerminalIsNeverWaitedFor) {
  int master = -1;
  int slave = -1;
  ASSERT_EQ(openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  const FileDescriptor keyboard(master);
  const FileDescriptor terminal(slave);
  EXPECT_EQ(ChooseInput(slave, kWall, 1), InputWay::kStream);
  EXPECT_EQ(ChooseInput(slave, kVirtual, 1), InputWay::kNone);
  EXPECT_EQ(ChooseInput(slave, kWall, 2), InputWay::kNone);
}

TEST_F(StandardInputTest, AllBytesOfAPipeAreReadToItsEnd) {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes += static_cast<char>(c);
  WriteAll(writer_.get(), bytes, "the test's pipe");
  writer_ = FileDescriptor();
  EXPECT_EQ(ReadInput(reader_.get(), 600, Never), bytes);
}

TEST_F(StandardInputTest, AFileIsReadFromWhereItIs) {
  const FileDescriptor file = File("first\nsecond\n");
  ASSERT_EQ(lseek(file.get(), 6, SEEK_SET), 6);
  EXPECT_EQ(ReadInput(file.get(), 600, Never), "second\n");
}

TEST_F(StandardInputTest, AWriterThatNeverEndsIsToldOfAndGivenUp) {
  int told = 0;
  EXPECT_THAT([&] { ReadInput(reader_.get(), 3, [&] { ++told; }); },
              ThrowsMessage<Error>(HasSubstr("</dev/null")));
  EXPECT_EQ(told, 1);
}

TEST_F(StandardInputTest, ADirectoryIsAnError) {
  const FileDescriptor directory =
      FileDescriptor::Open(directory_, O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(ChooseInput(directory.get(), kVirtual, 1), InputWay::kWhole);
  EXPECT_THAT([&] { ReadInput(directory.get(), 600, Never); },
              ThrowsMessage<Error>(HasSubstr("standard input")));
}

TEST(StandardDescriptorsTest, NoFileGetsTheNumberOfOneThatIsClosed) {
  const pid_t child = fork();
  if (child == 0) {
    close(STDIN_FILENO);
    close(STDERR_FILENO);
    HoldStandardDescriptors();
    _exit(open("/dev/zero", O_RDONLY) > STDERR_FILENO &&
          ChooseInput(STDIN_FILENO, kWall, 1) == InputWay::kNone);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

}  // namespace
}  // namespace daxmend
