// SPDX-License-Identifier: GPL-2.0-only
//
// Poison that everybody sees, as after an uncorrectable error of real media:
// one injector makes the kernel list it, for system calls and new mappings, and
// hwpoison takes it from the processes that have it mapped, which without it
// could go on to read it. Repairing a page ends both.
//
// Not thread-safe.

#ifndef DAXMEND_INJECT_METHODS_COMBINED_INJECTOR_H_
#define DAXMEND_INJECT_METHODS_COMBINED_INJECTOR_H_

#include <memory>

#include "inject/methods/hwpoison_injector.h"
#include "inject/methods/method.h"

namespace daxmend {

class CombinedInjector : public Injector {
 public:
  CombinedInjector(std::unique_ptr<Injector> listing,
                   std::unique_ptr<HwpoisonInjector> mappings)
      : listing_(std::move(listing)), mappings_(std::move(mappings)) {}

  std::string_view name() const override { return "combined"; }
  uint64_t SectorsAtOnce() const override { return mappings_->SectorsAtOnce(); }
  void Inject(UnitRange sectors, bool notify) override {
    // A page that is listed cannot be mapped any more.
    mappings_->Map(sectors);
    listing_->Inject(sectors, notify);
  }
  void AfterListing() override { mappings_->MarkMapped(); }
  void Uninject(UnitRange sectors) override {
    listing_->Uninject(sectors);
    mappings_->Uninject(sectors);
  }
  std::vector<UnitRange> Injected() override { return listing_->Injected(); }
  void StartScrub() override { listing_->StartScrub(); }
  void WaitForScrub() override { listing_->WaitForScrub(); }

 private:
  std::unique_ptr<Injector> listing_;
  std::unique_ptr<HwpoisonInjector> mappings_;
};

InjectionMethod CombinedMethod();

}  // namespace daxmend

#endif  // DAXMEND_INJECT_METHODS_COMBINED_INJECTOR_H_
