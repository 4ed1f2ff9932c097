// SPDX-License-Identifier: GPL-2.0-only
//
// What the compiler keeps: nothing here runs.

#include "validate/probe.h"

namespace daxmend {
namespace {

// That a check which takes a Probe is read-only is for the compiler to keep.
template <class AProbe>
concept Injects = requires(AProbe& probe) {
  probe.Inject(0, 0);
};
template <class AProbe>
concept Uninjects = requires(AProbe& probe) {
  probe.InjectClear(0, 0);
};
template <class AProbe>
concept Clears = requires(AProbe& probe) {
  probe.Clear(0, 0);
};
template <class AProbe>
concept AsksAnything = requires(AProbe& probe) {
  probe.Ask(Function::kInject, "", "");
};
template <class AProbe>
concept ReachesFirmware = requires(AProbe& probe) {
  probe.bus().Call(Function::kInject, "", 0);
};
template <class AProbe>
concept Writes = requires(AProbe& probe) {
  probe.disk();
};
static_assert(!Injects<Probe> && Injects<DestructiveProbe>);
static_assert(!Uninjects<Probe> && Uninjects<DestructiveProbe>);
static_assert(!Clears<Probe> && Clears<DestructiveProbe>);
static_assert(!AsksAnything<Probe> && AsksAnything<DestructiveProbe>);
static_assert(!Writes<Probe> && Writes<DestructiveProbe>);
static_assert(!ReachesFirmware<Probe> && !ReachesFirmware<DestructiveProbe>);

}  // namespace
}  // namespace daxmend
