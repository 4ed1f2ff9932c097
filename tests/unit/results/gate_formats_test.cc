// SPDX-License-Identifier: GPL-2.0-only

#include "results/gate/gate_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "tests/unit/results/gate_sample.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(GateFormats, JunitHasATestCaseAPathAndTheFailuresInIt) {
  const std::string xml = GateAsJunit(Judge(OneInstructionMore()));
  EXPECT_THAT(xml, HasSubstr("failures=\"1\" errors=\"0\""));
  EXPECT_THAT(xml, HasSubstr("<testcase classname=\"daxmend.fast-read\" "
                             "name=\"fast\">\n      <failure message=\"worse: "
                             "mean "));
}

TEST(GateFormats, JunitOfARefusalIsAnErrorNotAPass) {
  RunRecord next = Base();
  next.environment.kernel = "<&>";
  const std::string xml = GateAsJunit(Judge(next));
  EXPECT_THAT(xml, HasSubstr("tests=\"1\" failures=\"0\" errors=\"1\""));
  EXPECT_THAT(xml, HasSubstr("&lt;&amp;&gt;"));
}

TEST(GateFormats, GithubAnnotationsStayOneLineEach) {
  RunRecord next = OneInstructionMore();
  for (char c : GateAsGithub(Judge(next))) EXPECT_NE(c, '\r');
  EXPECT_THAT(GateAsGithub(Judge(next)),
              StartsWith("::error title=daxmend gate::fast-read fast mean "
                         "worse: "));
  next.environment.kernel = "a\n::error::b 100%";
  EXPECT_THAT(GateAsGithub(Judge(next)), HasSubstr("a%0A::error::b 100%25"));
  next.jobs[0].name = "a\x1b[2Jb";
  EXPECT_THAT(GateAsGithub(Judge(next)), Not(HasSubstr("\x1b")));
}

TEST(GateFormats, JsonHasEveryNumberOfBothRuns) {
  const auto out =
      nlohmann::json::parse(GateAsJson(Judge(OneInstructionMore())));
  EXPECT_EQ(out["schema"], 2);
  EXPECT_EQ(out["status"], 1);
  size_t compared = 0;
  for (const auto& row : out["rows"])
    if (row["path"] == "recovery" && row["metric"] == "max") {
      EXPECT_EQ(row["base"], row["new"]);
      EXPECT_EQ(row["difference"], 0.0);
      ++compared;
    }
  EXPECT_EQ(compared, 2u);
}

TEST(GatePolicy, FaultsNameTheKey) {
  auto error = [](const std::string& text) -> std::string {
    try {
      PolicyFromJson(text, "p.json");
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(error("{"), StartsWith("p.json is not valid JSON"));
  EXPECT_THAT(error("[]"), StartsWith("p.json: "));
  EXPECT_THAT(error("{}"), HasSubstr("schema is missing"));
  EXPECT_THAT(error(R"({"schema":2})"), HasSubstr("schema is not 1"));
  EXPECT_THAT(error(R"({"schema":1,"rule":[]})"),
              HasSubstr("rule is not a key"));
  EXPECT_THAT(error(R"({"schema":1,"rules":[{}]})"),
              HasSubstr("rules[0] says nothing"));
  EXPECT_THAT(error(R"({"schema":1,"rules":[{"tolerance":-1}]})"),
              HasSubstr("rules[0].tolerance is negative"));
  EXPECT_THAT(error(R"({"schema":1,"rules":[{"tolerance":1e999}]})"),
              StartsWith("p.json"));
  EXPECT_THAT(error(R"({"schema":1,"rules":[{"ignore":1}]})"),
              HasSubstr("is not true or false"));
  EXPECT_THAT(error(R"({"schema":1,"rules":[{"tolerence":1}]})"),
              HasSubstr("tolerence is not a key of a rule"));
}

TEST(ValueText, GroupsDigitsAndKeepsThousandths) {
  EXPECT_EQ(ValueText(0), "0");
  EXPECT_EQ(ValueText(2473.6076), "2,473.608");
  EXPECT_EQ(ValueText(-1.5), "-1.500");
  EXPECT_EQ(ValueText(0.9999), "1");
  EXPECT_EQ(ValueText(1e16), "10,000,000,000,000,000");
}

}  // namespace
}  // namespace daxmend
