// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/input_stream.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "system/file_io.h"

namespace daxmend {
namespace {

using ::testing::ElementsAre;

// The guest's side (image/init.sh) and the loop of guest.cc.
class InputStreamTest : public testing::Test {
 protected:
  InputStreamTest() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    source_ = FileDescriptor(ends[0]);
    writer_ = FileDescriptor(ends[1]);
  }

  void Write(const std::string& bytes) {
    WriteAll(writer_.get(), bytes, "the test's pipe");
  }

  // The guest asks for a part.
  void Ask(InputStream& stream) {
    ASSERT_EQ(send(control_.guest_fd(), "next\n", 5, 0), 5);
    control_.Take([&](const std::string& line) { stream.Take(line); });
  }

  // What the guest is sent, without its end; nothing when there is nothing.
  std::string Sent() {
    char line[64];
    const ssize_t n =
        recv(control_.guest_fd(), line, sizeof line, MSG_DONTWAIT);
    return n > 0 ? std::string(line, static_cast<size_t>(n) - 1) : "";
  }

  // What is on the disk.
  std::string Disk(const InputStream& stream, size_t bytes) {
    std::string content(bytes, '\0');
    EXPECT_EQ(pread(stream.disk().fd(), content.data(), bytes, 0),
              static_cast<ssize_t>(bytes));
    return content;
  }

  FileDescriptor source_;
  FileDescriptor writer_;
  ControlLine control_;
};

TEST_F(InputStreamTest, NothingIsReadThatTheGuestDidNotAskFor) {
  InputStream stream(source_.get(), control_);
  Write("abc");
  EXPECT_EQ(stream.source(), -1);
  Ask(stream);
  EXPECT_EQ(stream.source(), source_.get());
  stream.PassOn();
  EXPECT_EQ(stream.source(), -1);
  EXPECT_EQ(Sent(), "3 1");
  EXPECT_EQ(Disk(stream, 3), "abc");
}

TEST_F(InputStreamTest, TheEndIsSentAfterTheLastPartAndOnlyThen) {
  InputStream stream(source_.get(), control_);
  Write("abc");
  writer_ = FileDescriptor();
  Ask(stream);
  stream.PassOn();
  EXPECT_EQ(Sent(), "3 1");
  EXPECT_EQ(Sent(), "");
  Ask(stream);
  if (stream.source() >= 0) stream.PassOn();
  EXPECT_EQ(Sent(), "0 0");
  EXPECT_EQ(stream.source(), -1);
}

TEST_F(InputStreamTest, AnInputWithNothingInItEndsAtOnce) {
  InputStream stream(source_.get(), control_);
  writer_ = FileDescriptor();
  Ask(stream);
  stream.PassOn();
  EXPECT_EQ(Sent(), "0 0");
}

TEST_F(InputStreamTest, EveryByteOfSeveralMegabytesArrivesInItsPlace) {
  InputStream stream(source_.get(), control_);
  std::string bytes(5'000'003, '\0');
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i * 2654435761u >> 13);
  std::thread producer([&] {
    Write(bytes);
    writer_ = FileDescriptor();
  });
  std::string arrived;
  for (;;) {
    Ask(stream);
    std::string line = Sent();
    while (line.empty()) {
      pollfd readable = {stream.source(), POLLIN, 0};
      ASSERT_GE(readable.fd, 0);
      poll(&readable, 1, -1);
      stream.PassOn();
      line = Sent();
    }
    if (line == "0 0") break;
    const size_t size = std::stoul(line);
    EXPECT_EQ(line, std::to_string(size) + " " +
                        std::to_string((size + 4095) / 4096));
    arrived += Disk(stream, size);
  }
  producer.join();
  EXPECT_TRUE(arrived == bytes);
}

TEST_F(InputStreamTest, ATerminalGivesALineAtATimeAndEndsWithCtrlD) {
  int master = -1;
  int slave = -1;
  ASSERT_EQ(openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  const FileDescriptor keyboard(master);
  const FileDescriptor terminal(slave);
  InputStream stream(terminal.get(), control_);
  Ask(stream);
  // It is no controlling terminal of ours, and has no foreground.
  EXPECT_EQ(stream.source(), terminal.get());
  WriteAll(keyboard.get(), "line\n\x04", "the test's terminal");
  stream.PassOn();
  EXPECT_EQ(Sent(), "5 1");
  EXPECT_EQ(Disk(stream, 5), "line\n");
  Ask(stream);
  stream.PassOn();
  EXPECT_EQ(Sent(), "0 0");
}

TEST(ControlLineTest, LinesArriveWholeHoweverTheyAreCut) {
  ControlLine control;
  std::vector<std::string> lines;
  auto take = [&](const std::string& line) { lines.push_back(line); };
  send(control.guest_fd(), "ne", 2, 0);
  control.Take(take);
  send(control.guest_fd(), "xt\r\nmore\n", 9, 0);
  control.Take(take);
  EXPECT_THAT(lines, ElementsAre("next", "more"));
}

TEST(ControlLineTest, AGuestThatHasEndedIsNotWaitedFor) {
  ControlLine control;
  EXPECT_GE(control.fd(), 0);
  control.CloseGuestEnd();
  control.Send("0 0");
  control.Take([](const std::string&) {});
  EXPECT_EQ(control.fd(), -1);
}

}  // namespace
}  // namespace daxmend
