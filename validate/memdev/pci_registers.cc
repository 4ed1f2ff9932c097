// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/pci_registers.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "core/error.h"
#include "system/file_descriptor.h"
#include "validate/payload_reader.h"

namespace daxmend {
namespace {

constexpr char kDevices[] = "/sys/bus/pci/devices/";
constexpr size_t kConfigBytes = 4096;

std::string ReadConfig(const std::string& place) {
  const FileDescriptor fd = FileDescriptor::Open(place + "/config", O_RDONLY);
  std::string config(kConfigBytes, '\0');
  const ssize_t n = pread(fd.get(), config.data(), config.size(), 0);
  if (n < 0) throw ErrnoError("read " + place + "/config", errno);
  config.resize(static_cast<size_t>(n));
  return config;
}

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

uint64_t SerialIn(std::string_view config) {
  const auto word = [&](size_t at) {
    return PayloadReader(config.substr(std::min(at, config.size())))
        .Take<uint32_t>();
  };
  // Extended capabilities, of which there is room for so many.
  constexpr uint32_t kFirst = 0x100, kSerial = 0x3;
  constexpr int kMost = 960;
  uint32_t at = kFirst;
  for (int i = 0; i < kMost && at >= kFirst; ++i) {
    const uint32_t header = word(at);
    if ((header & 0xffff) == kSerial)
      return word(at + 4) | uint64_t{word(at + 8)} << 32;
    at = header >> 20 & ~3u;
  }
  return 0;
}

PciRegisters::PciRegisters(const std::string& address)
    : place_(kDevices + address) {
  PutOne(place_ + "/enable", '1');
  config_ = ReadConfig(place_);
}

uint64_t PciRegisters::SerialOf(const std::string& address) {
  return SerialIn(ReadConfig(kDevices + address));
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
