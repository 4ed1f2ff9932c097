// SPDX-License-Identifier: GPL-2.0-only
//
// `daxmend run --client=` and the servers of stock fio: eight hosts, each with
// a directory and an address of its own; in network namespaces where we may
// make some, else all on the loopback.

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <thread>

#include "records/hosts_record.h"
#include "records/injection_record.h"
#include "tests/fio/fio_engine_fixture.h"

namespace daxmend {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace fs = std::filesystem;

constexpr unsigned kHosts = 8, kPoisoned = 3, kPages = 16;

class FioHosts : public FioEngineOverPoison {
 protected:
  void SetUp() override {
    FioEngineOverPoison::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    id_ = std::to_string(getpid());
    Connect();
    for (unsigned host = 1; host <= kHosts; ++host) StartServer(host);
    WaitUntil("the servers listen", [&] {
      return OfAll([&](unsigned host) { return Listens(host); });
    });
  }
  ~FioHosts() override {
    for (unsigned host = 1; host <= kHosts; ++host) Kill(host);
    if (!namespaces_) return;
    for (unsigned host = 1; host <= kHosts; ++host)
      Shell("ip netns del " + Name(host));
    Shell("ip link del dm" + id_);
  }

  static bool OfAll(const std::function<bool(unsigned)>& is) {
    for (unsigned host = 1; host <= kHosts; ++host)
      if (!is(host)) return false;
    return true;
  }
  static int Shell(const std::string& command) {
    return std::system(("{ " + command + "; } >/dev/null 2>&1").c_str());
  }
  std::string Name(unsigned host) const {
    return "dm" + id_ + "." + std::to_string(host);
  }
  std::string Of(unsigned host) const {
    return directory_ + "/h" + std::to_string(host);
  }
  std::string Address(unsigned host) const {
    return net_ + std::to_string(host);
  }
  std::string AllClients() const {
    std::string words;
    for (unsigned host = 1; host <= kHosts; ++host)
      words += " --client=" + Address(host);
    return words;
  }

  // A bridge, and a namespace behind it for each host.
  void Connect() {
    const std::string bridge = "dm" + id_;
    // Of the range for such tests (RFC 2544), one for each process.
    const int pid = getpid();
    net_ = "198." + std::to_string(18 + pid / 256 % 2) + "." +
           std::to_string(pid % 256) + ".";
    namespaces_ = geteuid() == 0 &&
                  Shell("ip link add " + bridge +
                        " type bridge && ip addr add " + net_ + "254/24 dev " +
                        bridge + " && ip link set " + bridge + " up") == 0;
    for (unsigned host = 1; namespaces_ && host <= kHosts; ++host) {
      const std::string name = Name(host), in = "ip -n " + name;
      namespaces_ =
          Shell("ip netns add " + name + " && ip link add " + name +
                "v type veth peer name eth0 netns " + name +
                " && ip link set " + name + "v master " + bridge + " up && " +
                in + " addr add " + net_ + std::to_string(host) +
                "/24 dev eth0 && " + in + " link set eth0 up && " + in +
                " link set lo up") == 0;
    }
    if (namespaces_) return;
    std::cout << "[   NOTE   ] no network namespaces (root, iproute2): the "
                 "hosts are addresses of the loopback\n";
    net_.replace(0, 3, "127");
    for (unsigned host = 1; host <= kHosts; ++host)
      Shell("ip netns del " + Name(host));
    Shell("ip link del " + bridge);
  }

  // The first three have poison.
  void StartServer(unsigned host) {
    fs::create_directories(Of(host));
    const std::string poison = std::to_string(host <= kPoisoned ? kPages : 0);
    ASSERT_EQ(
        std::system(
            ("cd " + Of(host) + " && POISON=" + poison + " " + Preload() +
             (namespaces_ ? "ip netns exec " + Name(host) + " "
                          : std::string()) +
             "fio --server=" + Address(host) + " >server 2>&1 </dev/null &")
                .c_str()),
        0);
  }

  bool Listens(unsigned host) const {
    return Shell("bash -c '</dev/tcp/" + Address(host) + "/8765'") == 0;
  }

