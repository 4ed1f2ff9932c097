// SPDX-License-Identifier: GPL-2.0-only
//
// A machine with emulated CXL memory devices in this process, whose drivers can
// be taken off and given back, and fail to be.

#ifndef DAXMEND_TESTS_UNIT_VALIDATE_FAKE_MEMDEVS_H_
#define DAXMEND_TESTS_UNIT_VALIDATE_FAKE_MEMDEVS_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "tests/unit/validate/emulated_memdev.h"
#include "validate/memdev/memdev_host.h"

namespace daxmend {

class FakeMemdevs : public MemdevHost {
 public:
  struct One {
    MemdevPlace place;
    uint64_t serial;
    MemoryDevice device;
    bool used = false;
    bool broken = false;   // has no registers
    bool unbound = false;  // has ever been
  };

  // "mem0" at "0000:0d:00.0", and so on; cxl_pci has it.
  One& Add(uint64_t serial) {
    const std::string number = std::to_string(all_.size());
    all_.push_back(std::unique_ptr<One>(
        new One{.place = {.name = "mem" + number,
                          .address = "0000:0d:0" + number + ".0",
                          .driver = "cxl_pci"},
                .serial = serial,
                .device = {{.bytes = kEmulatedBytes, .serial = serial},
                           [](uint64_t, const std::optional<HdmDecoder>&,
                              const CxlLine&) {}}}));
    return *all_.back();
  }
  // As it is after a run that was killed.
  static void TakeDriver(One& one) { one.place.name = one.place.driver = ""; }
  bool binds = true;  // whether a driver can be bound

  MemdevFacts Facts(const std::string& name) override {
    MemdevFacts facts = EmulatedFacts();
    for (const auto& one : all_)
      if (one->place.name == name) {
        facts.name = name;
        facts.serial = one->serial;
        return facts;
      }
    throw Error(name + " is no memory device");
  }
  std::vector<MemdevPlace> Find(uint64_t serial) override {
    std::vector<MemdevPlace> places;
    for (const auto& one : all_)
      if (one->serial == serial) places.push_back(one->place);
    return places;
  }
  void RequireUnused(const std::string& name, bool) override {
    for (const auto& one : all_)
      if (one->place.name == name && one->used)
        throw Error(name + " is a part of region0");
  }
  void RequireNoLockdown() override {}
  // Set LSA and Set Shutdown State are cxl_pmem's.
  std::unique_ptr<MemdevTransport> ByKernel(const MemdevFacts& facts) override {
    for (const auto& one : all_)
      if (one->place.name == facts.name) {
        auto kernel = std::make_unique<EmulatedKernel>(one->device);
        kernel->exclusive = {MemdevCommand::kSetLabels,
                             MemdevCommand::kSetShutdown};
        return kernel;
      }
    throw Error(facts.name + " has no driver");
  }
  std::unique_ptr<MemdevTransport> Directly(
      const MemdevFacts& facts, const std::string& address) override {
    One& one = At(address);
    if (!one.place.driver.empty()) throw Error(address + " has a driver");
    if (one.broken) throw Error(address + " has no registers");
    return std::make_unique<Direct>(facts, one.device);
  }
  void Unbind(const std::string& address, const std::string&) override {
    One& one = At(address);
    TakeDriver(one);
    one.unbound = true;
  }
  void Bind(const std::string& address, const std::string& driver) override {
    One& one = At(address);
    if (!binds) throw Error("give " + address + " back: No such device");
    one.place.driver = driver;
    for (size_t i = 0; i < all_.size(); ++i)
      if (all_[i].get() == &one) one.place.name = "mem" + std::to_string(i);
  }

 private:
  struct Registers {
    explicit Registers(MemoryDevice& device) : registers(device) {}
    EmulatedRegisters registers;
  };
  class Direct : Registers, public DirectMemdev {
   public:
    Direct(const MemdevFacts& facts, MemoryDevice& device)
        : Registers(device), DirectMemdev(facts, registers) {}
  };
  One& At(const std::string& address) {
    for (const auto& one : all_)
      if (one->place.address == address) return *one;
    throw Error("there is no " + address);
  }

  std::vector<std::unique_ptr<One>> all_;
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_VALIDATE_FAKE_MEMDEVS_H_
