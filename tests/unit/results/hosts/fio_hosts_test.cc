// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/fio_hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "results/hosts/arrived_files.h"
#include "results/hosts/run_on_hosts.h"
#include "system/file_io.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

using HostFiles = InScratchDirectory;

template <class Call>
std::string WhyNot(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(FioHosts, AreNamedAsFioNamesThem) {
  const auto is = [](const std::string& word, const std::string& name,
                     unsigned port, bool ipv6) {
    const FioHost host = ParseFioHost(word);
    EXPECT_EQ(host.name, name);
    EXPECT_EQ(host.port, port);
    EXPECT_EQ(host.ipv6, ipv6);
    EXPECT_EQ(host.word, word);
  };
  is("host1", "host1", 8765, false);
  is("host1,8000", "host1", 8000, false);
  is("ip:10.0.0.1", "10.0.0.1", 8765, false);
  is("ip4:10.0.0.1,1", "10.0.0.1", 1, false);
  is("ip6:fe80::1,65535", "fe80::1", 65535, true);
  const FioHost socket = ParseFioHost("sock:a/../b");
  EXPECT_TRUE(socket.is_socket);
  EXPECT_EQ(socket.name, std::filesystem::current_path().string() + "/b");
  EXPECT_EQ(socket.word, "sock:" + socket.name);
}

TEST(FioHosts, AreRefusedWhereFioWouldMisread) {
  for (const char* word : {"", ",8765", ":8765", "ip:", "no/such/file"})
    EXPECT_THAT(WhyNot([&] { ParseFioHost(word); }),
                HasSubstr("is neither a host nor a file"))
        << word;
  for (const char* word : {"a,", "a,0", "a,65536", "a,12x", "a,-1"})
    EXPECT_THAT(WhyNot([&] { ParseFioHost(word); }), HasSubstr("has no port"))
        << word;
}

TEST_F(HostFiles, ComeFromAFileAsForFio) {
  const std::string file = directory_ + "/hosts.txt";
  std::ofstream(file) << "a b\n\n  c,9 \n";
  std::vector<std::string> names;
  for (const FioHost& host : FioHostsOf({file, "d"}))
    names.push_back(host.name);
  EXPECT_THAT(names, ElementsAre("a", "b", "c", "d"));
  std::ofstream(file) << "\n";
  EXPECT_THAT(WhyNot([&] { FioHostsOf({file}); }), HasSubstr("lists no host"));
}

TEST(FioHosts, HaveNamesOfTheirOwn) {
  EXPECT_THAT(WhyNot([] {
                FioHostsOf({"a", "b", "a"});
              }),
              HasSubstr("host a is named twice"));
  EXPECT_THAT(WhyNot([] {
                FioHostsOf({"a,1", "a,2"});
              }),
              HasSubstr("without its port"));
}

TEST(FioHosts, HaveDirectoriesOfTheirOwn) {
  EXPECT_THAT(WhyNot([] {
                FioHostsOf({"sock:/run/a/b", "sock:/run/a_b"});
              }),
              HasSubstr("hosts /run/a/b and /run/a_b would share the directory "
                        "hosts/_run_a_b"));
  RequireOwnDirectories({"a", "a_b", "/a", "."});
  EXPECT_THAT(WhyNot([] {
                RequireOwnDirectories({".", ".."});
              }),
              HasSubstr("hosts/_"));
}

TEST(FioHosts, ArePartsOfAPath) {
  EXPECT_EQ(DirectoryOfHost("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(DirectoryOfHost("/run/fio"), "_run_fio");
  EXPECT_EQ(DirectoryOfHost(".."), "_");
}

TEST_F(HostFiles, GoToTheHostTheyCameFrom) {
  const std::vector<FioHost> hosts = {ParseFioHost("1"),
                                      ParseFioHost("10.0.0.1"),
                                      ParseFioHost("sock:/run/fio")};
  std::string where;
  {
    ArrivedFiles arrived(directory_, hosts, {"log.json", "inject.json"});
    where = arrived.path();
    for (const char* name :
         {"log.json.1", "log.json.10.0.0.1", "inject.json.10.0.0.1",
          "log.json./run/fio", "lat_clat.1.log.10.0.0.1", "verify.state"})
      std::ofstream(where + "/" + name) << name;
    arrived.MoveTo(directory_ + "/hosts", "log.json");
  }
  const auto content = [&](const std::string& name) {
    return ReadFile(directory_ + "/hosts/" + name);
  };
  EXPECT_EQ(content("1/run.json"), "log.json.1");
  EXPECT_EQ(content("10.0.0.1/run.json"), "log.json.10.0.0.1");
  EXPECT_EQ(content("10.0.0.1/inject.json"), "inject.json.10.0.0.1");
  EXPECT_EQ(content("10.0.0.1/lat_clat.1.log"), "lat_clat.1.log.10.0.0.1");
  EXPECT_EQ(content("_run_fio/run.json"), "log.json./run/fio");
  EXPECT_EQ(content("verify.state"), "verify.state");
  EXPECT_FALSE(std::filesystem::exists(where));
}

TEST_F(HostFiles, ThatCannotBeMovedStayWhereTheyCame) {
  const std::vector<FioHost> hosts = {ParseFioHost("1"), ParseFioHost("2")};
  // In the way of one of them.
  std::filesystem::create_directories(directory_ + "/hosts/1/run.json/x");
  std::string where;
  {
    ArrivedFiles arrived(directory_, hosts, {"run.json"});
    where = arrived.path();
    for (const char* name : {"run.json.1", "run.json.2"})
      std::ofstream(where + "/" + name) << name;
    EXPECT_THAT(
        WhyNot([&] { arrived.MoveTo(directory_ + "/hosts", "run.json"); }),
        AllOf(HasSubstr("move " + where + "/run.json.1"),
              HasSubstr("what has come is in " + where)));
  }
  EXPECT_EQ(ReadFile(where + "/run.json.1"), "run.json.1");
  EXPECT_EQ(ReadFile(directory_ + "/hosts/2/run.json"), "run.json.2");
}

// Nothing is asked, and nothing set aside.
TEST_F(HostFiles, OfAnEarlierRunStayWhereThereIsNoFio) {
  std::ofstream(directory_ + "/run.json") << "earlier";
  std::ofstream(directory_ + "/job.fio") << "[a]\npath_log=run.json\n";
  const std::string path = getenv("PATH");
  setenv("PATH", directory_.c_str(), 1);
  EXPECT_THAT(WhyNot([&] {
                RunOnHosts(directory_, {"sock:/nowhere"},
                           {directory_ + "/job.fio"}, {});
              }),
              HasSubstr("fio is not in PATH"));
  setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(ReadFile(directory_ + "/run.json"), "earlier");
}

}  // namespace
}  // namespace daxmend