  // Whatever runs in the host's directory, as a power cut would.
  void Kill(unsigned host, int signal = SIGKILL) const {
    for (const pid_t pid : ProcessesOf(host)) kill(pid, signal);
  }
  std::vector<pid_t> ProcessesOf(unsigned host) const {
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string pid = entry.path().filename();
      std::error_code none;
      if (pid.find_first_not_of("0123456789") == pid.npos &&
          fs::read_symlink(entry.path() / "cwd", none) == Of(host))
        found.push_back(std::stoi(pid));
    }
    return found;
  }

  // As long as a busy machine needs: what is waited for comes, or ctest ends
  // it.
  static void WaitUntil(const std::string& what,
                        const std::function<bool()>& condition) {
    for (unsigned i = 0; !condition(); ++i) {
      if (i == 1200) GTEST_FAIL() << "it does not happen: " << what;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  // Has the client a run.json of it yet?
  bool Arrived(unsigned host) const {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(directory_ + "/res", none))
      if (entry.path().filename().string().starts_with("arriving.") &&
          fs::exists(entry.path() / ("run.json." + Address(host))))
        return true;
    return false;
  }

  void WriteScript(const std::string& name, const std::string& text) {
    std::ofstream(directory_ + "/" + name) << "#!/bin/sh\n" << text << "\n";
    fs::permissions(directory_ + "/" + name, fs::perms::owner_all);
  }

  // [layout], and what `jobs` says.
  void WriteJob(const std::string& jobs) {
    WriteScript("wait", "until test -e ../go; do sleep 0.1; done");
    std::ofstream(directory_ + "/job.fio")
        << "[global]\nioengine=external:" DAXMEND_ENGINE
           "\nallow_nodax=1\nsize=1m\nbs=4k\nfilename=file\naccess=mmap\n"
           "recovery=write\npath_log=results/latest/run.json\n"
           "[layout]\nrw=write\nverify=crc32c\ndo_verify=0\n"
        << jobs;
  }
  // Waits for the test's word, so that nothing depends on how fast it is.
  static constexpr char kHeldJob[] =
      "[held]\nstonewall\nrw=randread\nnumjobs=2\ngroup_reporting\n"
      "exec_prerun=../wait\n";

  RunRecord RecordOf(const std::string& path) {
    return RunRecordFromJson(ReadFile(path), path);
  }
  RunRecord Merged() { return RecordOf(directory_ + "/res/run.json"); }
  HostRecord HostNamed(const std::string& name) {
    const std::string path = directory_ + "/res/hosts.json";
    for (HostRecord& host : HostsRecordFromJson(ReadFile(path), path).hosts)
      if (host.host == name) return host;
    ADD_FAILURE() << "no host " << name;
    return {};
  }
  // One line, exit status 2.
  void ExpectError(const std::string& arguments, const std::string& why) {
    const Ran ran = Run(arguments);
    EXPECT_EQ(ran.status, 2) << arguments << ran.out << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(why)) << arguments;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }

  static constexpr char kRun[] = DAXMEND_BUILD "/daxmend run --out res";
  bool namespaces_ = false;
  std::string id_, net_;  // the addresses without their last part
};

