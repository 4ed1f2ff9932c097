// SPDX-License-Identifier: GPL-2.0-only
//
// Poison that nobody knows of, as real media gets it: the device's own injector
// poisons, and neither notifies the kernel nor has it scrub. A load meets it
// first (a machine check, on memory that has those), or a scrub finds it.
//
// Not thread-safe.

#ifndef DAXMEND_INJECT_METHODS_SILENT_INJECTOR_H_
#define DAXMEND_INJECT_METHODS_SILENT_INJECTOR_H_

#include <memory>
#include <utility>
#include <vector>

#include "inject/methods/method.h"

namespace daxmend {

class SilentInjector : public Injector {
 public:
  explicit SilentInjector(std::unique_ptr<Injector> media)
      : media_(std::move(media)) {}

  std::string_view name() const override { return "silent"; }
  bool Lists() const override { return false; }
  bool KnowsInjected() const override { return true; }
  uint64_t SectorsAtOnce() const override { return media_->SectorsAtOnce(); }
  void Inject(UnitRange sectors, bool /*notify*/) override {
    media_->Inject(sectors, false);
  }
  void Uninject(UnitRange sectors) override { media_->Uninject(sectors); }
  std::vector<UnitRange> Injected() override { return media_->Injected(); }
  void StartScrub() override {}
  // Somebody else's, which may list what this injected.
  void WaitForScrub() override { media_->WaitForScrub(); }

 private:
  std::unique_ptr<Injector> media_;
};

InjectionMethod SilentMethod();

}  // namespace daxmend

#endif  // DAXMEND_INJECT_METHODS_SILENT_INJECTOR_H_
