// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/pci_registers.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "core/error.h"
#include "system/file_descriptor.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

constexpr size_t kConfigBytes = 4096;

bool PutOne(const std::string& file, char value) {
  const FileDescriptor fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && write(fd.get(), &value, 1) == 1;
}

template <class Word>
uint64_t Load(const volatile uint8_t* at) {
  return *reinterpret_cast<const volatile Word*>(at);
}
template <class Word>
void Store(volatile uint8_t* at, uint64_t value) {
  *reinterpret_cast<volatile Word*>(at) = static_cast<Word>(value);
}

}  // namespace

PciRegisters::PciRegisters(const std::string& address)
    : place_("/sys/bus/pci/devices/" + address) {
  PutOne(place_ + "/enable", '1');
  const FileDescriptor fd = FileDescriptor::Open(place_ + "/config", O_RDONLY);
  config_.resize(kConfigBytes);
  const ssize_t n = pread(fd.get(), config_.data(), config_.size(), 0);
  if (n < 0) throw ErrnoError("read " + place_ + "/config", errno);
  config_.resize(static_cast<size_t>(n));
}

PciRegisters::~PciRegisters() {
  for (auto& [number, bar] : bars_)
    if (bar.begin) munmap(const_cast<uint8_t*>(bar.begin), bar.bytes);
  PutOne(place_ + "/enable", '0');
}

PciRegisters::Bar& PciRegisters::At(unsigned number) {
  const auto [at, is_new] = bars_.try_emplace(number);
  Bar& bar = at->second;
  if (!is_new) return bar;
  const std::string file = place_ + "/resource" + std::to_string(number);
  const FileDescriptor fd(open(file.c_str(), O_RDWR | O_SYNC | O_CLOEXEC));
  struct stat status {};
  if (!fd || fstat(fd.get(), &status) != 0) {
    if (errno == ENOENT) return bar;
    throw ErrnoError("open " + file, errno,
                     errno == EPERM ? "boot without lockdown=" : "");
  }
  void* begin = mmap(nullptr, static_cast<size_t>(status.st_size),
                     PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (begin == MAP_FAILED)
    throw ErrnoError("map " + file, errno,
                     errno == EPERM ? "boot without lockdown="
                                    : "see whether a driver has the device");
  bar.begin = static_cast<volatile uint8_t*>(begin);
  bar.bytes = static_cast<uint64_t>(status.st_size);
  return bar;
}

uint32_t PciRegisters::Config(uint32_t offset) {
  uint32_t value = UINT32_MAX;
  if (offset + sizeof value <= config_.size())
    std::memcpy(&value, config_.data() + offset, sizeof value);
  return value;
}

uint64_t PciRegisters::BarBytes(unsigned bar) { return At(bar).bytes; }

uint64_t PciRegisters::Read(unsigned bar, uint64_t offset, unsigned bytes) {
  const volatile uint8_t* at = At(bar).begin + offset;
  switch (bytes) {
    case 1:
      return Load<uint8_t>(at);
    case 4:
      return Load<uint32_t>(at);
    default:
      return Load<uint64_t>(at);
  }
}

void PciRegisters::Write(unsigned bar, uint64_t offset, unsigned bytes,
                         uint64_t value) {
  volatile uint8_t* at = At(bar).begin + offset;
  switch (bytes) {
    case 1:
      return Store<uint8_t>(at, value);
    case 4:
      return Store<uint32_t>(at, value);
    default:
      return Store<uint64_t>(at, value);
  }
}

bool PciRegisters::Reset() { return PutOne(place_ + "/reset", '1'); }

std::chrono::nanoseconds PciRegisters::Now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

void PciRegisters::Sleep(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

}  // namespace daxmend
