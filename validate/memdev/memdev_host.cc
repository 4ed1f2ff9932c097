// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/memdev_host.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/text.h"
#include "device/cxl/region_facts.h"
#include "validate/memdev/direct_memdev.h"
#include "validate/memdev/kernel_memdev.h"
#include "validate/memdev/pci_registers.h"
#include "validate/memdev/unbound_driver.h"

namespace daxmend {
namespace {

// The registers end after whoever asks by them.
class OwnRegisters {
 protected:
  explicit OwnRegisters(const std::string& address) : registers_(address) {}
  PciRegisters registers_;
};
class DirectFunction : OwnRegisters, public DirectMemdev {
 public:
  DirectFunction(const MemdevFacts& facts, const std::string& address)
      : OwnRegisters(address), DirectMemdev(facts, registers_) {}
};

class MachinesMemdevs : public MemdevHost {
 public:
  MemdevFacts Facts(const std::string& wanted) override {
    return FindMemdev(wanted);
  }

  std::vector<MemdevPlace> Find(uint64_t serial) override {
    std::vector<MemdevPlace> places;
    for (const std::string& memdev : CxlMemdevs()) {
      if (ReadCxlMemdev(memdev).serial != serial) continue;
      const std::string address = PciAddressOf(memdev);
      places.push_back({.name = memdev,
                        .address = address,
                        .driver = address.empty() ? "" : DriverOf(address)});
    }
    for (const std::string& address : CxlFunctions()) {
      const bool known = std::any_of(
          places.begin(), places.end(),
          [&](const auto& place) { return place.address == address; });
      if (!known && PciRegisters::SerialOf(address) == serial)
        places.push_back(
            {.name = "", .address = address, .driver = DriverOf(address)});
    }
    return places;
  }

  void RequireUnused(const std::string& name, bool written) override {
    daxmend::RequireUnused(name, written);
  }
  void RequireNoLockdown() override { daxmend::RequireNoLockdown(); }

  std::unique_ptr<MemdevTransport> ByKernel(const MemdevFacts& facts) override {
    return std::make_unique<KernelMemdev>(facts);
  }
  std::unique_ptr<MemdevTransport> Directly(
      const MemdevFacts& facts, const std::string& address) override {
    return std::make_unique<DirectFunction>(facts, address);
  }
  void Unbind(const std::string& address, const std::string& driver) override {
    UnbindDriver(address, driver);
  }
  void Bind(const std::string& address, const std::string& driver) override {
    BindDriver(address, driver);
  }
};

}  // namespace

std::unique_ptr<MemdevHost> ThisMachinesMemdevs() {
  return std::make_unique<MachinesMemdevs>();
}

MemdevPlace OnlyPlaceOf(MemdevHost& host, uint64_t serial) {
  const std::string thing = "the CXL memory device " + Hexadecimal(serial);
  if (serial == 0)
    throw Error({.thing = thing,
                 .cause = "has no serial number by which it could be found "
                          "again",
                 .way_out = "leave --direct and --destructive out"});
  const std::vector<MemdevPlace> places = host.Find(serial);
  if (places.empty())
    throw Error({.thing = thing, .cause = "is not in this machine"});
  if (places.size() > 1)
    throw Error({.thing = thing,
                 .cause = fmt::format("is one of {} with that serial number "
                                      "({} and {})",
                                      places.size(), places[0].address,
                                      places[1].address),
                 .way_out = "leave --direct and --destructive out, or take "
                            "the others out of the machine"});
  return places.front();
}

}  // namespace daxmend
