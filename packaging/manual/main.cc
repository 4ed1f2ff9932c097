// SPDX-License-Identifier: GPL-2.0-only
//
// daxmend-manual DIRECTORY DATE ENGINE
//
// Part of the build: writes the manual pages and the completion into DIRECTORY.
// DATE is the release's, ENGINE the path the engine is installed at.

#include <cstdio>
#include <exception>

#include "core/version.h"
#include "packaging/manual/command_page.h"
#include "packaging/manual/completion.h"
#include "packaging/manual/engine_page.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

void WriteManual(const std::string& directory, const PageOrigin& origin,
                 const std::string& engine) {
  const CommandText root = DescribeDaxmend();
  ReplaceFile(directory + "/daxmend.1", RootPage(root, origin));
  for (const CommandText& command : root.subcommands)
    ReplaceFile(directory + "/daxmend-" + command.name + ".1",
                SubcommandPage(root, command, origin));
  ReplaceFile(directory + "/fio-daxmend.1", EnginePage(origin, engine));
  ReplaceFile(directory + "/daxmend.bash", BashCompletion(root));
}

}  // namespace
}  // namespace daxmend

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: daxmend-manual DIRECTORY DATE ENGINE\n", stderr);
    return 2;
  }
  try {
    daxmend::WriteManual(argv[1], {daxmend::kVersion, argv[2]}, argv[3]);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "daxmend-manual: %s\n", e.what());
    return 2;
  }
}
