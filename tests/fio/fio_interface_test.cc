// SPDX-License-Identifier: GPL-2.0-only
//
// How the engine meets its user: what it prints, fio's own questions to it,
// fio's client and server, and an installed engine.

#include "tests/fio/fio_engine_fixture.h"

namespace daxmend {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(FioEngine, PrintsItsSummaryOnceAfterFiosOutput) {
  const Ran ran = Fio("--allow_nodax=1 --rw=read --numjobs=3");
  const size_t summary = ran.out.find("daxmend: latency by path");
  ASSERT_NE(summary, std::string::npos) << ran.out;
  EXPECT_GT(summary, ran.out.find("Run status group"));
  EXPECT_EQ(ran.out.find("daxmend: latency by path", summary + 1),
            std::string::npos);
  EXPECT_THAT(Fio("--allow_nodax=1 --rw=read --numjobs=3 --thread=1").out,
              HasSubstr("daxmend: latency by path"));
}

TEST_F(FioEngine, LeavesOutputForMachinesAlone) {
  const Ran ran = Fio("--allow_nodax=1 --rw=read --output-format=json");
  EXPECT_TRUE(nlohmann::json::accept(ran.out)) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr("daxmend: latency by path"));
  const Ran to_file = FioLogged("--rw=read");
  EXPECT_THAT(to_file.out, HasSubstr("daxmend: latency by path"));
  EXPECT_EQ(FioJson()["jobs"].size(), 1u);
}

TEST_F(FioEngine, ExplainsItsOptions) {
  const Ran all = Run("fio --enghelp=" DAXMEND_ENGINE);
  for (const char* option :
       {"access", "recovery", "rwf_flags", "backup", "path_log", "allow_nodax",
        "userfault_poison", "recovery_flag", "salvage"})
    EXPECT_THAT(all.out, HasSubstr(option));
  EXPECT_THAT(Run("fio --enghelp=" DAXMEND_ENGINE ",recovery").out,
              AllOf(HasSubstr("none"), HasSubstr("write"), HasSubstr("flag"),
                    HasSubstr("clear"), HasSubstr("punch")));
}

TEST_F(FioEngine, ShowsAJobFileAsACommand) {
  std::ofstream(directory_ + "/job.fio")
      << "[job]\nioengine=external:" DAXMEND_ENGINE
         "\naccess=mmap\nrecovery=write\nuserfault_poison=3\nsize=1m\n";
  const Ran ran = Run("fio --showcmd job.fio");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("--access=mmap"), HasSubstr("--recovery=write"),
                    HasSubstr("--userfault_poison=3")));
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("latency by path")));
}

TEST_F(FioEngine, ParsesWithoutRunning) {
  EXPECT_EQ(Fio("--allow_nodax=1 --parse-only").status, 0);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

class FioServer : public FioEngineOverPoison {
 protected:
  // Runs job.fio, [job] with `options`, by a client and a server.
  Ran Serve(const std::string& options) {
    std::ofstream(directory_ + "/job.fio")
        << "[job]\nioengine=external:" DAXMEND_ENGINE
           "\nallow_nodax=1\nsize=1m\nbs=4k\nfilename="
        << file_ << "\npath_log=" << log_ << "\n"
        << options;
    const std::string socket = "sock:" + directory_ + "/socket";
    // What the server's job leaves may come after what the client says.
    const Ran ran = Run("sh -c 'rm -f socket run.json; fio --server=" + socket +
                        " >server 2>&1 & server=$!; " +
                        WaitFor("test -S socket") + "fio --client=" + socket +
                        " job.fio; status=$?; " + WaitFor("test -e run.json") +
                        "kill $server; wait $server; exit $status'");
    return {ran.status, ran.out, ran.err + ReadFile(directory_ + "/server")};
  }

 private:
  // Half a minute, for machines under load.
  static std::string WaitFor(const std::string& condition) {
    return "for i in $(seq 150); do " + condition +
           " && break; sleep 0.2; done; ";
  }
};

TEST_F(FioServer, RunsTheEngineByBothAccesses) {
  for (const char* access : {"syscall", "mmap"}) {
    const Ran ran = Serve(std::string("rw=randwrite\naccess=") + access + "\n");
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    EXPECT_EQ(LoggedIos(), 256u);
    EXPECT_EQ(Log().jobs[0].access, access);
  }
}

TEST_F(FioServer, RecoversOnTheServer) {
  const Ran ran = Serve(
      "rw=randread\nverify=crc32c\naccess=mmap\nrecovery=write\n"
      "userfault_poison=8\n");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_EQ(Log().jobs[0].counters.recovered_ios, 8u);
  EXPECT_EQ(Log().jobs[0].counters.failed_ios, 0u);
}

TEST_F(FioEngine, WorksFromWhereItIsInstalled) {
  const std::string prefix = directory_ + "/prefix";
  ASSERT_EQ(std::system(("DESTDIR= " DAXMEND_CMAKE " --install " DAXMEND_BUILD
                         "/ioengine --prefix " +
                         prefix + " >/dev/null")
                            .c_str()),
            0);
  std::string engine;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(prefix))
    if (entry.path().filename() == "fio-daxmend.so") engine = entry.path();
  EXPECT_THAT(engine, HasSubstr("/fio/fio-daxmend.so"));
  EXPECT_EQ(Fio("--allow_nodax=1 --rw=read", engine).status, 0);
}

