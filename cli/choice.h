// SPDX-License-Identifier: GPL-2.0-only
//
// Options that take one of a few words.

#ifndef DAXMEND_CLI_CHOICE_H_
#define DAXMEND_CLI_CHOICE_H_

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cli/usage/usage.h"

namespace daxmend {

// "foo is none of nfit, e820, virtio: did you mean ...?"
inline std::string NoChoice(const std::string& word,
                            const std::vector<std::string>& words) {
  std::string text = "'" + word + "' is none of ";
  for (size_t i = 0; i < words.size(); ++i) text += (i ? ", " : "") + words[i];
  if (const auto nearest = Nearest(word, words))
    text += ", did you mean " + *nearest + "?";
  return text;
}

inline std::string InBraces(const std::vector<std::string>& words) {
  std::string text = "{";
  for (const std::string& word : words)
    text += (text.size() > 1 ? "," : "") + word;
  return text + "}";
}

// Checks that an option is one of `words`: app->add_option(...)->check().
inline CLI::Validator OneOf(const std::vector<std::string>& words) {
  return CLI::Validator(
      [words](std::string& word) {
        for (const std::string& known : words)
          if (word == known) return std::string();
        return NoChoice(word, words);
      },
      InBraces(words));
}

// Makes an enumerator of a word: app->add_option(...)->transform().
template <class Enum>
CLI::Validator OneOf(const std::vector<std::pair<std::string, Enum>>& choices) {
  std::vector<std::string> words;
  words.reserve(choices.size());
  for (const auto& [word, value] : choices) words.push_back(word);
  return CLI::Validator(
      [choices, words](std::string& word) {
        for (const auto& [known, value] : choices) {
          if (word != known) continue;
          word =
              std::to_string(static_cast<std::underlying_type_t<Enum>>(value));
          return std::string();
        }
        return NoChoice(word, words);
      },
      InBraces(words));
}

}  // namespace daxmend

#endif  // DAXMEND_CLI_CHOICE_H_
