// SPDX-License-Identifier: GPL-2.0-only
//
// shell_session DAXMEND [VM-OPTION]..., with --boots 2: types into the shell of
// `daxmend vm` as somebody at a terminal of 37 rows and 101 columns does, and
// reads what that shows. One "ok" or "not ok" line a check; exit status 1 when
// one failed. It waits without a limit of its own: --timeout of `daxmend vm`
// ends the guest.

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

int checks = 0;
int failed = 0;

bool Check(bool good, const std::string& what) {
  std::printf("%s %d - %s\n", good ? "ok" : "not ok", ++checks, what.c_str());
  std::fflush(stdout);
  failed += !good;
  return good;
}

class Session {
 public:
  explicit Session(std::vector<std::string> command) {
    winsize size = {};
    size.ws_row = 37;
    size.ws_col = 101;
    if (openpty(&screen_, &terminal_, nullptr, nullptr, &size)) std::exit(2);
    tcgetattr(terminal_, &before_);
    child_ = fork();
    if (child_ != 0) return;
    setsid();
    ioctl(terminal_, TIOCSCTTY, 0);
    for (int fd = 0; fd < 3; ++fd) dup2(terminal_, fd);
    close(screen_);
    close(terminal_);
    std::vector<char*> words;
    for (std::string& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    execv(words[0], words.data());
    _exit(127);
  }

  void Type(const std::string& keys) {
    if (write(screen_, keys.data(), keys.size()) < 0) std::perror("write");
  }

  // Reads until the screen has shown `text`, after what was found before; what
  // was read is shown when that never comes.
  bool Shows(const std::string& text) {
    for (;;) {
      const size_t at = seen_.find(text);
      if (at != std::string::npos) {
        seen_.erase(0, at + text.size());
        return true;
      }
      if (!Read()) {
        std::printf("# the screen, without \"%s\":\n%s\n", text.c_str(),
                    seen_.c_str());
        return false;
      }
    }
  }

  void Resize(unsigned short rows, unsigned short columns) {
    winsize size = {};
    size.ws_row = rows;
    size.ws_col = columns;
    ioctl(screen_, TIOCSWINSZ, &size);
  }

  // Its exit status, when all it showed has been read.
  int End() {
    while (Read()) {
    }
    int status = 0;
    waitpid(child_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  bool IsAsBefore() const {
    termios now = {};
    tcgetattr(terminal_, &now);
    return now.c_lflag == before_.c_lflag && now.c_iflag == before_.c_iflag &&
           now.c_oflag == before_.c_oflag;
  }

 private:
  // False when the program has ended and there is nothing more. We have the
  // terminal open, too: its end does not show on the screen's side.
  bool Read() {
    char text[4096];
    fcntl(screen_, F_SETFL, O_NONBLOCK);
    for (;;) {
      const bool ended = HasEnded();
      const ssize_t n = read(screen_, text, sizeof text);
      if (n > 0) {
        seen_.append(text, static_cast<size_t>(n));
        return true;
      }
      if (ended) return false;
      usleep(10000);
    }
  }

  bool HasEnded() const {
    siginfo_t info = {};
    return waitid(P_PID, static_cast<id_t>(child_), &info,
                  WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == child_;
  }

  int screen_ = -1;
  int terminal_ = -1;
  termios before_ = {};
  pid_t child_ = -1;
  std::string seen_;
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> command(argv + 1, argv + argc);
  command.insert(command.begin() + 1, "vm");
  Session session(command);
  if (!Check(session.Shows("guest:~/daxmend# "), "the shell shows a prompt"))
    return 1;
  session.Type("echo size $(stty size), $TERM\r");
  const char* term = std::getenv("TERM");
  Check(session.Shows(std::string("size 37 101, ") + (term ? term : "vt100")),
        "it knows the terminal's size and kind");
  session.Type(
      "echo number $((1000+3X\x7f"
      "37))\r");
  Check(session.Shows("number 1337"), "a line can be edited");
  session.Type("sh -c 'echo run''ning; exec sleep 1000'\r");
  Check(session.Shows("running"), "a program runs in it");
  session.Type("\x03");
  session.Type("echo status $?\r");
  Check(session.Shows("status 130"), "Ctrl-C ends that program, and only that");
  session.Resize(50, 132);
  session.Type(
      "until [ \"$(stty size)\" = '50 132' ]; do sleep 0.1; done; echo si''zed"
      "\r");
  Check(session.Shows("sized"), "it learns that the window has another size");
  session.Type("dmesg -n 1; df /mnt/pmem | grep -o /dev/pm''em0\r");
  Check(session.Shows("/dev/pmem0"), "the file system is there");
  session.Type("reboot -f\r");
  Check(session.Shows("(boot 2)") && session.Shows("guest:~/daxmend# "),
        "it comes back after a reboot");
  session.Type("echo boot $DAXMEND_BOOT, $(stty size)\r");
  Check(session.Shows("boot 2, 50 132"), "with the window as it is now");
  session.Type("exit 7\r");
  Check(session.End() == 7, "the shell's exit status is that of daxmend vm");
  Check(session.IsAsBefore(), "the terminal is as it was");
  std::printf("1..%d\n", checks);
  return failed > 0;
}
