// SPDX-License-Identifier: GPL-2.0-only
//
// A server's side of fio's protocol, played: tests/fio has real ones.

#include "results/hosts/server_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "core/error.h"
#include "core/fio_built_for.h"

namespace daxmend {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// What CheckServer() says while `server` is on the other side.
struct Outcome {
  ServerAnswer answer = {};
  std::string error = {};
};
Outcome CheckAgainst(
    const std::function<void(ServerConnection*)>& server,
    const std::vector<std::string>& jobs,
    std::chrono::milliseconds patience = ServerConnection::kUsualPatience) {
  int ends[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  std::optional<ServerConnection> ours(std::in_place, FileDescriptor(ends[0]),
                                       patience);
  std::jthread other([&server, end = ends[1]] {
    ServerConnection theirs{FileDescriptor(end)};
    try {
      server(&theirs);
    } catch (const Error&) {  // nobody listens any more
    }
  });
  Outcome outcome;
  try {
    outcome.answer = CheckServer(ParseFioHost("there"), &*ours, jobs);
  } catch (const Error& e) {
    outcome.error = e.what();
  }
  ours.reset();  // hangs up
  return outcome;
}

std::string ProbeReply(const std::string& version) {
  std::string reply(120, '\0');
  reply.replace(0, 6, "myhost");
  reply.replace(65, version.size(), version);
  return reply;
}

std::string TextOf(const std::string& text) {
  return std::string(24, '\0') + text;
}

// Answers the probe as this fio does, then calls `rest`.
auto ThisFio(std::function<void(ServerConnection*)> rest) {
  return [rest](ServerConnection* server) {
    EXPECT_EQ(server->Receive()->command, FioCommand::kProbe);
    server->Send(FioCommand::kProbe, ProbeReply(kFioBuiltFor));
    rest(server);
  };
}

TEST(ServerCheck, SendsJobsWholeAndCountsThem) {
  const std::string job(5000, 'j');  // in several pieces
  const Outcome outcome = CheckAgainst(
      ThisFio([&](ServerConnection* server) {
        const auto message = server->Receive();
        EXPECT_EQ(message->command, FioCommand::kJob);
        EXPECT_EQ(FromLittleEndian(message->payload.substr(0, 4)), 5001u);
        EXPECT_EQ(message->payload.substr(8, 5000), job);
        server->Send(FioCommand::kText, TextOf("a warning\n"));
        server->Send(FioCommand::kStart,
                     LittleEndian(4, 4) + LittleEndian(2, 4));
      }),
      {job});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.answer.results, 2u);
}

TEST(ServerCheck, NamesAnotherFio) {
  EXPECT_THAT(
      CheckAgainst(
          [](ServerConnection* server) {
            server->Receive();
            server->Send(FioCommand::kProbe, ProbeReply("fio-0.7"));
            server->Receive();
          },
          {"job"})
          .error,
      AllOf(HasSubstr("host there has fio-0.7"), HasSubstr(kFioBuiltFor)));
  // One of another protocol hangs up.
  EXPECT_THAT(
      CheckAgainst([](ServerConnection* server) { server->Receive(); }, {})
          .error,
      HasSubstr("a fio of another protocol"));
}

TEST(ServerCheck, SaysWhyAJobIsNotTaken) {
  const auto refuses = [](const std::string& text) {
    return CheckAgainst(ThisFio([&](ServerConnection* server) {
                          server->Receive();
                          server->Send(FioCommand::kText, TextOf(text));
                          server->Send(FioCommand::kQuit, "");
                        }),
                        {"job"})
        .error;
  };
  EXPECT_THAT(refuses("fio: engine external:x.so not loadable\nfio: failed\n"),
              AllOf(HasSubstr("host there does not take the job (engine "
                              "external:x.so not loadable; failed)"),
                    HasSubstr("install the engine")));
  EXPECT_THAT(refuses("Bad option <no_such=1>\n"),
              AllOf(HasSubstr("Bad option"), HasSubstr("correct the job")));
}

TEST(ServerCheck, EndsThoughTheServerTalksOn) {
  const auto late = [](const std::function<void(ServerConnection*)>& server) {
    return CheckAgainst(server, {"job"}, std::chrono::milliseconds(300)).error;
  };
  EXPECT_THAT(late(ThisFio([](ServerConnection* server) {
                for (;;) server->Send(FioCommand::kText, TextOf("still"));
              })),
              HasSubstr("host there takes too long"));
  EXPECT_THAT(late([](ServerConnection* server) {
                while (server->Receive()) {
                }
              }),
              HasSubstr("host there takes too long"));
}

TEST(ServerCheck, TakesNothingForAMessageThatIsNone) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const FileDescriptor other(ends[1]);
  ServerConnection ours{FileDescriptor(ends[0])};
  const std::string nonsense(24, 'x');
  ASSERT_EQ(write(other.get(), nonsense.data(), nonsense.size()), 24);
  EXPECT_FALSE(ours.Receive());
}

TEST(ServerCheck, SaysThatNobodyIsThere) {
  try {
    CheckServer(ParseFioHost("sock:/nowhere/at/all"), {});
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), AllOf(HasSubstr("cannot be reached (No such file"),
                                HasSubstr("fio --server")));
  }
}

}  // namespace
}  // namespace daxmend