// `daxmend run` with fio as it is.
class DaxmendRun : public FioEngine {
 protected:
  // A job that is `text`; what is printed on stderr, after a good end.
  std::string NoteOf(const std::string& text) {
    std::ofstream(directory_ + "/job.fio")
        << text << "ioengine=null\nsize=1m\n";
    const Ran ran = Run(DAXMEND_BUILD "/daxmend run --out res job.fio");
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    return ran.err;
  }
  std::string NameInJson() {
    return nlohmann::json::parse(ReadFile(directory_ + "/res/fio.json"))
        .at("jobs")
        .at(0)
        .at("jobname");
  }
};

TEST_F(DaxmendRun, KeepsRunsWhoseTextFioDoesNotEscape) {
  EXPECT_THAT(NoteOf("[tab\there]\n"), HasSubstr("control characters"));
  EXPECT_EQ(NameInJson(), "tab\there");
  EXPECT_THAT(NoteOf("[a]\ndescription=tab\there\n"),
              HasSubstr("control characters"));
  EXPECT_THAT(NoteOf("[caf\xe9]\n"), HasSubstr("not UTF-8"));
  EXPECT_EQ(NameInJson(), "caf\\xe9");
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/res/fio.txt"));
  EXPECT_EQ(NoteOf("[plain]\n"), "");
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/res/fio.txt"));
}

TEST_F(DaxmendRun, KeepsWhatFioWritesAsAClient) {
  std::ofstream(directory_ + "/job.fio") << "[a]\nioengine=null\nsize=1m\n";
  const Ran ran =
      Run("sh -c 'fio --server=sock:socket >server 2>&1 & server=$!; "
          "while [ ! -S socket ]; do sleep 0.1; done; " DAXMEND_BUILD
          "/daxmend run --out res --client=sock:socket job.fio; status=$?; "
          "kill $server; exit $status'");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_TRUE(nlohmann::json::parse(ReadFile(directory_ + "/res/fio.json"))
                  .contains("client_stats"));
}

TEST_F(DaxmendRun, WithoutAJobBlamesNoDisk) {
  const Ran version = Run(DAXMEND_BUILD "/daxmend run --out res --version");
  EXPECT_EQ(version.status, 0) << version.err;
  EXPECT_THAT(version.out, HasSubstr("fio-"));
  EXPECT_EQ(version.err, "");
  const Ran missing = Run(DAXMEND_BUILD "/daxmend run --out res nojob.fio");
  EXPECT_NE(missing.status, 0);
  EXPECT_THAT(missing.err, HasSubstr("nojob.fio"));
  EXPECT_THAT(missing.err, Not(HasSubstr("disk")));
  EXPECT_EQ(missing.out, "");
}

TEST_F(DaxmendRun, WithoutADaxFileSystemPointsToTheEmulatedNvdimm) {
  std::ofstream(directory_ + "/job.fio")
      << "[a]\nioengine=external:" DAXMEND_ENGINE "\nsize=1m\ndirectory=" +
             directory_ + "/none\n";
  const Ran missing = Run(DAXMEND_BUILD "/daxmend run --out res job.fio");
  EXPECT_NE(missing.status, 0);
  EXPECT_THAT(missing.err, HasSubstr("there is no directory " + directory_ +
                                     "/none; mount a DAX file system"));
  std::filesystem::create_directory(directory_ + "/none");
  const Ran plain = Run(DAXMEND_BUILD "/daxmend run --out res job.fio");
  EXPECT_NE(plain.status, 0);
  EXPECT_THAT(plain.err, HasSubstr("daxmend vm -- daxmend run"));
}

}  // namespace
}  // namespace daxmend
