// SPDX-License-Identifier: GPL-2.0-only

#include "results/validation/validation_report.h"

#include <gtest/gtest.h>

namespace daxmend {
namespace {

ValidationRecord Sample() {
  ValidationRecord record;
  record.environment = {.kernel = "6.1",
                        .machine = "tcg",
                        .clock = Clock::kVirtual,
                        .filesystem = "",
                        .cpu = "QEMU <CPU>",
                        .qemu = "7.2",
                        .fio = "",
                        .daxmend = "0.1"};
  record.bus = "ndbus0";
  record.provider = "ACPI.NFIT";
  auto add = [&](const char* id, const char* area, CheckVerdict verdict,
                 const char* reason) {
    record.checks.push_back({.check = {id, std::string("Title of ") + id,
                                       "ACPI 6.5 §1", area, false},
                             .verdict = verdict,
                             .reason = reason,
                             .evidence = {},
                             .evidence_left_out = 0});
  };
  add("A-01", "First", CheckVerdict::kPass, "");
  add("A-02", "First", CheckVerdict::kFail, "status <9>");
  add("B-01", "Second", CheckVerdict::kSkip, "not advertised");
  add("B-02", "Second", CheckVerdict::kWarn, "odd");
  record.checks[1].evidence = {
      {"Start ARS: a & b", "0011", "status 9", "2233"}};
  return record;
}

TEST(ValidationReport, PutsWhatFailedFirstWithItsEvidence) {
  const std::string text = ValidationAsText(Sample());
  EXPECT_LT(text.find("FAIL  A-02"), text.find("WARN  B-02"));
  EXPECT_LT(text.find("WARN  B-02"), text.find("area "));
  EXPECT_LT(text.find("area "), text.find("PASS  A-01"));
  EXPECT_NE(text.find("asked     Start ARS: a & b\n        sent    0011\n      "
                      "answered  status 9\n        bytes   2233\n"),
            std::string::npos)
      << text;
}

TEST(ValidationReport, CountsByAreaInTheOrderOfTheChecks) {
  const std::vector<AreaSummary> areas = SummaryByArea(Sample());
  ASSERT_EQ(areas.size(), 2u);
  EXPECT_EQ(areas[0].area, "First");
  EXPECT_EQ(areas[0].pass, 1u);
  EXPECT_EQ(areas[0].fail, 1u);
  EXPECT_EQ(areas[1].skip, 1u);
  EXPECT_EQ(areas[1].warn, 1u);
}

TEST(ValidationReport, EndsWithTheVerdict) {
  EXPECT_TRUE(ValidationAsText(Sample()).ends_with(
      "FAIL: 1 of 4 checks failed, 1 warned, 1 were "
      "skipped, 1 passed\n"));
}

TEST(ValidationReport, EscapesWhatFirmwareAndMachineSay) {
  const std::string page = ValidationAsHtml(Sample());
  EXPECT_NE(page.find("status &lt;9&gt;"), std::string::npos);
  EXPECT_NE(page.find("QEMU &lt;CPU&gt;"), std::string::npos);
  EXPECT_EQ(page.find("<9>"), std::string::npos);
  EXPECT_TRUE(page.ends_with("</html>\n"));
}

TEST(ValidationReport, GivesJunitOneFailureAndOneSkip) {
  const std::string xml = ValidationAsJunit(Sample());
  EXPECT_NE(xml.find("tests=\"4\" failures=\"1\" skipped=\"1\""),
            std::string::npos);
  EXPECT_NE(xml.find("<failure message=\"status &lt;9&gt;\">"),
            std::string::npos);
  EXPECT_NE(xml.find("<skipped message=\"not advertised\"/>"),
            std::string::npos);
}

TEST(ValidationReport, SaysWhatCouldNotBeTakenBack) {
  ValidationRecord record = Sample();
  record.left_behind = "firmware keeps 0x1000 to 0x1100";
  EXPECT_NE(ValidationAsText(record).find("left behind: firmware keeps 0x1000"),
            std::string::npos);
}

TEST(ValidationReport, JsonHasEveryExchange) {
  const std::string json = ToJson(Sample());
  EXPECT_NE(json.find("\"received\": \"2233\""), std::string::npos);
  EXPECT_NE(json.find("\"fail\": 1"), std::string::npos);
  EXPECT_EQ(json, ToJson(Sample()));
}

}  // namespace
}  // namespace daxmend
