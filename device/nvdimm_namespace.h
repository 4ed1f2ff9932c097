// SPDX-License-Identifier: GPL-2.0-only
//
// The NVDIMM namespace behind /dev/pmemN, and errors put into it and cleared
// from it: by libndctl, the calls that `ndctl inject-error` makes
// (ndctl/lib/inject.c, ndctl 76), and by the kernel's ioctl where libndctl
// hides what the firmware answers. The only room that includes libndctl.
//
// Not thread-safe: one object a thread.

#ifndef DAXMEND_DEVICE_NVDIMM_NAMESPACE_H_
#define DAXMEND_DEVICE_NVDIMM_NAMESPACE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/range.h"
#include "device/injector.h"
#include "device/nvdimm_region.h"

namespace daxmend {

class NvdimmNamespace : public Injector {
 public:
  // The namespace whose block device is `disk` ("pmem0"). Throws Error when no
  // NVDIMM bus has it.
  static std::unique_ptr<NvdimmNamespace> OfDisk(const std::string& disk);
  // The namespace of this name ("namespace0.0"). Throws Error when there is
  // none, or its mode has no bytes that a disk sector could be on.
  static std::unique_ptr<NvdimmNamespace> OfName(const std::string& name);
  // The namespace with this uuid, wherever it is now; null when none has it.
  static std::unique_ptr<NvdimmNamespace> OfUuid(const std::string& uuid);
  // The disks of all namespaces that have one.
  static std::vector<std::string> Disks();
  // The regions of persistent memory, with all namespaces that have a size.
  static std::vector<NvdimmRegion> Regions();

  ~NvdimmNamespace() override;

  const std::string& disk() const;            // "pmem0"
  const std::string& namespace_name() const;  // "namespace0.0"
  const std::string& bus() const;             // "ndbus0"
  // "ACPI.NFIT", "e820", "virtio-pmem".
  const std::string& provider() const;
  // A namespace that has none (e820 and virtio-pmem have no labels) is known by
  // its place, "e820@0x40000000".
  const std::string& uuid() const;
  // The physical addresses of the disk's bytes: what comes before them
  // (info blocks, struct pages) is left out.
  SpaRange media() const;

  // Whether the bus can inject; Inject and what follows it need that.
  bool CanInject() const;
  // Whether a write can take a sector off the kernel's list: by the firmware of
  // an NFIT, or where there is none and the kernel takes it for granted.
  bool CanClear() const;

  // Whether clearing leaves the bytes of the media alone: where no firmware is
  // asked, and where it is that of the emulated NVDIMM, which keeps a table
  // beside the memory (known by its NFIT's OEM ID). ACPI lets firmware leave
  // anything.
  bool ClearingKeepsBytes() const;

  // Asks the firmware to clear the errors in `bad` (ND_CMD_CLEAR_ERROR,
  // ACPI 6.5 §9.20.7.6; drivers/nvdimm/bus.c), widened to its clear unit.
  // Returns the bytes of `bad` that it says are good now, counted from the
  // beginning, or -errno; does not throw. When that is not all, *why says why.
  // The kernel's list of the disk's bad sectors stays as it is.
  int64_t ClearErrors(SpaRange bad, std::string* why);

  std::string_view name() const override { return "ndctl"; }
  // Whether Inject poisons whole sectors (as if not set otherwise) or only the
  // first clear unit of each, as 'ndctl inject-error' does by default. The
  // kernel lists the sector in both cases.
  void set_saturate(bool saturate) { saturate_ = saturate; }
  // ARS Error Inject (ACPI 6.5 §9.20.7.9) by ND_CMD_CALL and not by libndctl,
  // which takes every status but 1 and 2 for success: what the firmware refuses
  // ends in an Error, so what it does not have afterwards was cleared.
  void Inject(SectorRange sectors, bool notify) override;
  void Uninject(SectorRange sectors) override;
  std::vector<SectorRange> Injected() override;
  // Does the kernel hear of new poison by itself (an ACPI bus)? On others it
  // learns of it from who meets it, or writes it into the list.
  bool announces() const;
  void StartScrub() override;
  void WaitForScrub() override;

 private:
  // The answer's status; throws Error when the firmware cannot be asked.
  uint32_t InjectOnce(SpaRange range, bool notify);
  // 0 and *unit (bytes), or -errno.
  int AskClearUnit(uint64_t* unit);
  // The same; throws Error.
  uint64_t ClearUnit();

  struct Library;
  explicit NvdimmNamespace(std::unique_ptr<Library> library);
  template <class Matches>
  static std::unique_ptr<NvdimmNamespace> FindFirst(Matches matches);

  std::unique_ptr<Library> library_;
  bool saturate_ = true;
};

}  // namespace daxmend

#endif  // DAXMEND_DEVICE_NVDIMM_NAMESPACE_H_
