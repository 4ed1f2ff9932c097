// SPDX-License-Identifier: GPL-2.0-only

#include <gtest/gtest.h>

#include "results/validation/validation_report.h"
#include "system/file_io.h"
#include "validate/check.h"

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
