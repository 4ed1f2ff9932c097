// SPDX-License-Identifier: GPL-2.0-only
//
// dm_device NAME [FIRST LENGTH TARGET PARAMETERS]...
//
// Makes the device-mapper device /dev/NAME of these targets, or gives these to
// the one that is there, as dmsetup create and reload do, which is no package
// of a guest's; without targets removes it. Sectors of 512 bytes; PARAMETERS as
// in Documentation/admin-guide/device-mapper.

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

// Beside the command's header there is room for its targets.
struct Command {
  dm_ioctl head;
  char targets[16384];
};

void Ask(int control, unsigned long what, const char* called,
         Command* command) {
  if (ioctl(control, what, command) == 0) return;
  std::perror(called);
  std::exit(1);
}

Command For(const std::string& name) {
  Command command = {};
  command.head.version[0] = DM_VERSION_MAJOR;
  command.head.data_size = sizeof command;
  command.head.data_start = offsetof(Command, targets);
  name.copy(command.head.name, sizeof command.head.name - 1);
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || (argc - 2) % 4 != 0) {
    std::fprintf(stderr,
                 "usage: dm_device NAME [FIRST LENGTH TARGET PARAMETERS]...\n");
    return 2;
  }
  const std::string name = argv[1], node = "/dev/" + name;
  const int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
  if (control < 0) {
    std::perror("/dev/mapper/control");
    return 1;
  }
  Command command = For(name);
  if (argc == 2) {
    Ask(control, DM_DEV_REMOVE, "remove", &command);
    unlink(node.c_str());
    return 0;
  }
  if (ioctl(control, DM_DEV_CREATE, &command) != 0 && errno != EBUSY) {
    std::perror("create");
    return 1;
  }
  command = For(name);
  size_t at = 0;
  for (int i = 2; i < argc; i += 4) {
    const std::string parameters = argv[i + 3];
    dm_target_spec target = {};
    target.sector_start = std::strtoull(argv[i], nullptr, 10);
    target.length = std::strtoull(argv[i + 1], nullptr, 10);
    std::string(argv[i + 2])
        .copy(target.target_type, sizeof target.target_type - 1);
    // The next one begins aligned.
    target.next = static_cast<uint32_t>(
        (sizeof target + parameters.size() + 1 + 7) & ~size_t{7});
    if (at + target.next > sizeof command.targets) return 2;
    std::memcpy(command.targets + at, &target, sizeof target);
    std::memcpy(command.targets + at + sizeof target, parameters.c_str(),
                parameters.size() + 1);
    at += target.next;
    ++command.head.target_count;
  }
  Ask(control, DM_TABLE_LOAD, "load", &command);
  command = For(name);
  Ask(control, DM_DEV_SUSPEND, "resume", &command);
  unlink(node.c_str());
  if (mknod(node.c_str(), S_IFBLK | 0600, command.head.dev) != 0) {
    std::perror(node.c_str());
    return 1;
  }
  return 0;
}