TEST_F(FioHosts, AddUpToTheLastBucket) {
  WriteJob(
      "[read]\nstonewall\nrw=randread\nverify=crc32c\n"
      "userfault_poison=${POISON}\n"
      "[four]\nstonewall\nrw=randrw\nnumjobs=4\nthread\n");
  std::ofstream list(directory_ + "/hosts.txt");
  for (unsigned host = 1; host <= kHosts; ++host) list << Address(host) << "\n";
  list.close();
  // What an injector would have left on one of them.
  const std::string injected = ToJson(InjectionRecord{
      {{.injector = "ndctl",
        .device = "pmem0",
        .file = "file",
        .time_ns = 1,
        .ranges = {
            {.file = {0, 4096}, .sectors = {8, 16}, .spa = {4096, 8192}}}}}});
  fs::create_directories(Of(2) + "/results/latest");
  std::ofstream(Of(2) + "/results/latest/inject.json") << injected;
  // Of each server's own environment.
  const Ran ran = Run("env POISON='${POISON}' " + std::string(kRun) +
                      " --client=hosts.txt job.fio");
  ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("8 hosts"));

  const RunRecord merged = Merged();
  RunRecord sum;
  for (unsigned host = 1; host <= kHosts; ++host) {
    // As it lies on the server, which is what was sent.
    const RunRecord there = RecordOf(Of(host) + "/results/latest/run.json");
    const std::string here =
        directory_ + "/res/hosts/" + Address(host) + "/run.json";
    EXPECT_EQ(ToJson(RecordOf(here)), ToJson(there));
    EXPECT_EQ(there.Find("read")->counters.recovered_ios,
              host <= kPoisoned ? kPages : 0);
    for (const JobRecord& job : there.jobs) sum.AddJob(job);
  }
  ASSERT_EQ(merged.jobs.size(), 3u);
  for (const JobRecord& job : merged.jobs) {
    const JobRecord& expected = *sum.Find(job.name);
    EXPECT_EQ(job.counters, expected.counters) << job.name;
    EXPECT_EQ(job.workers, expected.workers) << job.name;
    for (size_t path = 0; path < kPaths; ++path)
      EXPECT_EQ(job.paths[path], expected.paths[path]) << job.name << path;
  }
  EXPECT_EQ(merged.Find("read")->counters.recovered_ios, kPoisoned * kPages);
  EXPECT_EQ(merged.Find("read")->counters.ios, kHosts * 256u);
  EXPECT_EQ(merged.Find("four")->workers, kHosts * 4u);
  EXPECT_THAT(merged.unfinished, IsEmpty());
  EXPECT_EQ(ReadFile(directory_ + "/res/hosts/" + Address(2) + "/inject.json"),
            injected);
  EXPECT_EQ(merged.poison.planted_sectors, 8u);
  const Ran report = Run(DAXMEND_BUILD "/daxmend report --no-html res");
  EXPECT_EQ(report.status, 0) << report.err;
  EXPECT_THAT(report.out, Not(HasSubstr("lacks I/O")));
}

TEST_F(FioHosts, KilledInTheMiddleKeepWhatTheySent) {
  WriteJob(kHeldJob);
  std::thread killer([&] {
    WaitUntil("host 3 has sent its first job", [&] { return Arrived(3); });
    Kill(3);
    std::ofstream(directory_ + "/go");
  });
  const Ran ran = Run(std::string(kRun) + AllClients() + " job.fio");
  killer.join();
  EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("host " + Address(3) + " ended early"));
  const RunRecord merged = Merged();
  EXPECT_EQ(merged.Find("layout")->counters.ios, kHosts * 256u);
  EXPECT_EQ(merged.Find("held")->counters.ios, (kHosts - 1) * 2 * 256u);
  EXPECT_THAT(merged.unfinished, testing::ElementsAre("held"));
  EXPECT_THAT(HostNamed(Address(3)).unfinished, testing::ElementsAre("held"));
  EXPECT_THAT(HostNamed(Address(4)).unfinished, IsEmpty());
  const Ran report = Run(DAXMEND_BUILD "/daxmend report --no-html res");
  EXPECT_THAT(report.out, HasSubstr("held did not finish"));
  EXPECT_THAT(report.out, HasSubstr("lacks I/O of job held"));
}

TEST_F(FioHosts, KilledAllOfThemAreNotClean) {
  WriteJob(kHeldJob);
  std::thread killer([&] {
    WaitUntil("it has sent its first job", [&] { return Arrived(1); });
    Kill(1);
    std::ofstream(directory_ + "/go");
  });
  const Ran ran =
      Run(std::string(kRun) + " --client=" + Address(1) + " job.fio");
  killer.join();
  EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
  EXPECT_THAT(Merged().unfinished, testing::ElementsAre("held"));
  const Ran report = Run(DAXMEND_BUILD "/daxmend report --no-html res");
  EXPECT_THAT(report.out, HasSubstr("lacks I/O of job held"));
}

TEST_F(FioHosts, StopOnCtrlCAndSendWhatTheyHave) {
  WriteJob(
      "[endless]\nstonewall\nrw=randread\ntime_based\nruntime=3600\n"
      "rate_iops=1000\n");
  std::thread interrupter([&] {
    WaitUntil("all have sent their first job", [&] {
      return OfAll([&](unsigned host) { return Arrived(host); });
    });
    WaitUntil("the second job does I/O", [&] {
      return OfAll(
          [&](unsigned host) { return ProcessesOf(host).size() >= 4; });
    });
    std::this_thread::sleep_for(std::chrono::seconds(1));
    Shell("kill -INT $(cat " + directory_ + "/pid)");
  });
  const Ran ran = Run("sh -c 'echo $$ >pid; exec " + std::string(kRun) +
                      AllClients() + " job.fio'");
  interrupter.join();
  EXPECT_THAT(ran.err, Not(HasSubstr("ended early"))) << ran.out << ran.err;
  const RunRecord merged = Merged();
  EXPECT_EQ(merged.Find("layout")->counters.ios, kHosts * 256u);
  ASSERT_NE(merged.Find("endless"), nullptr);
  EXPECT_EQ(merged.Find("endless")->workers, kHosts);
  WaitUntil("only the servers themselves are left", [&] {
    return OfAll([&](unsigned host) { return ProcessesOf(host).size() <= 1; });
  });
}

