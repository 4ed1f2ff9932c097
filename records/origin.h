// SPDX-License-Identifier: GPL-2.0-only
//
// origin.json: when, where and by what a run was made, beside its run.json,
// which says nothing of it: two runs of the same thing have the same run.json.
// In a guest `daxmend run` writes what it knows, and `daxmend vm` the host's
// part when the guest has ended.
//
// Thread-safe.

#ifndef DAXMEND_RECORDS_ORIGIN_H_
#define DAXMEND_RECORDS_ORIGIN_H_

#include <string>
#include <string_view>
#include <vector>

namespace daxmend {

inline constexpr int kOriginSchema = 1;

// What is not known is empty.
struct Origin {
  std::string
      date;  // "2026-11-29T05:47:12Z", of its beginning; of a guest, its end
  std::string host;     // on which machine; a guest's is its host's
  std::string daxmend;  // version
  std::string
      commit;  // of daxmend's tree, "+" behind it where that was changed
  std::string command;  // "daxmend run jobs/recovery.fio"
  std::string vm;       // "daxmend vm --clock virtual -- ...", or empty
  bool operator==(const Origin&) const = default;
};

std::string ToJson(const Origin& origin);
// Throws Error naming `source` and what is wrong with it.
Origin OriginFromJson(std::string_view text, const std::string& source);

// Here and now, by this process. `in_guest` leaves date and host to its host.
Origin OriginOfThis(const std::string& daxmend, const std::string& commit,
                    bool in_guest);

// Puts what the guests of this process could not know into every origin.json of
// theirs below `out`: those without a date. Throws Error where one can't be
// written; what is no origin.json is left alone.
void CompleteOrigins(const std::string& out, const Origin& vm);

// Words as a shell would take them, a space between two.
std::string ShellWords(const std::vector<std::string>& words);

}  // namespace daxmend

#endif  // DAXMEND_RECORDS_ORIGIN_H_
