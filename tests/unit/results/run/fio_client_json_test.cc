// SPDX-License-Identifier: GPL-2.0-only
//
// The fio.json of fio's client, as 3.33 and as 3.39 write it for two hosts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/run/fio_by_host.h"
#include "results/run/fio_results.h"
#include "results/run/unfinished_jobs.h"

namespace daxmend {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

std::string Entry(const std::string& job, const std::string& host,
                  const std::string& options = R"({"rw":"read"})") {
  return R"({"jobname":")" + job +
         R"(","error":0,"read":{"total_ios":3},"write":{"total_ios":4},)" +
         (options.empty() ? "" : R"("job options":)" + options + ",") +
         R"("hostname":")" + host + R"(","port":8765})";
}

std::string ClientJson(const std::string& global, const std::string& entries) {
  return R"({"fio version":"fio-3.39","timestamp":7,"global options":)" +
         global + R"(,"client_stats":[)" + entries +
         R"(],"disk_util":[{"name":"sda","hostname":"two","port":8765}]})";
}

constexpr char kEngine[] = R"("ioengine":"external:x.so")";

// 3.39 and later: an object for each host.
std::string OfTwoHosts() {
  const auto global = [](const std::string& host, const std::string& log) {
    return R"({"hostname":")" + host + R"(","port":8765,)" + kEngine +
           R"(,"path_log":")" + log + R"("})";
  };
  return ClientJson("[" + global("two", "b/run.json") + "," +
                        global("one", "a/run.json") + "]",
                    Entry("a", "two") + "," + Entry("b", "two") + "," +
                        Entry("a", "one") + "," +
                        Entry("b", "one", R"({"rw":"write","path_log":"c"})") +
                        "," + Entry("All clients", "one", ""));
}

TEST(FioClientJson, EachHostHasItsOwnDefaults) {
  const FioResults fio = FioResultsFromJson(OfTwoHosts(), "x");
  EXPECT_THAT(fio.global_options,
              ElementsAre(Pair("ioengine", "external:x.so")));
  ASSERT_EQ(fio.jobs.size(), 4u);
  EXPECT_THAT(fio.jobs[0].options,
              ElementsAre(Pair("path_log", "b/run.json"), Pair("rw", "read")));
  EXPECT_THAT(fio.jobs[2].options,
              ElementsAre(Pair("path_log", "a/run.json"), Pair("rw", "read")));
  EXPECT_THAT(fio.jobs[3].options,
              ElementsAre(Pair("path_log", "c"), Pair("rw", "write")));
  EXPECT_THAT(UnfinishedJobs({}, fio), ElementsAre("a", "b"));
}

TEST(FioClientJson, AHostWithoutAnyHasNone) {
  const FioResults fio = FioResultsFromJson(
      ClientJson("[]", Entry("a", "one") + "," + Entry("a", "two")), "x");
  EXPECT_THAT(fio.global_options, IsEmpty());
  EXPECT_THAT(fio.jobs.at(1).options, ElementsAre(Pair("rw", "read")));
}

// A host whose results fio did not expect yet when the others' were there.
TEST(FioClientJson, TheSumIsNoJobWhereverItStands) {
  const std::string json = ClientJson(
      "{}", Entry("a", "one") + "," + Entry("All clients", "one", "") + "," +
                Entry("All clients", "two"));
  const FioResults fio = FioResultsFromJson(json, "x");
  ASSERT_EQ(fio.jobs.size(), 2u);
  EXPECT_EQ(fio.jobs[1].name, "All clients") << "a job may be called so";
  EXPECT_EQ(FioByHost(json).results("one"), 1u);
  EXPECT_EQ(FioByHost(json).results("two"), 1u);
}

TEST(FioClientJson, IsTakenApartByHost) {
  const FioByHost all(OfTwoHosts());
  EXPECT_EQ(all.results("one"), 2u);
  EXPECT_EQ(all.results("three"), 0u);
  const std::string one = all.JsonOf("one");
  EXPECT_THAT(one, Not(HasSubstr("two")));
  EXPECT_THAT(one, Not(HasSubstr("All clients")));
  const FioResults fio = FioResultsFromJson(one, "one");
  EXPECT_EQ(fio.version, "fio-3.39");
  EXPECT_THAT(fio.global_options, ElementsAre(Pair("ioengine", "external:x.so"),
                                              Pair("path_log", "a/run.json")));
  ASSERT_EQ(fio.jobs.size(), 2u);
  EXPECT_EQ(fio.jobs[0].ios, 7u);
  EXPECT_THAT(fio.jobs[0].options, ElementsAre(Pair("rw", "read")));
  EXPECT_THAT(all.JsonOf("two"), HasSubstr("sda"));
}

TEST(FioClientJson, Of3_33HasOneSetOfDefaults) {
  const FioByHost all(ClientJson("{" + std::string(kEngine) + "}",
                                 Entry("a", "one") + "," + Entry("a", "two")));
  for (const char* host : {"one", "two"}) {
    const FioResults fio = FioResultsFromJson(all.JsonOf(host), host);
    EXPECT_THAT(fio.global_options,
                ElementsAre(Pair("ioengine", "external:x.so")));
    EXPECT_EQ(fio.jobs.size(), 1u);
  }
}

TEST(FioClientJson, WhatIsNoneHasNothingOfAnyHost) {
  for (const char* text : {"", "{", "[]", "{}", R"({"client_stats":7})",
                           R"({"client_stats":[7,{"hostname":9}]})"})
    EXPECT_EQ(FioByHost(text).results("one"), 0u) << text;
}

}  // namespace
}  // namespace daxmend
