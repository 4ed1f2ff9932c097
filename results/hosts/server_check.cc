// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/server_check.h"

#include <fmt/core.h>

#include <optional>
#include <sstream>

#include "core/error.h"
#include "core/fio_built_for.h"
#include "core/printable.h"

namespace daxmend {
namespace {

// Of the answer to a probe (struct cmd_probe_reply_pdu).
constexpr size_t kVersionAt = 65, kVersionBytes = 32;
// Before the text of a message (struct cmd_text_pdu).
constexpr size_t kTextAt = 24;
constexpr size_t kMostText = 64 << 10;      // of what a server says
constexpr uint32_t kCommandLineClient = 1;  // FIO_CLIENT_TYPE_CLI

std::string FieldOf(const std::string& payload, size_t at, size_t bytes) {
  if (payload.size() < at) return "";
  const std::string field = payload.substr(at, bytes);
  return field.substr(0, field.find('\0'));
}

Error Unreachable(const FioHost& host, const std::string& why) {
  return Error({.thing = "host " + host.name,
                .cause = "cannot be reached (" + why + ")",
                .way_out = "start fio --server there, or leave it out"});
}

Error TooLate(const FioHost& host) {
  return Error({.thing = "host " + host.name,
                .cause = "takes too long to say whether it takes the job",
                .way_out = "see what its fio --server does, or leave it out"});
}

Error OtherFio(const FioHost& host, const std::string& what) {
  return Error(
      {.thing = "host " + host.name,
       .cause = fmt::format("has {}, but fio here is {}", what, kFioBuiltFor),
       .way_out = "install the same fio on both, and daxmend for it"});
}

// What a server says before it refuses, in one line.
std::string OneLine(const std::string& said) {
  std::istringstream lines(said);
  std::string all;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("fio: ")) line = line.substr(5);
    if (!line.empty()) all += (all.empty() ? "" : "; ") + line;
  }
  return all.empty() ? "it does not say why" : Printable(all);
}

Error Refused(const FioHost& host, const std::string& said) {
  const bool engine =
      said.find("ioengine") != said.npos || said.find("engine") != said.npos;
  return Error(
      {.thing = "host " + host.name,
       .cause = "does not take the job (" + OneLine(said) + ")",
       .way_out = engine ? "install the engine there where ioengine= looks for "
                           "it, and start fio --server in that directory"
                         : "correct the job file"});
}

}  // namespace

ServerAnswer CheckServer(const FioHost& host,
                         const std::vector<std::string>& jobs) {
  std::optional<ServerConnection> connection;
  try {
    connection.emplace(host);
  } catch (const Error& e) {
    throw Unreachable(host, e.what());
  }
  return CheckServer(host, &*connection, jobs);
}

ServerAnswer CheckServer(const FioHost& host, ServerConnection* connection,
                         const std::vector<std::string>& jobs) {
  try {
    // All at once: a server without jobs looks for the next command once a
    // second. Flags and the server's address as the client knows it come first.
    connection->Send(FioCommand::kProbe, std::string(8 + 128, '\0'));
    for (const std::string& job : jobs)
      connection->Send(FioCommand::kJob,
                       LittleEndian(job.size() + 1, 4) +
                           LittleEndian(kCommandLineClient, 4) + job +
                           std::string(2, '\0'));
  } catch (const Error&) {
    // It has hung up, and the answer, or that there is none, tells why.
  }
  ServerAnswer answer;
  const auto probed = connection->Receive();
  if (!probed && connection->is_late()) throw TooLate(host);
  if (!probed || probed->command != FioCommand::kProbe)
    throw OtherFio(host, "a fio of another protocol, or no fio server");
  const std::string version =
      FieldOf(probed->payload, kVersionAt, kVersionBytes);
  if (version != kFioBuiltFor) throw OtherFio(host, Printable(version));
  std::string said;
  connection->StartWaiting();
  for (size_t taken = 0; taken < jobs.size();) {
    const auto message = connection->Receive();
    if (!message && connection->is_late()) throw TooLate(host);
    if (!message || message->command == FioCommand::kQuit)
      throw Refused(host, said);
    if (message->command == FioCommand::kText && said.size() < kMostText)
      said += FieldOf(message->payload, kTextAt, std::string::npos);
    if (message->command != FioCommand::kStart) continue;
    const std::string_view counts = message->payload;
    if (counts.size() < 8) throw Refused(host, said);
    answer.results = FromLittleEndian(counts.substr(4, 4));
    ++taken;
    connection->StartWaiting();
  }
  return answer;
}

}  // namespace daxmend