TEST_F(FioHosts, AreAskedBeforeAnythingRuns) {
  WriteJob("");
  const std::string all = std::string(kRun) + AllClients();
  ExpectError(all + " --client=" + Address(2) + " job.fio", "is named twice");
  ExpectError(all + " --client=" + Address(2) + ",8000 job.fio",
              "without its port");
  ExpectError(all, "JOBFILE is missing");
  ExpectError(all + " job.fio --eta=never", "is no job file");
  ExpectError("sh -c 'ulimit -n 70; " + all + " job.fio'",
              "a run on 8 hosts opens 72 descriptors, but this process may "
              "have 70");
  std::ofstream(directory_ + "/bad.fio") << "[a]\nioengine=null\nno_such=1\n";
  ExpectError(all + " bad.fio", "does not take the job (");
  // A host without the engine: where the others have one, it has none.
  for (unsigned host = 1; host <= kHosts; ++host)
    if (host != 5) fs::create_symlink(DAXMEND_ENGINE, Of(host) + "/engine.so");
  std::ofstream(directory_ + "/there.fio")
      << "[a]\nioengine=external:./engine.so\nsize=1m\nallow_nodax=1\n"
         "filename=file\npath_log=run.json\n";
  ExpectError(all + " there.fio",
              "host " + Address(5) + " does not take the job (");
  Kill(2);
  WaitUntil("nobody is there", [&] { return !Listens(2); });
  ExpectError(all + " job.fio",
              "host " + Address(2) + " cannot be reached (Connection refused)");
  for (unsigned host = 1; host <= kHosts; ++host)
    EXPECT_FALSE(fs::exists(Of(host) + "/file")) << host;
  EXPECT_FALSE(fs::exists(directory_ + "/res"));
}

TEST_F(FioHosts, GiveTheirResultsToACollectorToo) {
  WriteJob("");
  ASSERT_EQ(Run(std::string(kRun) + AllClients() + " job.fio").status, 0);
  const RunRecord merged = Merged();
  // A shell that goes to the host's directory instead of to the host.
  std::string hosts;
  for (unsigned host = 1; host <= kHosts; ++host)
    hosts += " h" + std::to_string(host);
  WriteScript("rsh", "cd \"$1\" && shift && exec \"$@\"");
  const std::string collect =
      DAXMEND_BUILD "/daxmend collect --out all -e ./rsh" + hosts;
  // What lies there is of another run.
  fs::create_directory(directory_ + "/all");
  for (const char* name : {"fio.json", "origin.json"})
    fs::copy(directory_ + "/res/" + name, directory_ + "/all/" + name);
  const Ran ran = Run(collect);
  ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_FALSE(fs::exists(directory_ + "/all/fio.json"));
  EXPECT_TRUE(fs::exists(directory_ + "/all/origin.json.previous"));
  // Of the run that is completed it stays.
  ASSERT_EQ(
      Run(DAXMEND_BUILD "/daxmend collect --out res -e ./rsh" + hosts).status,
      0);
  EXPECT_TRUE(fs::exists(directory_ + "/res/fio.json"));
  EXPECT_EQ(ToJson(RecordOf(directory_ + "/all/run.json")), ToJson(merged));
  // One that is gone is marked; the others stay.
  fs::remove_all(Of(6) + "/results");
  const Ran less = Run(collect);
  EXPECT_EQ(less.status, 2) << less.out;
  EXPECT_THAT(less.err, HasSubstr("without h6: host h6 has no directory"));
  EXPECT_EQ(RecordOf(directory_ + "/all/run.json").Find("layout")->counters.ios,
            (kHosts - 1) * 256u);
  EXPECT_EQ(Run(collect + " --keep-going").status, 0);
}

}  // namespace
}  // namespace daxmend
