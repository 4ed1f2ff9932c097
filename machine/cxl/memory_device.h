// SPDX-License-Identifier: GPL-2.0-only
//
// A CXL type 3 memory device (CXL 3.1): what stock kernels' drivers see of one.
//
//   configuration space   PCI Express endpoint of class 05:02:10, MSI, DVSECs
//                         "PCIe DVSEC for CXL Devices" and "Register Locator"
//   BAR 0                 component registers: RAS and HDM decoders
//   BAR 2                 device registers: status, mailbox, memory device
//   status
//
// Its memory is not here: the guest reaches that by the window that the
// firmware tables describe (cedt.h).
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_CXL_MEMORY_DEVICE_H_
#define DAXMEND_MACHINE_CXL_MEMORY_DEVICE_H_

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "machine/cxl/component_registers.h"
#include "machine/cxl/faults/wrong_answer.h"
#include "machine/cxl/memory_commands.h"
#include "machine/cxl/pci_function.h"
#include "machine/cxl/register_block.h"

namespace daxmend {

class MemoryDevice : public PciFunction {
 public:
  // `store` writes a line of the media at a DPA, which `decoder` maps to
  // physical addresses; none when it is not mapped.
  using Store =
      std::function<void(uint64_t dpa, const std::optional<HdmDecoder>& decoder,
                         const CxlLine& line)>;
  MemoryDevice(const CxlDeviceParameters& parameters, Store store);

  uint64_t RegionBytes(uint32_t region) const override;
  void Read(uint32_t region, uint64_t offset, std::span<std::byte> to) override;
  void Write(uint32_t region, uint64_t offset,
             std::span<const std::byte> from) override;
  void Reset() override;
  uint32_t Interrupts() const override;
  void ConnectInterrupt(uint32_t vector, std::function<void()> raise) override;

  const MemoryCommands& commands() const { return commands_; }
  // What it does wrong from now on.
  void SetFaults(const CxlFaults& faults);
  // The committed decoder that has `dpa`.
  std::optional<HdmDecoder> DecoderOf(uint64_t dpa) const {
    return component_.DecoderOf(dpa);
  }

 private:
  static constexpr uint32_t kVectors = 2;

  void FillConfig();
  void FillDevice();
  const RegisterBlock* Region(uint32_t region) const;
  bool Has(CxlFault fault) const { return faults_.own.contains(fault); }
  // What the host has just written may be an order.
  void AfterDeviceWrite();
  void AfterConfigWrite();
  // Runs the mailbox's command.
  void Answer();
  // The command by way of faults [first, ...).
  CxlReply Run(size_t first, uint16_t opcode, CxlInput in);
  CxlReply Select(CxlInput in);
  // Registers whose value is that of this moment.
  void Refresh();

  // How often the host looks until a late device answers.
  static constexpr uint64_t kLate = 2100;

  CxlFaults faults_;
  std::vector<WrongDevice> wrong_;  // one for each of faults_.answers
  uint64_t looks_ = 0;              // at a doorbell that stays set
  MemoryCommands commands_;
  RegisterBlock config_, device_;
  ComponentRegisters component_;
  std::array<std::function<void()>, kVectors> raise_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_CXL_MEMORY_DEVICE_H_
