// SPDX-License-Identifier: GPL-2.0-only

#include "machine/console/boot_progress.h"

namespace daxmend {
namespace {

constexpr double kPatienceSeconds = 2;
// As image/init.sh writes them.
constexpr std::string_view kFirstStage = "kernel ";
constexpr std::string_view kLastStage = "COMMAND starts";
constexpr std::string_view kFailure = "failed: ";

}  // namespace

void BootProgress::Reached(const std::string& stage) {
  if (stage.starts_with(kFirstStage)) command_started_ = false;
  // Who waits for the guest says why it gave up.
  if (command_started_ || stage.starts_with(kFailure)) return;
  unsaid_.push_back(stage);
  if (at_once_) SayAll();
  if (!stage.starts_with(kLastStage)) return;
  command_started_ = true;
  unsaid_.clear();
}

void BootProgress::Passed(double seconds) {
  if (at_once_ || command_started_ || seconds < kPatienceSeconds) return;
  at_once_ = true;
  SayAll();
}

void BootProgress::SayAll() {
  for (const std::string& stage : unsaid_) say_(stage);
  unsaid_.clear();
}

}  // namespace daxmend
