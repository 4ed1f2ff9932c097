// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>

#include "packaging/manual/command_page.h"
#include "packaging/manual/completion.h"
#include "packaging/manual/footer.h"
#include "packaging/manual/roff.h"

namespace daxmend {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(FooterTest, ParagraphsAreFilledAndIndentedLinesKept) {
  const Footer footer =
      ParseFooter("One\ntwo.\n  {\"a\":\n    1}\nThree.\n\nFour.");
  EXPECT_THAT(footer.description,
              ElementsAre(FooterPart{"One two.", {}},
                          FooterPart{"", {"{\"a\":", "  1}"}},
                          FooterPart{"Three.", {}}, FooterPart{"Four.", {}}));
}

TEST(FooterTest, TheExitStatusIsFoundAcrossLines) {
  const Footer footer =
      ParseFooter("Needs root. Exit\nstatus: 0 done, 2\nnot.");
  EXPECT_THAT(footer.description, ElementsAre(FooterPart{"Needs root.", {}}));
  EXPECT_EQ(footer.exit_status, "0 done, 2 not.");
}

TEST(FooterTest, ExamplesAndUsageAreCommands) {
  const Footer footer = ParseFooter(
      "Usage in full: p [--] X...\nText.\n\nExamples: p a\n          p b");
  EXPECT_THAT(footer.usage, ElementsAre("p [--] X..."));
  EXPECT_THAT(footer.examples, ElementsAre("p a", "p b"));
  EXPECT_THAT(footer.description, ElementsAre(FooterPart{"Text.", {}}));
}

TEST(RoffTest, NothingInATextIsTakenForARequest) {
  EXPECT_EQ(RoffText("a\\b --c 'd' ~^`"),
            "a\\eb \\-\\-c \\(aqd\\(aq \\(ti\\(ha\\(ga");
  EXPECT_EQ(RoffVerbatim({".PP", "'x"}),
            ".PP\n.RS 4\n.nf\n\\&.PP\n\\(aqx\n.fi\n.RE\n");
  EXPECT_EQ(RoffParagraph(".hidden"), ".PP\n\\&.hidden\n");
}

CommandText Example() {
  CommandText root;
  root.name = "p";
  root.description = "Does things.";
  root.options = {{.names = {"--version"}, .description = "Print it"}};
  CommandText vm;
  vm.name = "vm";
  vm.description = "Run a guest";
  vm.options = {{.names = {"-c", "--clock"},
                 .value = "{wall,virtual}",
                 .choices = {"wall", "virtual"},
                 .description = "Which clock",
                 .default_value = "wall",
                 .excludes = {"--add"}},
                {.names = {"--add"}, .value = "FILE", .description = "More"}};
  vm.arguments = {{.names = {"COMMAND"},
                   .value = "TEXT",
                   .description = "What to run",
                   .required = true,
                   .repeatable = true}};
  vm.footer = "Exit status: COMMAND's.";
  root.subcommands = {vm};
  return root;
}

TEST(CommandPageTest, APageHasWhatHelpSays) {
  const CommandText root = Example();
  const std::string page =
      SubcommandPage(root, root.subcommands[0], {"1.2.3", "2026-01-02"});
  EXPECT_THAT(page,
              HasSubstr(".TH P\\-VM 1 \"2026\\-01\\-02\" \"daxmend 1.2.3\""));
  EXPECT_THAT(page, HasSubstr("p\\-vm \\- run a guest\n"));
  EXPECT_THAT(
      page, HasSubstr("\\fBp vm\\fR [\\fIOPTION\\fR]... \\fICOMMAND\\fR...\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB\\-c\\fR, \\fB\\-\\-clock\\fR "
                              "{wall,virtual}\nWhich clock. Default: wall. Not "
                              "together with \\-\\-add.\n"));
  EXPECT_THAT(page, HasSubstr(".SH EXIT STATUS\n.PP\nCOMMAND\\(aqs.\n"));
}

TEST(CommandPageTest, TheWholeNamesThePagesOfItsParts) {
  const std::string page = RootPage(Example(), {"1", "2026-01-02"});
  EXPECT_THAT(page, HasSubstr(".TP\n\\fBp\\-vm\\fR(1)\nRun a guest.\n"));
  EXPECT_THAT(page, HasSubstr("\\fBfio\\-daxmend\\fR(1)"));
}

TEST(CompletionTest, ItKnowsSubcommandsOptionsAndTheirWords) {
  const std::string script = BashCompletion(Example());
  EXPECT_THAT(script, HasSubstr("'') words='vm --version'"));
  EXPECT_THAT(script, HasSubstr("'vm') words='--clock --add'"));
  EXPECT_THAT(script, HasSubstr("'vm:--clock') values='wall virtual'"));
  EXPECT_THAT(script, HasSubstr("'vm:--add') values=''"));
  EXPECT_THAT(script,
              HasSubstr("complete -o bashdefault -o default -F _p p\n"));
}

}  // namespace
}  // namespace daxmend
