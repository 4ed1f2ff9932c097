// SPDX-License-Identifier: GPL-2.0-only

#include <gtest/gtest.h>

#include "core/file_io.h"
#include "inject/validate/check.h"
#include "results/validation_report.h"

namespace daxmend {
namespace {

TEST(ValidateReference, SaysWhatTheCodeChecks) {
  std::vector<CheckDescription> checks;
  for (const Check& check : AllChecks()) checks.push_back(check.description);
  EXPECT_EQ(ReadFile(std::string(DAXMEND_TEST_DATA) +
                     "/../../results/reference/validate-checks.md"),
            ChecksAsMarkdown(checks))
      << "make it anew: daxmend validate --list --markdown > "
         "results/reference/validate-checks.md";
}

}  // namespace
}  // namespace daxmend
