// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/live_input.h"

namespace daxmend {

void StreamedInput::Equip(Machine& machine, ProcessStart& qemu) {
  machine.control = control_.guest_fd();
  machine.input = stream_.disk().path();
  qemu.inherited.push_back(control_.guest_fd());
  qemu.inherited.push_back(stream_.disk().fd());
}

std::vector<pollfd> StreamedInput::WaitFor() const {
  return {{control_.fd(), POLLIN, 0}, {stream_.source(), POLLIN, 0}};
}

void StreamedInput::Work() {
  if (control_.fd() >= 0)
    control_.Take([&](const std::string& line) { stream_.Take(line); });
  pollfd readable = {stream_.source(), POLLIN, 0};
  if (poll(&readable, 1, 0) > 0) stream_.PassOn();
}

}  // namespace daxmend
