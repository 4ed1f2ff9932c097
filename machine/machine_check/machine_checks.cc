// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine_check/machine_checks.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.h"
#include "machine/machine_check/load_exchange.h"
#include "machine/machine_check/load_watch.h"

namespace daxmend {
namespace {

FileDescriptor Event() {
  FileDescriptor event(eventfd(0, EFD_CLOEXEC));
  if (!event) throw ErrnoError("make an eventfd", errno);
  return event;
}

void Raise(const FileDescriptor& event) {
  const uint64_t one = 1;
  // An eventfd takes it.
  if (write(event.get(), &one, sizeof one) < 0) return;
}

// What this process and the plugin tell each other.
class SharedPlace {
 public:
  explicit SharedPlace(const MemoryFile& file) {
    at_ = mmap(nullptr, sizeof(LoadExchange), PROT_READ | PROT_WRITE,
               MAP_SHARED, file.fd(), 0);
    if (at_ == MAP_FAILED) throw ErrnoError("map the place of loads", errno);
  }
  ~SharedPlace() { munmap(at_, sizeof(LoadExchange)); }
  SharedPlace(const SharedPlace&) = delete;
  SharedPlace& operator=(const SharedPlace&) = delete;
  LoadExchange& exchange() { return *static_cast<LoadExchange*>(at_); }

 private:
  void* at_ = nullptr;
};

}  // namespace

MachineChecks::MachineChecks(const NvdimmParameters& nvdimm, int ram)
    : nvdimm_(nvdimm),
      ram_(ram),
      place_("the place of loads"),
      stop_(Event()),
      failed_(Event()) {
  place_.Resize(sizeof(LoadExchange));
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw ErrnoError("make a socket for QEMU's debugger", errno);
  ours_ = FileDescriptor(ends[0]);
  theirs_ = FileDescriptor(ends[1]);
}

MachineChecks::~MachineChecks() {
  if (!thread_.joinable()) return;
  Raise(stop_);
  thread_.join();
}

void MachineChecks::Started() {
  theirs_ = FileDescriptor();
  thread_ = std::thread([this] { Run(); });
}

void MachineChecks::Run() {
  try {
    const PoisonedUnits units(nvdimm_, ram_);
    SharedPlace place(place_);
    GdbStub stub(ours_.get(), stop_.get());
    LoadWatch watch(stub, units, place.exchange(), raised_);
    watch.Run();
  } catch (const GuestGone&) {
  } catch (...) {
    failure_ = std::current_exception();
    Raise(failed_);
  }
}

RaisedChecks MachineChecks::Finish() {
  Raise(stop_);
  if (thread_.joinable()) thread_.join();
  if (failure_) std::rethrow_exception(failure_);
  return std::move(raised_);
}

}  // namespace daxmend
