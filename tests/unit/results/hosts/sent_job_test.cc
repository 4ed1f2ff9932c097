// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/sent_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace daxmend {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SentJob, IsReadAsFioSendsIt) {
  setenv("DAXMEND_TEST_A", "${B}", 1);
  unsetenv("DAXMEND_TEST_NONE");
  EXPECT_EQ(JobAsSent("a=${DAXMEND_TEST_A}\nb=${DAXMEND_TEST_NONE}1\n"),
            "a=${B}\nb=1\n");
  EXPECT_EQ(JobAsSent("$a ${b\n}"), "$a ${b\n}");
  EXPECT_THAT(PathLogsIn("[a]\npath_log=x/run.json\n; path_log=no\n"
                         "[b]\n path_log = y \npath_log=x/run.json\n"),
              ElementsAre("x/run.json", "y"));
  EXPECT_THAT(PathLogsIn("# path_log=no\nmy_path_log=no"), IsEmpty());
}

TEST(SentJob, HasTheSectionsThatFioRuns) {
  EXPECT_THAT(SectionsIn("[global]\nrw=read\n [b] \n[a]\n;[no]\n[b]\n"
                         "[global again]\n[]\n[x]y]\n[\xff]\nname=[no]\n"),
              ElementsAre("\\xff", "a", "b", "x]y"));
  EXPECT_THAT(SectionsIn("rw=read\n"), IsEmpty());
}

}  // namespace
}  // namespace daxmend
