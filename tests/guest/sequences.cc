// SPDX-License-Identifier: GPL-2.0-only
//
// sequences COUNT SEED: random sequences of daxmend inject (again, too), clear
// and restore, each of them killed at a random moment or not, of writes and of
// stores through a mapping while they run and between them, of repairs by each
// strategy, and of attaching the namespace anew, on /mnt/pmem. After a restore
// nothing is poisoned, nothing is in the journal, and every byte of the file is
// the newest that was written to it. Prints what it did; exits with 1 when that
// is not so.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr char kFile[] = "/mnt/pmem/sequences.dat";
constexpr char kBackup[] = "/tmp/sequences.backup";
constexpr char kJournal[] = "/var/lib/daxmend/journal";
constexpr size_t kPage = 4096, kSector = 512, kPages = 16;
constexpr size_t kBytes = kPage * kPages;

sigjmp_buf on_bus_error;

std::string Text(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class Sequences {
 public:
  explicit Sequences(uint64_t seed) : random_(seed), newest_(kBytes, '\0') {}

  // Whether all is as it should be.
  bool Run() {
    story_.clear();
    Open();
    for (uint64_t left = 3 + Below(4); left > 0; --left) Step();
    Daxmend("restore", false);
    const bool good = Check();
    Close();
    return good;
  }
  const std::string& story() const { return story_; }
  uint64_t kills = 0, commands = 0, writes = 0, refused = 0;

 private:
  uint64_t Below(uint64_t n) { return random_() % n; }
  void Tell(const std::string& what) { story_ += what + "; "; }

  void Open() {
    fd_ = open(kFile, O_RDWR | O_CREAT, 0600);
    for (size_t page = 0; page < kPages; ++page) WriteWhole(page);
    Map();
  }
  void Close() {
    if (map_) munmap(map_, kBytes);
    map_ = nullptr;
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  void Map() {
    map_ = static_cast<char*>(
        mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0));
    if (map_ == MAP_FAILED) map_ = nullptr;
  }

  void Step() {
    switch (Below(9)) {
      case 0:
      case 1:
      case 2:
        return Inject();
      case 3:
        return Daxmend(std::string("clear ") + kFile, Below(3) == 0);
      case 4:
        return Daxmend("restore", Below(3) == 0);
      case 5:
        return Punch(Below(kPages));
      case 6:
        return RecoverByClearing(Below(kPages));
      case 7:
        return AttachAnew();
      default:
        Tell("writes");
        for (uint64_t n = 1 + Below(8); n > 0; --n) Write();
    }
  }

  void Inject() {
    std::string command = std::string("inject ") + kFile +
                          " --span 512 --seed " +
                          std::to_string(random_() % 1000) + " --count " +
                          std::to_string(1 + Below(4));
    if (Below(2)) command += " --via badblocks";
    if (Below(4)) command += " --no-wait";
    Daxmend(command, Below(2) == 0);
  }

  // Writes while it runs.
  void Daxmend(const std::string& command, bool killed) {
    using std::chrono::steady_clock;
    ++commands;
    const std::string line =
        "exec daxmend " + command + " >/tmp/sequences.out 2>&1";
    const pid_t child = fork();
    if (child == 0) {
      execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      _exit(127);
    }
    const auto end =
        steady_clock::now() + std::chrono::microseconds(Below(400'000));
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
      if (killed && steady_clock::now() > end) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        ++kills;
        break;
      }
      if (Below(3) == 0) Write();
      std::this_thread::sleep_for(std::chrono::milliseconds(Below(20)));
    }
    if (WIFSIGNALED(status)) return Tell("[" + command + "] killed");
    std::string said;
    if (WEXITSTATUS(status) != 0) {
      said = " exit " + std::to_string(WEXITSTATUS(status)) + ": " +
             Text("/tmp/sequences.out");
      if (!said.empty() && said.back() == '\n') said.pop_back();
    }
    Tell("[" + command + "]" + said);
  }

  void Write() {
    switch (Below(3)) {
      case 0:
        return WriteWhole(Below(kPages));
      case 1:
        return WriteAt(Below(kBytes / kSector) * kSector, kSector);
      default:
        return Store(Below(kBytes / kSector) * kSector);
    }
  }
  // Repairs what is poisoned in it.
  void WriteWhole(size_t page) { WriteAt(page * kPage, kPage); }
  void WriteAt(size_t offset, size_t length) {
    const std::string bytes = NewBytes(length);
    const ssize_t n =
        pwrite(fd_, bytes.data(), length, static_cast<off_t>(offset));
    if (n > 0)
      newest_.replace(offset, static_cast<size_t>(n), bytes, 0,
                      static_cast<size_t>(n));
    ++(n > 0 ? writes : refused);
  }
  void Store(size_t offset) {
    if (!map_) return;
    if (sigsetjmp(on_bus_error, 1) != 0) {
      ++refused;
      return;
    }
    const char letter = static_cast<char>('a' + Below(26));
    *static_cast<volatile char*>(map_ + offset) = letter;
    newest_[offset] = letter;
    ++writes;
  }
  std::string NewBytes(size_t length) {
    std::string bytes(length, '\0');
    for (size_t i = 0; i + 8 <= length; i += 8) {
      const uint64_t word = random_();
      std::memcpy(&bytes[i], &word, sizeof word);
    }
    return bytes;
  }

  // recovery=punch: the extent moves, the poison stays where it was.
  void Punch(size_t page) {
    Tell("punch " + std::to_string(page));
    if (fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  static_cast<off_t>(page * kPage), kPage) == 0)
      newest_.replace(page * kPage, kPage, kPage, '\0');
    WriteWhole(page);
  }
  // recovery=clear, by the engine: the clear-error call, then a write.
  void RecoverByClearing(size_t page) {
    Tell("recovery=clear " + std::to_string(page));
    std::ofstream(kBackup) << newest_;
    const std::string command =
        "cd /root/daxmend && fio --name=r "
        "--ioengine=external:build/fio-daxmend.so --recovery=clear --rw=read "
        "--bs=4k --size=4k --io_size=4k --offset=" +
        std::to_string(page * kPage) + " --filename=" + kFile +
        " --backup=" + kBackup + " >/tmp/sequences.fio 2>&1";
    if (std::system(command.c_str()) != 0)
      Tell("fio: " + Text("/tmp/sequences.fio"));
  }
  // As a reboot does: the kernel's list is made anew of what the firmware has.
  void AttachAnew() {
    Tell("attach anew");
    Close();
    if (std::system("umount /mnt/pmem && ndctl disable-region all && ndctl "
                    "enable-region all && mount -o dax=always /dev/pmem0 "
                    "/mnt/pmem >/dev/null") != 0)
      Tell("could not");
    fd_ = open(kFile, O_RDWR);
    Map();
  }

  bool Check() {
    std::string wrong;
    if (const std::string bad = Text("/sys/block/pmem0/badblocks");
        !bad.empty())
      wrong += "listed: " + bad;
    std::error_code none;  // nothing was ever injected: no directory
    for (const auto& file : std::filesystem::directory_iterator(kJournal, none))
      wrong += file.path().string() + " is left; ";
    std::string there(kBytes, '\0');
    if (pread(fd_, there.data(), kBytes, 0) != static_cast<ssize_t>(kBytes))
      wrong += std::string("read: ") + std::strerror(errno) + "; ";
    for (size_t at = 0; at < kBytes; at += kSector)
      if (there.compare(at, kSector, newest_, at, kSector) != 0)
        wrong += "sector " + std::to_string(at / kSector) + " is older; ";
    if (!wrong.empty()) Tell("WRONG: " + wrong);
    return wrong.empty();
  }

  std::mt19937_64 random_;
  std::string newest_;  // bytes of the file
  int fd_ = -1;
  char* map_ = nullptr;
  std::string story_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  struct sigaction action = {};
  action.sa_handler = [](int) { siglongjmp(on_bus_error, 1); };
  sigaction(SIGBUS, &action, nullptr);
  const uint64_t count = std::strtoull(argv[1], nullptr, 10);
  const uint64_t seed = std::strtoull(argv[2], nullptr, 10);
  uint64_t good = 0, kills = 0, commands = 0, writes = 0, refused = 0;
  for (uint64_t i = 0; i < count; ++i) {
    Sequences sequences(seed + i);
    const bool as_it_should_be = sequences.Run();
    good += as_it_should_be;
    if (!as_it_should_be)
      std::printf("# seed %llu: %s\n",
                  static_cast<unsigned long long>(seed + i),
                  sequences.story().c_str());
    kills += sequences.kills;
    commands += sequences.commands;
    writes += sequences.writes;
    refused += sequences.refused;
    if ((i + 1) % 20 == 0)
      std::printf("# %llu of %llu sequences\n",
                  static_cast<unsigned long long>(i + 1),
                  static_cast<unsigned long long>(count));
    std::fflush(stdout);
  }
  std::printf(
      "# %llu of %llu sequences from seed %llu: %llu commands, %llu "
      "killed; %llu writes and stores, %llu refused\n",
      static_cast<unsigned long long>(good),
      static_cast<unsigned long long>(count),
      static_cast<unsigned long long>(seed),
      static_cast<unsigned long long>(commands),
      static_cast<unsigned long long>(kills),
      static_cast<unsigned long long>(writes),
      static_cast<unsigned long long>(refused));
  return good == count ? 0 : 1;
}
